import { definePolicy } from '../engine/policy.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { attachesOnce, type Claim, sharedClaims } from '../kube/claim.ts'
import { hookedContainers } from '../kube/containers.ts'
import { isPinnedBy, onlyValueOf } from '../kube/node-fit.ts'
import { mountsOf, type PodSpec } from '../kube/pod.ts'
import { hostnameKey, zoneKey } from '../kube/spread.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const notPinned = definePolicy({
  id: 'not-pinned',
  title: 'Pods can run on more than one node',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['autoscaler', 'claims', 'nodes'],
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
    if (pods < 2) return []
    const held = heldTogether(subject, pods, facts.claims)
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
  const names = (required?.nodeSelectorTerms ?? []).map(({ matchExpressions = [], matchFields = [] }) => {
    return onlyValueOf(hostnameKey, matchExpressions) ?? onlyValueOf('metadata.name', matchFields)
  })
  const [only] = names
  return only !== undefined && names.every((name) => name === only) ? requiredPlace : undefined
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
function heldTogether(subject: Workload, pods: number, claims: Facts['claims']): Violation[] {
  if (!claims.known) return []
  const held = sharedClaims(subject).find((name) => {
    const claim = claims.value.get(name)
    return claim !== undefined && attachesOnce(claim) && !isForOnePod(claim)
  })
  if (held === undefined) return []
  const { volumes = [] } = subject.podSpec
  const volume = volumes.find(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === held)
  const field = podField(subject, `volumes[name=${volume?.name ?? ''}].persistentVolumeClaim`)
  const problem = `holds all ${pods} pods on one node`
  return [uncertain('volume-driver', { field, problem, fix: 'use a ReadWriteMany claim' })]
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
