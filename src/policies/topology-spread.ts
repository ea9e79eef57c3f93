import type { Fact } from '../inventory/fact.ts'
import type { Facts } from '../inventory/facts/index.ts'
import type { Nodes } from '../inventory/node-set.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import type { Autoscaler } from '../kube/autoscaler.ts'
import { claimThatHolds, keepsTogether, sharedClaims } from '../kube/claim.ts'
import { hasMatchLabelKeys } from '../kube/server-version.ts'
import { domainsAmong, type WhyIdle, whyIdle } from '../kube/idle-spread.ts'
import { isPinnedBy } from '../kube/node-fit.ts'
import {
  antiAffinityTerms,
  hostnameKey,
  ownConstraints,
  revisionLabelOf,
  type Spreading,
  spreadings,
  zoneKey
} from '../kube/spread.ts'
import { isObject } from '../kube/shape.ts'
import { podField, type Workload } from '../kube/workload.ts'

const at = 'topologySpreadConstraints'

export const topologySpread = definePolicy({
  id: 'topology-spread',
  title: 'Pods are spread over nodes and zones, by constraints or by anti-affinity',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'ReplicaSet'],
  needs: ['autoscaler', 'claims', 'nodes', 'serverVersion'],
  parameters: {
    over: {
      type: 'choice',
      description:
        'What pods must be spread over: `any` accepts nodes or zones, `zone` requires zones in a cluster with several',
      choices: ['any', 'zone'],
      default: 'any',
      profiles: { critical: 'zone' }
    },
    inject: {
      type: 'choice',
      description:
        'What injected constraints spread over; zones are left out if the nodes are known to have none. `zones` is for clusters with Karpenter',
      choices: ['nodes-and-zones', 'nodes', 'zones'],
      default: 'nodes-and-zones'
    },
    extraKeys: {
      type: 'list',
      description:
        'Other topology keys that count as zones do, such as those of racks or placement sets. They are never injected',
      items: {
        title: 'a label key',
        pattern: /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9][\w.-]{0,62}$/
      },
      default: [],
      versions: { v1: [] }
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: [at],
  check({ subject, facts, parameters, recorded }) {
    const reach = reachOf(subject, facts, parameters)
    const together = reach.shared === undefined || heldTogether(subject, facts)
    if (reach.shared === undefined) return []
    const { replicas = 1 } = subject
    const several = replicas > 1 || (replicas === 1 && isDriven(facts))
    if (together === true) return several ? heldByClaim(subject, facts) : []
    const how = { several, toZones: parameters.inject === 'zones' && zonesFor(subject, facts.nodes) !== 0 }
    if (together === undefined) {
      // The same release may create the claim. Where the claim holds the pods on one node, a constraint would pull them off it.
      const { fix, ...shortfall } = shortfallOf(subject, { ...reach, idle: [] }, how)
      const unlessHeld = { ...shortfall, fix: `if its claims allow it, ${fix}` }
      return [uncertain('claims', unlessHeld, several ? 'on-update' : 'never')]
    }
    const shortfall = shortfallOf(subject, reach, how)
    if (!several) {
      if (replicas === 0) return [uncertain('intent', shortfall)]
      const { known } = facts.autoscaler
      return [uncertain(known ? 'intent' : 'autoscaler', shortfall, known ? 'never' : 'always')]
    }
    return [verdictOn(shortfall, reach, recorded(at) !== undefined)]
  },
  remedy({ subject, facts, parameters, recorded }) {
    const { shared, idle } = reachOf(subject, facts, parameters)
    if (shared === undefined || saysMore(subject, idle) || heldTogether(subject, facts) !== false) return []
    const { nodes, serverVersion } = facts
    const keyed = serverVersion.known && hasMatchLabelKeys(serverVersion.value)
    const keys = keysToInject(subject, nodes, { inject: parameters.inject, recorded: recorded(at) })
    // Constraints over nodes alone leave the pods free to share a zone. What is injected already stays.
    if (shared === 'zone' && !keys.includes(zoneKey) && recorded(at) === undefined) return []
    const value = ownConstraints(subject, keys, keyed ? revisionLabelOf[subject.kind] : undefined)
    if (value === undefined || value.length === 0) return []
    return [{ at, value }]
  }
})

