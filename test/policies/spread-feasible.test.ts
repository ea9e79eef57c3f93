import { unknown } from '../../src/inventory/fact.ts'
import type { Node } from '../../src/kube/node.ts'
import { spreadFeasible } from '../../src/policies/spread-feasible.ts'
import { nodesOf } from '../support/facts.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const hostname = 'kubernetes.io/hostname'
const zone = 'topology.kubernetes.io/zone'
const oldZone = 'failure-domain.beta.kubernetes.io/zone'
const oldRegion = 'failure-domain.beta.kubernetes.io/region'
const own = { matchLabels: { app: 'web' } }
const constraint = (topologyKey: string, more: JsonMap = {}): JsonMap => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: own,
  ...more
})
const podOf = (...topologySpreadConstraints: JsonMap[]): JsonMap => ({
  containers: [{ name: 'web' }],
  topologySpreadConstraints
})
const spread = (...constraints: JsonMap[]): JsonMap => deploymentWith(podOf(...constraints))
const apart = (topologyKey: string): JsonMap => ({
  containers: [{ name: 'web' }],
  affinity: {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: own }] }
  }
})
const everywhere = (count: number): JsonMap => ({
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: Array.from({ length: count }, () => ({
      matchExpressions: [{ key: zone, operator: 'DoesNotExist' }]
    }))
  }
})
const soft = { whenUnsatisfiable: 'ScheduleAnyway' }
const unseen = { nodes: unknown('no cluster cache') }
const taints = [{ key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }]
const node = (name: string, labels: Record<string, string> = {}, more: Partial<Node> = {}): Partial<Node> => ({
  labels: { [hostname]: name, ...labels },
  ...more
})
const zoneless = { nodes: nodesOf(node('a'), node('b')) }
const oldLabels = { nodes: nodesOf(node('a', { [zone]: 'x', [oldZone]: 'x', [oldRegion]: 'r' })) }

const at = '[spread-feasible] spec.template.spec.topologySpreadConstraints[0]:'
const retiredText = `${at} deprecated topology key, which no node has; use ${zone}`
const missingText = `${at} no node has its topology key (unless new nodes change that); use ScheduleAnyway`
const term = 'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]'
const quietly = (place: string): { severity: 'unknown'; told: 'never'; says: string[] } => ({
  severity: 'unknown',
  told: 'never',
  says: [
    `[spread-feasible] spec.template.spec.${place}: the nodes may be unable to meet the constraint (nodes unknown); check the labels of the nodes`
  ]
})

/** Pods that run beside those of a cache, and apart from each other. */
const besideCache = (more: JsonMap = {}): JsonMap => {
  const cache = { topologyKey: hostname, labelSelector: { matchLabels: { app: 'cache' } }, ...more }
  const { containers, affinity } = apart(hostname) as { containers: JsonMap[]; affinity: JsonMap }
  const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [cache] }
  return { containers, affinity: { ...affinity, podAffinity } }
}
const cacheOf = (replicas: number, name = 'cache'): JsonMap => {
  const selector = { matchLabels: { app: 'cache' } }
  const template = { metadata: { labels: { app: 'cache' } }, spec: { containers: [] } }
  const metadata = { name, namespace: 'shop' }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas, selector, template } }
}
const cacheScaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'cache', namespace: 'shop' },
  spec: { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cache' } }
}
const podAffinityAt = 'affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]'
const besideText = (beside: string, room: number): string =>
  `[spread-feasible] spec.template.spec.${podAffinityAt}: beside the ${beside} there is room for ${room} of 3 pods (unless more pods match); use preferred affinity`

