import type { Fact, Nodes } from '../engine/facts.ts'
import { definePolicy } from '../engine/policy.ts'
import { hasMatchLabelKeys } from '../kube/server-version.ts'
import { isObject } from '../kube/shape.ts'
import { hostnameKey, ownConstraints, saysSpread, spreadKeys, zoneKey } from '../kube/spread.ts'
import { podField } from '../kube/workload.ts'

/** The label that tells the pods of one revision from those of another, by the controller that writes it. */
const revisionLabelOf = {
  Deployment: 'pod-template-hash',
  StatefulSet: 'controller-revision-hash',
  ReplicaSet: undefined
}

/** How many zones the nodes say that they are in; undefined where nobody knows, or there is no node yet. */
function zonesIn(nodes: Fact<Nodes>): number | undefined {
  return nodes.known && nodes.value.all.length > 0 ? nodes.value.domainsOf(zoneKey).size : undefined
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
  check({ subject, facts: { autoscaler, nodes }, parameters: { over } }) {
    const { replicas = 1 } = subject
    const driven = autoscaler.known && autoscaler.value !== null
    if (replicas === 1 && autoscaler.known && !driven) return []
    const keys = spreadKeys(subject)
    const zones = zonesIn(nodes)
    // Over a single zone, or none, nothing can be spread.
    const byZone = over === 'zone' && (zones === undefined || zones > 1)
    if (byZone ? keys.has(zoneKey) : keys.size > 0) return []
    const field = podField(subject, 'topologySpreadConstraints')
    const problem = `all pods may share one ${byZone ? 'zone' : 'node'}`
    const fix = `add one for ${byZone ? zoneKey : hostnameKey}`
    if (replicas === 0 || (replicas === 1 && !driven)) {
      const unless = replicas === 0 ? 'intention' : 'autoscaler'
      return [{ field, problem: `once scaled, ${problem}`, fix, unless }]
    }
    return [zones === undefined && keys.size > 0 ? { field, problem, fix, unless: 'nodes' } : { field, problem, fix }]
  },
  remedy({ subject, facts: { nodes, serverVersion }, parameters: { inject }, recorded }) {
    if (saysSpread(subject.podSpec)) return []
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