/** A spreading that keeps no two pods apart. */
interface Idle {
  spreading: Spreading
  why: WhyIdle
}

/** How far the pods of a workload are spread. */
interface Reach {
  /** What all pods may share, but should not. */
  shared: 'node' | 'zone' | undefined
  /** The number of pods that run. */
  pods: number
  /** The spreadings that have no effect. */
  idle: readonly Idle[]
  /** Whether they are spread, or meant to be, but the zones of the nodes are unknown. */
  zonesUnknown: boolean
}

type Known = Pick<Facts, 'autoscaler' | 'nodes'>
type Chosen = Readonly<Record<'over' | 'inject', string>> & { readonly extraKeys: readonly string[] }

function reachOf(subject: Workload, facts: Known, { over, inject, extraKeys }: Chosen): Reach {
  const { autoscaler } = facts
  const { replicas = 1, podSpec } = subject
  const floor = autoscaler.known ? (autoscaler.value?.minReplicas ?? 0) : 0
  const pods = Math.max(replicas, floor)
  const spared: Reach = { shared: undefined, pods, idle: [], zonesUnknown: false }
  if (autoscaler.known && staysAlone(subject, autoscaler.value)) return spared
  const nodes = seen(facts.nodes)
  const surroundings = { podSpec, nodes, pods, growing: growing[inject === 'zones' ? 'zones' : 'nodes'] }
  const keys: string[] = []
  const idle: Idle[] = []
  for (const spreading of spreadings(subject)) {
    const why = extraKeys.includes(spreading.key) ? undefined : whyIdle(spreading, surroundings)
    if (why === undefined) keys.push(spreading.key)
    else idle.push({ spreading, why })
  }
  // With one zone, or none, pods cannot spread over zones.
  if (over !== 'zone' || (zonesFor(subject, facts.nodes) ?? 2) < 2) {
    return keys.length > 0 ? spared : { shared: 'node', pods, idle, zonesUnknown: false }
  }
  if (keys.includes(zoneKey) || extraKeys.some((key) => keys.includes(key))) return spared
  const isMeant = keys.length > 0 || idle.some(({ spreading }) => spreading.key !== zoneKey)
  return { shared: 'zone', pods, idle, zonesUnknown: nodes === undefined && isMeant }
}

/** Keys that count in a cluster of one node, or of one zone: a new node has another name, and an autoscaler may start it in another zone. */
const growing = { nodes: new Set([hostnameKey]), zones: new Set([hostnameKey, zoneKey]) }

function shortfallOf(
  subject: Workload,
  reach: Reach,
  { several, toZones }: { several: boolean; toZones: boolean }
): Shortfall {
  const { shared = 'node', pods } = reach
  const idle = wouldHelp(reach)
  const field = podField(subject, at)
  const once = several ? '' : 'once scaled, '
  const skewed = idle.find(({ why }) => why === 'skew')?.spreading
  if (skewed?.by === 'constraint') {
    const { maxSkew } = skewed.constraint
    return { field, problem: `${once}maxSkew ${maxSkew} lets all ${pods} pods share one ${shared}`, fix: 'set it to 1' }
  }
  const alike = idle.length > 0 ? 'its topology keys do not tell nodes apart, so ' : ''
  const key = shared === 'zone' || toZones ? zoneKey : hostnameKey
  const isThere = idle.some(({ spreading }) => spreading.key === key)
  const fix = isThere ? 'leave out keys that no node has' : `add a constraint for ${key}`
  return { field, problem: `${once}${alike}all pods may share one ${shared}`, fix }
}

/**
 * Returns the violation, and doubts it where spreading has no effect today: other nodes may change that, or it is meant. Injected
 * constraints follow the nodes with the next change of the pod template, so nobody is told of them.
 */
