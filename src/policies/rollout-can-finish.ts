import type { Fact } from '../inventory/fact.ts'
import type { Facts } from '../inventory/facts/index.ts'
import type { Nodes } from '../inventory/node-set.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import { attachesOnce, sharedClaims } from '../kube/claim.ts'
import { takesHostPorts } from '../kube/containers.ts'
import { percentOf, resolveIntOrPercent } from '../kube/int-or-percent.ts'
import type { LabelSelector } from '../kube/label-selector.ts'
import { defaultFencepost, resolveFenceposts } from '../kube/rollout.ts'
import { asksTooMuch, countFitting, hardConstraints, shortagesOf } from '../kube/spread-capacity.ts'
import { hostnameKey, isMeantForOthers, requiredAntiAffinity, selectsOwn } from '../kube/spread.ts'
import { hasOneNode, type Held, mustStopFirst, namesNode } from '../kube/stop-first.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const rolloutCanFinish = definePolicy({
  id: 'rollout-can-finish',
  title: 'New pods of a rollout have a place beside the old ones, or the old ones stop first',
  since: 'v2',
  appliesTo: ['Deployment', 'DaemonSet'],
  needs: ['autoscaler', 'claims', 'nodes'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  check({ subject, facts }) {
    if (subject.kind === 'DaemonSet') return surging(subject)
    const pods = podsOf(subject, facts.autoscaler)
    return pods === undefined ? [] : waiting(subject, pods, facts)
  }
})

type Deployment = Workload<'Deployment'>

/** The old pod of a node stops once the new one is available, and the new one needs its port (kubernetes pkg/controller/daemon/update.go). */
function surging({ strategy, podSpec }: Workload<'DaemonSet'>): Violation[] {
  if (strategy.type === 'OnDelete' || !takesHostPorts(podSpec)) return []
  const surge = resolveIntOrPercent(strategy.rollingUpdate?.maxSurge ?? 0, 100, 'up') ?? 0
  if (surge === 0) return []
  const field = 'spec.updateStrategy.rollingUpdate.maxSurge'
  const problem = 'the new pod waits for ever for a port of its node that the old pod holds'
  return [certain({ field, problem, fix: 'set it to 0, and maxUnavailable to 1' })]
}

interface Pods {
  /** As many as run, as far as is known. */
  count: number
  /** Whether a rollout stops no pod first, however many an unknown autoscaler runs. */
  isSure: boolean
}

/** The pods of a Deployment of which a rollout stops none before a new one is available; undefined if it stops one, or there are none. */
function podsOf({ replicas = 1, strategy }: Deployment, autoscaler: Facts['autoscaler']): Pods | undefined {
  const { type = 'RollingUpdate', rollingUpdate = {} } = strategy
  if (type !== 'RollingUpdate' || replicas === 0) return undefined
  const floor = autoscaler.known ? (autoscaler.value?.minReplicas ?? 0) : 0
  const { maxSurge = defaultFencepost, maxUnavailable = defaultFencepost } = rollingUpdate
  const count = Math.max(replicas, floor)
  if (resolveFenceposts(maxSurge, maxUnavailable, count)?.unavailable !== 0) return undefined
  return { count, isSure: autoscaler.known || (percentOf(maxUnavailable) ?? 0) === 0 }
}

/** One thing about a Deployment: what is sure comes first. */
function waiting(subject: Deployment, pods: Pods, { claims, nodes }: Pick<Facts, 'claims' | 'nodes'>): Violation[] {
  const there = claims.known ? claims.value : undefined
  const held = mustStopFirst(subject, there)
  const sure = held === undefined ? apartOnOneNode(subject) : heldFirst(held, pods)
  if (sure !== undefined) return [pods.isSure ? certain(sure) : uncertain('autoscaler', sure)]
  const crowded = crowding(subject, pods, nodes)
  if (crowded.length > 0) return crowded
  if (!claims.known && sharedClaims(subject).length > 0) return [uncertain('claims', unseenClaim(pods), 'never')]
  const disk = sharedClaims(subject).find((name) => attachesOnce(there?.get(name)))
  return disk === undefined || pods.count > 1 || isOneNode(subject, nodes) ? [] : [twoNodes(disk)]
}

const typeField = 'spec.strategy.type'

function heldFirst(held: Held, { count }: Pods): Shortfall {
  if (held.by === 'port') {
    const problem = 'the only node has no second host port, so a new pod waits for ever'
    return { field: typeField, problem, fix: count === 1 ? 'use Recreate' : 'let the pods run on other nodes' }
  }
  const problem = `claim ${nameText(held.name)} allows one pod at a time (ReadWriteOncePod), so a new pod waits for ever`
  return { field: typeField, problem, fix: count === 1 ? 'use Recreate' : 'use a ReadWriteMany claim' }
}