checkPolicy(spreadFeasible, {
  accepts: {
    'a place beside another pod for each': { object: deploymentWith(besideCache()), around: [cacheOf(3)] },
    'a place beside each pod that an autoscaler may start': {
      object: deploymentWith(besideCache()),
      around: [cacheOf(1), cacheScaler]
    },
    'a place beside one pod of each of three workloads': {
      object: deploymentWith(besideCache()),
      around: [cacheOf(1), cacheOf(1, 'cache-b'), cacheOf(1, 'cache-c')]
    },
    'a place beside pods that are not there yet': { object: deploymentWith(besideCache()) },
    'a place beside pods that have been stopped': { object: deploymentWith(besideCache()), around: [cacheOf(0)] },
    'a place beside the pods of a DaemonSet': {
      object: deploymentWith(besideCache({ labelSelector: { matchLabels: { app: 'agent' } } })),
      around: [
        workloadWith('DaemonSet', {}, { template: { metadata: { labels: { app: 'agent' } } } }, { name: 'agent' })
      ]
    },
    'a place beside pods of another namespace': {
      object: deploymentWith(besideCache({ namespaces: ['caches'] })),
      around: [cacheOf(1)]
    },
    'a place beside pods of any namespace': {
      object: deploymentWith(besideCache({ namespaceSelector: {} })),
      around: [cacheOf(1)]
    },
    'a place beside pods of the same instance': {
      object: deploymentWith(besideCache({ matchLabelKeys: ['instance'] })),
      around: [cacheOf(1)]
    },
    'a place beside other pods, or its own': {
      object: deploymentWith(
        besideCache({ labelSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } })
      ),
      around: [cacheOf(1)]
    },
    'a zone with another pod, which has nodes enough': {
      object: deploymentWith(besideCache({ topologyKey: zone })),
      around: [cacheOf(1)]
    },
    'a place beside one pod, where nothing keeps its own apart': {
      object: deploymentWith({
        ...besideCache(),
        affinity: { podAffinity: (besideCache()['affinity'] as JsonMap)['podAffinity'] ?? {} }
      }),
      around: [cacheOf(1)]
    },
    'a place beside one pod, in a namespace that pins v1': {
      object: deploymentWith(besideCache()),
      around: [cacheOf(1)],
      version: 'v1'
    },
    'a place beside one pod, where the neighbours are unknown': {
      object: deploymentWith(besideCache()),
      facts: { neighbours: unknown('no cluster cache') }
    },
    'a hard constraint over the zones that there are': { object: spread(constraint(zone)) },
    'a hard constraint over nodes': { object: spread(constraint(hostname)) },
    'a wish for a label that no node has': { object: spread(constraint('example.com/rack', soft)) },
    'minDomains that are there': { object: spread(constraint(zone, { minDomains: 3 })) },
    'anti-affinity with a node for each pod': { object: deploymentWith(apart(hostname)) },
    'a Job over zones': { object: workloadWith('Job', podOf(constraint(zone))) },
    'a DaemonSet, which the nodes count': { object: workloadWith('DaemonSet', podOf(constraint('example.com/rack'))) },
    'nothing about spreading': { object: deploymentWith({ containers: [] }) },
    'a wish, where the nodes are unknown': { object: spread(constraint(zone, soft)), facts: unseen }
  },
  rejects: {
    'too few pods to run beside': {
      object: deploymentWith(besideCache()),
      around: [cacheOf(2)],
      severity: 'unknown',
      says: [besideText('2 pods of cache', 2)]
    },
    'too few pods to run beside, in critical: more may match': {
      object: deploymentWith(besideCache({ namespaces: ['shop'] })),
      around: [cacheOf(1)],
      profile: 'critical',
      severity: 'unknown',
      says: [besideText('1 pod of cache', 1)]
    },
    'too few pods of two workloads to run beside': {
      object: deploymentWith(besideCache()),
      around: [cacheOf(1), cacheOf(1, 'cache-b')],
      severity: 'unknown',
      says: [besideText('2 pods of other workloads', 2)]
    },
    'nodes that stay empty because no other pod runs there': {
      object: deploymentWith({
        ...podOf(constraint(hostname)),
        affinity: { podAffinity: (besideCache()['affinity'] as JsonMap)['podAffinity'] ?? {} }
      }),
      around: [cacheOf(2)],
      severity: 'unknown',
      says: [besideText('2 pods of cache', 2)]
    },
    'too few nodes, which is said first': {
      object: deploymentWith(besideCache(), { replicas: 4 }),
      around: [cacheOf(2)],
      severity: 'unknown',
      says: [
        `[spread-feasible] spec.template.spec.${term}: the nodes have room for 3 of 4 pods (unless new nodes change that); use preferred anti-affinity`
      ]
    },
    'a deprecated topology key that no node has': { object: spread(constraint(oldZone)), says: [retiredText] },
    'a deprecated topology key that no node has, in critical': {
      object: spread(constraint(oldZone)),
      profile: 'critical',
      says: [retiredText]
    },
    'a wish by a deprecated topology key, which comes to nothing': {
      object: spread(constraint(oldZone, soft)),
      says: [retiredText]
    },
    'anti-affinity by a deprecated topology key, which keeps nobody apart': {
      object: deploymentWith(apart(oldZone)),
      says: [`[spread-feasible] spec.template.spec.${term}: deprecated topology key, which no node has; use ${zone}`]
    },
    'a deprecated topology key that nodes still have': {
      object: spread(constraint(oldZone)),
      profile: 'critical',
      facts: oldLabels,
      severity: 'unknown',
      says: [`${at} deprecated topology key (unless new nodes change that); use ${zone}`]
    },
    'a deprecated topology key for regions': {
      object: spread(constraint(oldRegion)),
      facts: oldLabels,
      severity: 'unknown',
      says: [`${at} deprecated topology key (unless new nodes change that); use topology.kubernetes.io/region`]
    },
    'a deprecated topology key where the nodes have neither': {
      object: spread(constraint(oldZone)),
      facts: zoneless,
      severity: 'unknown',
      says: [`${at} deprecated topology key (unless new nodes change that); use ${zone}`]
    },
    'a deprecated topology key where the nodes are unknown': {
      object: spread(constraint(oldZone)),
      facts: unseen,
      severity: 'unknown',
      says: [`${at} deprecated topology key (nodes unknown); use ${zone}`]
    },
    'more requirements than can be held against so many nodes': {
      object: deploymentWith({ ...podOf(constraint(zone)), affinity: { nodeAffinity: everywhere(1000) } }),
      facts: { nodes: nodesOf(...Array.from({ length: 1000 }, (_, number) => node(`n-${number}`))) },
      ...quietly('topologySpreadConstraints[0]')
    },
    'zones in a cluster without': {
      object: spread(constraint(zone)),
      facts: zoneless,
      severity: 'unknown',
      says: [missingText]
    },
    'zones in a cluster without, in critical: later nodes may have them': {
      object: spread(constraint(zone)),
      profile: 'critical',
      facts: zoneless,
      severity: 'unknown',
      says: [missingText]
    },
    'a Job that no node can take': {
      object: workloadWith('Job', podOf(constraint('example.com/rack'))),
      severity: 'unknown',
      says: [missingText]
    },
    'more domains than there are': {
      object: deploymentWith(podOf(constraint(zone, { minDomains: 5 })), { replicas: 4 }),
      severity: 'unknown',
      says: [`${at} the nodes have room for 3 of 4 pods (unless new nodes change that); use ScheduleAnyway`]
    },
    'nodes that count and are tainted': {
      object: spread(constraint(hostname)),
      facts: { nodes: nodesOf(node('a'), node('b'), node('m', {}, { taints })) },
      severity: 'unknown',
      says: [`${at} the nodes have room for 2 of 3 pods (unless new nodes change that); set nodeTaintsPolicy: Honor`]
    },
    'anti-affinity with a node too few': {
      object: deploymentWith(apart(hostname), { replicas: 4 }),
      severity: 'unknown',
      says: [
        `[spread-feasible] spec.template.spec.${term}: the nodes have room for 3 of 4 pods (unless new nodes change that); use preferred anti-affinity`
      ]
    },
    'each of two': {
      object: spread(constraint(oldZone), constraint('example.com/rack')),
      facts: zoneless,
      severity: 'unknown',
      says: [
        `${at} deprecated topology key (unless new nodes change that); use ${zone}`,
        `${at} no node has its topology key (unless new nodes change that); use ScheduleAnyway`.replace('[0]', '[1]')
      ]
    },
    'a hard constraint, where the nodes are unknown': {
      object: spread(constraint(hostname)),
      facts: unseen,
      ...quietly('topologySpreadConstraints[0]')
    },
    'a hard constraint, before the first node is there': {
      object: spread(constraint(zone)),
      facts: { nodes: nodesOf() },
      ...quietly('topologySpreadConstraints[0]')
    },
    'required anti-affinity, where the nodes are unknown': {
      object: deploymentWith(apart(hostname)),
      facts: unseen,
      ...quietly(term)
    }
  }
})
