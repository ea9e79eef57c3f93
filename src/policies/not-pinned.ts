import { definePolicy } from '../engine/policy.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { attachesOnce, type Claim, sharedClaims } from '../kube/claim.ts'
import { hookedContainers } from '../kube/containers.ts'
import { isPinnedBy, onlyNodeOf } from '../kube/node-fit.ts'
import { mountsOf, type PodSpec } from '../kube/pod.ts'
import { hostnameKey, zoneKey } from '../kube/spread.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const notPinned = definePolicy({
  id: 'not-pinned',
  title: 'Pods can run on more than one node',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['autoscaler', 'claims', 'volumes', 'nodes'],
  parameters: {
    across: {
      type: 'choice',
      description: 'What pods must be able to run across: `nodes`, or also `zones` in a cluster with several',
      choices: ['nodes', 'zones'],
      default: 'nodes',
      profiles: { critical: 'zones' }
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'required' },
  check({ subject, facts, parameters: { across } }) {
    const kept = dataOnNode(subject)
    // Data on the node is why the pods are pinned to it.
    const pinned = kept.length > 0 ? [] : [...bound(subject), ...pinnedToNode(subject)]
    if (kept.length > 0 || pinned.length > 0) return [...kept, ...pinned]
    const { replicas = 1 } = subject
    const floor = facts.autoscaler.known ? (facts.autoscaler.value?.minReplicas ?? 0) : 0
    const pods = replicas === 0 ? 0 : Math.max(replicas, floor)
    if (pods < 2) return pods === 0 ? [] : onLocalDisk(subject, facts.volumes)
    const held = heldTogether(subject, pods, facts)
    return held.length > 0 || across === 'nodes' ? held : pinnedToZone(subject, facts.nodes)
  }
})

const requiredPlace = 'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution'

/** A pod with nodeName is never scheduled: the kubelet of that node starts it, or nobody does. */
function bound(subject: Workload): Violation[] {
  const { nodeName = '' } = subject.podSpec
  if (nodeName === '') return []
  const problem = 'bypasses the scheduler, so the pods stop with that node'
  return [sureOf(subject, { field: podField(subject, 'nodeName'), problem, fix: 'leave it out' })]
}

function pinnedToNode(subject: Workload): Violation[] {
  const at = placeOfPin(subject.podSpec)
  if (at === undefined) return []
  const shortfall = { field: podField(subject, at), problem: 'only one node can run the pods' }
  return [sureOf(subject, { ...shortfall, fix: 'select nodes by a label that several have' })]
}

/** Where one node is named: by its hostname, or by its name. */
function placeOfPin({ nodeSelector = {}, affinity }: PodSpec): string | undefined {
  if (Object.hasOwn(nodeSelector, hostnameKey)) return 'nodeSelector'
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return onlyNodeOf(required?.nodeSelectorTerms ?? []) === undefined ? undefined : requiredPlace
}

/** What a pod uses of its node, such as a disk or a device, may be there alone. */
function sureOf(subject: Workload, shortfall: Shortfall): Violation {
  const { volumes = [] } = subject.podSpec
  const usesNode = volumes.some(({ hostPath }) => hostPath !== undefined) || sharedClaims(subject).length > 0
  return usesNode ? uncertain('intent', shortfall) : certain(shortfall)
}

/** Directories of a node that hold its own state, and no data that a workload leaves there. */
const stateOfNode = /^\/(?:dev|proc|sys|run|var\/run)(?:\/|$)/
const directories = new Set(['', 'Directory', 'DirectoryOrCreate'])

function dataOnNode(subject: Workload): Violation[] {
  const { volumes = [] } = subject.podSpec
  const onNode = volumes.filter(({ hostPath }) => hostPath !== undefined && mayHoldData(hostPath))
  if (onNode.length === 0) return []
  const written = writtenVolumes(subject.podSpec)
  return onNode.flatMap(({ name = '' }) => {
    if (!written.has(name)) return []
    const field = podField(subject, `volumes[name=${name}].hostPath`)
    return [uncertain('intent', { field, problem: 'keeps data on one node', fix: 'use a PersistentVolumeClaim' })]
  })
}

function mayHoldData({ path = '', type = '' }: { path?: string; type?: string }): boolean {
  return directories.has(type) && !stateOfNode.test(path) && !path.endsWith('.sock')
}

function writtenVolumes(podSpec: PodSpec): ReadonlySet<string | undefined> {
  const mounts = hookedContainers(podSpec).flatMap(({ container }) => mountsOf(container))
  return new Set(mounts.flatMap(({ name, readOnly = false }) => (readOnly ? [] : [name])))
}

/** Where the volume attaches to one node, a pod on another one waits for it. Drivers that attach nothing do not enforce that. */
function heldTogether(subject: Workload, pods: number, facts: Pick<Facts, 'claims' | 'volumes'>): Violation[] {
  const { claims, volumes } = facts
  if (!claims.known) return []
  const volumesOf = volumes.known ? volumes.value : undefined
  const held = sharedClaims(subject).find((name) => {
    const claim = claims.value.get(name)
    if (claim === undefined || isForOnePod(claim) || volumesOf?.get(name)?.isNetworkFileSystem === true) return false
    return attachesOnce(claim)
  })
  if (held === undefined) return []
  const reason = volumesOf?.get(held)?.isOnOneNode === true ? 'intent' : 'volume-driver'
  const problem = `holds all ${pods} pods on one node`
  return [uncertain(reason, { field: claimField(subject, held), problem, fix: 'use a ReadWriteMany claim' })]
}

/** The volume of a claim may be a disk of one node, which nobody who reads the claim can see. */
function onLocalDisk(subject: Workload, volumes: Facts['volumes']): Violation[] {
  if (!volumes.known) return []
  const local = sharedClaims(subject).find((name) => volumes.value.get(name)?.isOnOneNode === true)
  if (local === undefined) return []
  const problem = 'its volume is on one node, and the pod stops with that node'
  return [uncertain('intent', { field: claimField(subject, local), problem, fix: 'use a volume that can move' })]
}

function claimField(subject: Workload, claim: string): string {
  const { volumes = [] } = subject.podSpec
  const volume = volumes.find(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim)
  return podField(subject, `volumes[name=${volume?.name ?? ''}].persistentVolumeClaim`)
}

/** A second pod never starts: that is no matter of nodes. */
function isForOnePod({ accessModes }: Claim): boolean {
  return accessModes.every((mode) => mode === 'ReadWriteOncePod')
}

function pinnedToZone(subject: Workload, nodes: Facts['nodes']): Violation[] {
  const { podSpec } = subject
  if (!isPinnedBy(zoneKey, podSpec) || (nodes.known && nodes.value.domainsOf(zoneKey).size < 2)) return []
  const at = Object.hasOwn(podSpec.nodeSelector ?? {}, zoneKey) ? 'nodeSelector' : requiredPlace
  const shortfall = {
    field: podField(subject, at),
    problem: 'only one zone can run the pods',
    fix: 'allow several zones'
  }
  return [uncertain('intent', shortfall)]
}
