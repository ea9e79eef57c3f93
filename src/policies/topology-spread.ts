import type { Fact, Facts, Nodes } from '../engine/facts.ts'
import { definePolicy } from '../engine/policy.ts'
import { hasMatchLabelKeys } from '../kube/server-version.ts'
import { isObject } from '../kube/shape.ts'
import { hostnameKey, ownConstraints, revisionLabelOf, saysSpread, spreadKeys, zoneKey } from '../kube/spread.ts'
import { podField, type Workload } from '../kube/workload.ts'

/** How many zones the nodes say that they are in; undefined where nobody knows, or there is no node yet. */
function zonesIn(nodes: Fact<Nodes>): number | undefined {
  return nodes.known && nodes.value.all.length > 0 ? nodes.value.domainsOf(zoneKey).size : undefined
}

/** What the pods may all share and should not. */
function sharedBy(subject: Workload, { autoscaler, nodes }: Pick<Facts, 'autoscaler' | 'nodes'>, over: string) {
  if (subject.replicas === 1 && autoscaler.known && autoscaler.value === null) return undefined
  const keys = spreadKeys(subject)
  // Over a single zone, or none, nothing can be spread.
  if (over !== 'zone' || (zonesIn(nodes) ?? 2) < 2) return keys.size > 0 ? undefined : 'node'
  return keys.has(zoneKey) ? undefined : 'zone'
}

/** Whether injected constraints were over zones too, or there were none. */
function wereZoned(recorded: unknown): boolean {
  return !Array.isArray(recorded) || recorded.some((one) => isObject(one) && one['topologyKey'] === zoneKey)
}

export const topologySpread = definePolicy({
  id: 'topology-spread',
  title: 'Pods are spread over nodes and zones, by constraints or by anti-affinity',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'ReplicaSet'],
  needs: ['autoscaler', 'nodes', 'serverVersion'],
  parameters: {
    over: {
      type: 'choice',
      description:
        'What pods must at least be spread over: `any` takes nodes or zones, `zone` wants zones where there are several',
      choices: ['any', 'zone'],
      default: 'any',
      profiles: { critical: 'zone' }
    },
    inject: {
      type: 'choice',
      description: 'What injected constraints spread over; zones are left out where it is known that no node has one',
      choices: ['nodes-and-zones', 'nodes'],
      default: 'nodes-and-zones'
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: ['topologySpreadConstraints'],
  check({ subject, facts, parameters: { over } }) {
    const shared = sharedBy(subject, facts, over)
    if (shared === undefined) return []
    const { replicas = 1 } = subject
    const driven = facts.autoscaler.known && facts.autoscaler.value !== null
    const field = podField(subject, 'topologySpreadConstraints')
    const problem = `all pods may share one ${shared}`
    const fix = `add one for ${shared === 'zone' ? zoneKey : hostnameKey}`
    if (replicas === 0 || (replicas === 1 && !driven)) {
      const unless = replicas === 0 ? 'intention' : 'autoscaler'
      return [{ field, problem: `once scaled, ${problem}`, fix, unless }]
    }
    const doubtful = zonesIn(facts.nodes) === undefined && spreadKeys(subject).size > 0
    return [doubtful ? { field, problem, fix, unless: 'nodes' } : { field, problem, fix }]
  },
  remedy({ subject, facts, parameters: { inject, over }, recorded }) {
    if (saysSpread(subject.podSpec) || sharedBy(subject, facts, over) === undefined) return []
    const { nodes, serverVersion } = facts
    const at = 'topologySpreadConstraints'
    const revision = revisionLabelOf[subject.kind]
    const keyed = serverVersion.known && hasMatchLabelKeys(serverVersion.value)
    const zones = zonesIn(nodes)
    const zoned = inject !== 'nodes' && (zones === undefined ? wereZoned(recorded(at)) : zones > 0)
    const keys = zoned ? [hostnameKey, zoneKey] : [hostnameKey]
    const value = ownConstraints(subject, keys, keyed ? revision : undefined)
    if (value === undefined) return []
    const mark = value.map(({ topologyKey, whenUnsatisfiable }) => ({ topologyKey, whenUnsatisfiable }))
    return [{ at, value, mark }]
  }
})
