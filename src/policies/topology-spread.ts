import { definePolicy } from '../engine/policy.ts'
import { hasMatchLabelKeys } from '../kube/server-version.ts'
import { hostnameKey, ownConstraints, saysSpread, spreadKeys, zoneKey } from '../kube/spread.ts'
import { podField } from '../kube/workload.ts'

/** The label that tells the pods of one revision from those of another, by the controller that writes it. */
const revisionLabelOf = {
  Deployment: 'pod-template-hash',
  StatefulSet: 'controller-revision-hash',
  ReplicaSet: undefined
}

export const topologySpread = definePolicy({
  id: 'topology-spread',
  title: 'Pods are spread over nodes and zones, by constraints or by anti-affinity',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'ReplicaSet'],
  needs: ['autoscaler', 'serverVersion'],
  parameters: {
    over: {
      type: 'choice',
      description: 'What pods must at least be spread over: `any` takes nodes or zones, `zone` wants zones',
      choices: ['any', 'zone'],
      default: 'any',
      profiles: { critical: 'zone' }
    },
    inject: {
      type: 'choice',
      description: 'What injected constraints spread over; `nodes` is for clusters whose nodes have no zone labels',
      choices: ['nodes-and-zones', 'nodes'],
      default: 'nodes-and-zones'
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: ['topologySpreadConstraints'],
  check({ subject, facts: { autoscaler }, parameters: { over } }) {
    const { replicas = 1 } = subject
    const driven = autoscaler.known && autoscaler.value !== null
    if (replicas === 1 && autoscaler.known && !driven) return []
    const keys = spreadKeys(subject)
    if (over === 'zone' ? keys.has(zoneKey) : keys.size > 0) return []
    const field = podField(subject, 'topologySpreadConstraints')
    const place = over === 'zone' ? 'zone' : 'node'
    const fix = `add one for ${over === 'zone' ? zoneKey : hostnameKey}`
    if (replicas > 1 || (replicas === 1 && driven)) return [{ field, problem: `all pods may share one ${place}`, fix }]
    const unless = replicas === 0 ? 'intention' : 'autoscaler'
    return [{ field, problem: `once scaled, all pods may share one ${place}`, fix, unless }]
  },
  remedy({ subject, facts: { serverVersion }, parameters: { inject } }) {
    if (saysSpread(subject.podSpec)) return []
    const revision = revisionLabelOf[subject.kind]
    const keyed = serverVersion.known && hasMatchLabelKeys(serverVersion.value)
    const keys = inject === 'nodes' ? [hostnameKey] : [hostnameKey, zoneKey]
    const value = ownConstraints(subject, keys, keyed ? revision : undefined)
    if (value === undefined) return []
    const mark = value.map(({ topologyKey, whenUnsatisfiable }) => ({ topologyKey, whenUnsatisfiable }))
    return [{ at: 'topologySpreadConstraints', value, mark }]
  }
})