function verdictOn(shortfall: Shortfall, reach: Reach, isInjected: boolean): Violation {
  if (reach.zonesUnknown) return uncertain('nodes', shortfall)
  const idle = wouldHelp(reach)
  if (idle.length === 0) return certain(shortfall)
  if (idle.some(({ why }) => why !== 'nodes')) return uncertain('intent', shortfall)
  return uncertain('future-nodes', shortfall, isInjected ? 'never' : 'always')
}

/** The spreadings that would keep pods from sharing a node or a zone, if they had an effect. */
function wouldHelp({ shared, idle }: Reach): readonly Idle[] {
  return shared === 'zone' ? idle.filter(({ spreading }) => spreading.key === zoneKey) : idle
}

/** Whether a pod spec has more than anti-affinity without effect. What a person wrote about spreading stands. */
function saysMore({ podSpec }: Workload, idle: readonly Idle[]): boolean {
  if (podSpec.topologySpreadConstraints !== undefined) return true
  return antiAffinityTerms(podSpec).length > idle.filter(({ spreading }) => spreading.by === 'anti-affinity').length
}

/** A pod with any constraint loses the scheduler's default ones, and the scheduler passes over nodes that lack one of the keys. */
function keysToInject(
  { podSpec }: Workload,
  nodes: Fact<Nodes>,
  { inject, recorded }: { inject: string; recorded: unknown }
): string[] {
  const there = seen(nodes)
  const both = [hostnameKey, zoneKey]
  const haveZones = there === undefined ? wereZoned(recorded) : domainsAmong(there, zoneKey, both, 1) > 0
  const zoned = haveZones && !isPinnedBy(zoneKey, podSpec)
  if (inject === 'zones') return zoned ? [zoneKey] : []
  return zoned && inject !== 'nodes' ? both : [hostnameKey]
}

/** The number of zones that pods may be spread over: 0 where they are pinned to one, or no node has one. Undefined if that is not known. */
function zonesFor({ podSpec }: Workload, nodes: Fact<Nodes>): number | undefined {
  return isPinnedBy(zoneKey, podSpec) ? 0 : seen(nodes)?.domainsOf(zoneKey).size
}

/** The nodes; undefined if they are unknown, or there are none yet. */
function seen(nodes: Fact<Nodes>): Nodes | undefined {
  return nodes.known && nodes.value.all.length > 0 ? nodes.value : undefined
}

/** Whether recorded constraints were over zones too, or none are recorded. */
function wereZoned(recorded: unknown): boolean {
  return !Array.isArray(recorded) || recorded.some((one) => isObject(one) && one['topologyKey'] === zoneKey)
}

/** Whether a claim holds the pods on one node, where none may be elsewhere; undefined if that is not known. */
function heldTogether(subject: Workload, facts: Pick<Facts, 'claims'>): boolean | undefined {
  if (sharedClaims(subject).length === 0) return false
  const { claims } = facts
  return keepsTogether(subject, claims.known ? claims.value : undefined)
}

/** A constraint could not help. Some drivers let any node use the volume, and the mode of a claim does not say so. */
function heldByClaim(subject: Workload, { claims }: Pick<Facts, 'claims'>): Violation[] {
  const claim = claimThatHolds(subject, claims.known ? claims.value : undefined)
  if (claim === undefined) return []
  const name = nameText(claim.name)
  const isForOne = claim.accessModes.includes('ReadWriteOncePod')
  const problem = isForOne ? `only one pod can use claim ${name}` : `claim ${name} holds all pods on one node`
  const fix = 'use a ReadWriteMany claim, or a claim for each pod'
  return [uncertain('intent', { field: podField(subject, 'volumes'), problem, fix })]
}

/** Whether a workload runs one pod and will not run more. A defaulted number may mean that an autoscaler comes later. */
function staysAlone({ replicas, provenance }: Workload, autoscaler: Autoscaler | null): boolean {
  return replicas === 1 && autoscaler === null && provenance.of(['spec', 'replicas']) !== 'defaulted'
}

function isDriven({ autoscaler }: Known): boolean {
  return autoscaler.known && autoscaler.value !== null
}