function unseenClaim({ count }: Pods): Shortfall {
  const fix = count === 1 ? 'use Recreate' : 'use a ReadWriteMany claim'
  return { field: typeField, problem: 'a new pod may wait for ever for a claim that the old pod holds', fix }
}

/** All pods run on one node, and keep apart from each other. The kubelet does not check that where nodeName passes by the scheduler. */
function apartOnOneNode(subject: Deployment): Shortfall | undefined {
  const { podSpec } = subject
  if (namesNode(podSpec) || !hasOneNode(podSpec)) return undefined
  const apart = ownAntiAffinity(subject).find(({ term }) => term.topologyKey === hostnameKey)
  if (apart === undefined) return undefined
  const problem = 'the only node takes no second pod, so a new pod waits for ever'
  return { field: podField(subject, apart.at), problem, fix: 'use preferred anti-affinity' }
}

interface Counted {
  readonly labelSelector?: LabelSelector
  readonly matchLabelKeys?: readonly string[]
}

/**
 * Whether old and new pods count alike, whatever the release changes: by labels of the Deployment's selector, which never change. A revision
 * label, or one of a version, tells them apart.
 */
function countsBoth({ selector }: Deployment, { labelSelector, matchLabelKeys = [] }: Counted): boolean {
  const lasting = selector?.matchLabels ?? {}
  return selectsOwn(labelSelector, lasting) && matchLabelKeys.every((key) => Object.hasOwn(lasting, key))
}

/** The required anti-affinity that keeps new pods from old ones. */
function ownAntiAffinity(subject: Deployment) {
  return requiredAntiAffinity(subject.podSpec).filter(({ term }) => {
    return !isMeantForOthers(term, subject.metadata.namespace) && countsBoth(subject, term)
  })
}

/** Nodes enough for the pods, and for no other one. Where they are not enough for the pods, `spread-feasible` says so. */
function crowding(subject: Deployment, { count }: Pods, nodes: Fact<Nodes>): Violation[] {
  const { podSpec } = subject
  const onPorts = takesHostPorts(podSpec)
  const hard = hardConstraints(podSpec).filter(({ constraint }) => countsBoth(subject, constraint))
  const apart = ownAntiAffinity(subject)
  if (!onPorts && apart.length + hard.length === 0) return []
  const places = [...apart, ...hard].map(({ at }) => at)
  const field = onPorts ? typeField : podField(subject, places[0] ?? '')
  const all = nodes.known ? nodes.value.all : []
  if (all.length === 0 || asksTooMuch(podSpec, all)) {
    const unseen = {
      field,
      problem: 'the nodes may have no place for a new pod beside the old ones',
      fix: fixFor(count, onPorts, places[0])
    }
    return [uncertain('nodes', unseen, 'never')]
  }
  const problem = `the nodes have room for ${count} ${count === 1 ? 'pod' : 'pods'} only, so the new pod of a rollout waits for ever`
  if (onPorts && countFitting(podSpec, all) === count) {
    return [uncertain('future-nodes', { field, problem, fix: fixFor(count, true) })]
  }
  const own = new Set(places)
  const before = new Set(shortagesOf({ ...subject, replicas: count }, all).map(({ at }) => at))
  const short = shortagesOf({ ...subject, replicas: count + 1 }, all).find(({ at }) => own.has(at) && !before.has(at))
  if (short === undefined) return []
  const fix = fixFor(count, false, short.at)
  return [uncertain('future-nodes', { field: podField(subject, short.at), problem, fix })]
}

/** A lone pod must not stop first, unless it holds what its successor needs. */
function fixFor(count: number, onPorts: boolean, at = ''): string {
  if (count > 1) return 'set maxUnavailable to 1'
  if (onPorts) return 'use Recreate'
  return at.startsWith('topology') ? 'use ScheduleAnyway' : 'use preferred anti-affinity'
}

/** Whether all pods run on one node, where they may share a volume. */
function isOneNode({ podSpec }: Deployment, nodes: Fact<Nodes>): boolean {
  if (hasOneNode(podSpec)) return true
  return nodes.known && countFitting(podSpec, nodes.value.all) === 1
}

/** On another node the new pod waits until the volume is detached from that of the old one, which stays. */
function twoNodes(claim: string): Violation {
  const problem = `on another node, a new pod waits for ever for claim ${nameText(claim)}, which the old pod holds`
  return uncertain('placement', { field: typeField, problem, fix: 'use Recreate' })
}
