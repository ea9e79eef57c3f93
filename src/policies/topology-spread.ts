import type { Fact } from '../inventory/fact.ts'
import type { Facts } from '../inventory/facts/index.ts'
import type { Nodes } from '../inventory/node-set.ts'
import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain } from '../engine/violation.ts'
import type { Autoscaler } from '../kube/autoscaler.ts'
import { keepsTogether } from '../kube/claim.ts'
import { hasMatchLabelKeys } from '../kube/server-version.ts'
import { hostnameKey, ownConstraints, revisionLabelOf, saysSpread, spreadKeys, zoneKey } from '../kube/spread.ts'
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
      description: 'What injected constraints spread over; zones are left out if the nodes are known to have none',
      choices: ['nodes-and-zones', 'nodes'],
      default: 'nodes-and-zones'
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: [at],
  check({ subject, facts, parameters: { over } }) {
    const shared = sharedBy(subject, facts, over)
    const together = shared === undefined || heldTogether(subject, facts.claims)
    if (shared === undefined || together === true) return []
    const { replicas = 1 } = subject
    const driven = facts.autoscaler.known && facts.autoscaler.value !== null
    const several = replicas > 1 || (replicas === 1 && driven)
    const field = podField(subject, at)
    const problem = `${several ? '' : 'once scaled, '}all pods may share one ${shared}`
    const fix = `add a constraint for ${shared === 'zone' ? zoneKey : hostnameKey}`
    if (together === undefined) {
      // The same release may create the claim. Where the claim holds the pods on one node, a constraint would pull them off it.
      const unlessHeld = { field, problem, fix: `if its claims allow it, ${fix}` }
      return [uncertain('claims', unlessHeld, several ? 'on-update' : 'never')]
    }
    if (!several) {
      if (replicas === 0) return [uncertain('intent', { field, problem, fix })]
      const { known } = facts.autoscaler
      return [uncertain(known ? 'intent' : 'autoscaler', { field, problem, fix }, known ? 'never' : 'always')]
    }
    const isSpread = zonesIn(facts.nodes) === undefined && spreadKeys(subject).size > 0
    return [isSpread ? uncertain('nodes', { field, problem, fix }) : certain({ field, problem, fix })]
  },
  remedy({ subject, facts, parameters: { inject, over }, recorded }) {
    if (saysSpread(subject.podSpec) || sharedBy(subject, facts, over) === undefined) return []
    if (heldTogether(subject, facts.claims) !== false) return []
    const { nodes, serverVersion } = facts
    const keyed = serverVersion.known && hasMatchLabelKeys(serverVersion.value)
    const zones = zonesIn(nodes)
    const zoned = inject !== 'nodes' && (zones === undefined ? wereZoned(recorded(at)) : zones > 0)
    const keys = zoned ? [hostnameKey, zoneKey] : [hostnameKey]
    const value = ownConstraints(subject, keys, keyed ? revisionLabelOf[subject.kind] : undefined)
    if (value === undefined) return []
    return [{ at, value }]
  }
})

/** The number of zones that the nodes are in; undefined if the nodes are unknown, or there are none yet. */
function zonesIn(nodes: Fact<Nodes>): number | undefined {
  return nodes.known && nodes.value.all.length > 0 ? nodes.value.domainsOf(zoneKey).size : undefined
}

/** Whether recorded constraints were over zones too, or none are recorded. */
function wereZoned(recorded: unknown): boolean {
  return !Array.isArray(recorded) || recorded.some((one) => isObject(one) && one['topologyKey'] === zoneKey)
}

/** What all pods may share, but should not. */
function sharedBy(subject: Workload, { autoscaler, nodes }: Pick<Facts, 'autoscaler' | 'nodes'>, over: string) {
  if (autoscaler.known && staysAlone(subject, autoscaler.value)) return undefined
  const keys = spreadKeys(subject)
  // With one zone, or none, pods cannot spread over zones.
  if (over !== 'zone' || (zonesIn(nodes) ?? 2) < 2) return keys.size > 0 ? undefined : 'node'
  return keys.has(zoneKey) ? undefined : 'zone'
}

/** Whether a claim holds the pods on one node, where none may be elsewhere; undefined if that is not known. */
function heldTogether({ podSpec }: Workload, claims: Facts['claims']): boolean | undefined {
  return keepsTogether(podSpec, claims.known ? claims.value : undefined)
}

/** Whether a workload runs one pod and will not run more. A defaulted number may mean that an autoscaler comes later. */
function staysAlone({ replicas, provenance }: Workload, autoscaler: Autoscaler | null): boolean {
  return replicas === 1 && autoscaler === null && provenance.of(['spec', 'replicas']) !== 'defaulted'
}
