import * as fc from 'fast-check'
import { exemptPrefix } from '../../src/engine/api.ts'
import type { JsonMap } from '../support/workloads.ts'

const { array, constant, constantFrom, oneof, record, subarray, tuple } = fc

/** An object that an inventory keeps. */
export type Thing = JsonMap & { apiVersion: string; kind: string }

const podOf = (labels: JsonMap): JsonMap => ({ metadata: { labels }, spec: { containers: [{ name: 'web' }] } })

function controller(kind: string, name: string, labels: JsonMap, own: JsonMap, spec: JsonMap = {}): Thing {
  const all = { selector: { matchLabels: own }, template: podOf({ ...own, ...labels }), ...spec }
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'shop' }, spec: all }
}

/** What a Scale scales and an autoscaler targets. */
const parent = tuple(
  constantFrom('Deployment', 'StatefulSet'),
  constantFrom(0, 1, 2, 3, 5),
  constantFrom<JsonMap>({}, {}, { [`${exemptPrefix}min-replicas`]: 'a single writer' })
).map(([kind, replicas, annotations]): Thing => {
  const web = controller(kind, 'web', { tier: 'front' }, { app: 'web' }, { replicas })
  return { ...web, metadata: { name: 'web', namespace: 'shop', annotations } }
})

const others = subarray<Thing>([
  controller('Deployment', 'api', { tier: 'front' }, { app: 'api' }, { replicas: 2 }),
  controller('StatefulSet', 'twin', {}, { app: 'web', of: 'twin' }, { replicas: 3 }),
  controller('DaemonSet', 'agent', { tier: 'front' }, { app: 'agent' })
])

function named(
  apiVersion: string,
  kind: string,
  some: fc.Arbitrary<JsonMap>,
  { most = 2, inNamespace = true } = {}
): fc.Arbitrary<Thing[]> {
  const namespace = inNamespace && { namespace: 'shop' }
  return array(some, { maxLength: most }).map((all) => {
    return all.map(({ metadata, ...rest }, index) => {
      return { apiVersion, kind, metadata: { name: `${index}`, ...namespace, ...(metadata as JsonMap) }, ...rest }
    })
  })
}

const cluster = { inNamespace: false }

const autoscaler = tuple(constantFrom('Deployment', 'StatefulSet'), constantFrom(1, 2, 3), constantFrom(2, 9)).map(
  ([kind, minReplicas, maxReplicas]): JsonMap => {
    return { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'web' }, minReplicas, maxReplicas } }
  }
)
const budget = tuple(
  constantFrom<JsonMap>({ maxUnavailable: 1 }, { minAvailable: 1 }, { minAvailable: 2 }, { minAvailable: '51%' }),
  constantFrom<JsonMap>({ app: 'web' }, { tier: 'front' })
).map(([bound, matchLabels]): JsonMap => ({ spec: { ...bound, selector: { matchLabels } } }))
const service = constantFrom<JsonMap>(
  { port: 80, targetPort: 9090 },
  { port: 8080 },
  { port: 80, targetPort: 'metrics' },
  { port: 53, protocol: 'UDP' }
).map((port): JsonMap => ({ spec: { selector: { app: 'web' }, ports: [port] } }))
const claim = constantFrom('ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany').map((mode): JsonMap => {
  return { metadata: { name: 'data' }, spec: { accessModes: [mode], volumeName: '0' }, status: { phase: 'Bound' } }
})
const limitRange = constantFrom<JsonMap>({ defaultRequest: { cpu: '1', memory: '64Mi' } }, { min: { cpu: '2' } }).map(
  (limit): JsonMap => ({ spec: { limits: [{ type: 'Container', ...limit }] } })
)
const vertical = constantFrom('Deployment', 'StatefulSet').map((kind): JsonMap => {
  return { spec: { targetRef: { kind, name: 'web' } } }
})
const apiService = constantFrom<JsonMap>(
  { metadata: { name: 'v1.apps' }, spec: { group: 'apps', version: 'v1' } },
  { metadata: { name: 'v1beta1.metrics.k8s.io' }, spec: { group: 'metrics.k8s.io', version: 'v1beta1' } }
)
const node = constantFrom<JsonMap>(
  { 'kubernetes.io/hostname': 'a', 'topology.kubernetes.io/zone': 'a' },
  { 'kubernetes.io/hostname': 'b', 'topology.kubernetes.io/zone': 'a' },
  { 'kubernetes.io/hostname': 'c', 'topology.kubernetes.io/zone': 'c' },
  { 'kubernetes.io/hostname': 'd' }
)

const port = constantFrom<JsonMap[]>([], [], [{ containerPort: 8080 }], [{ containerPort: 9090, name: 'metrics' }])
const constraint = record({
  topologyKey: constantFrom('kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'rack'),
  maxSkew: constantFrom(1, 5),
  whenUnsatisfiable: constantFrom('DoNotSchedule', 'ScheduleAnyway'),
  labelSelector: constant<JsonMap>({ matchLabels: { app: 'web' } })
})
const amount = constantFrom(0, 1, '50%', '100%')
const rolling = record({
  type: constant('RollingUpdate'),
  rollingUpdate: record({ maxSurge: amount, maxUnavailable: amount })
})

/** A workload `web` with few fields: its findings depend on what is around it. */
export const plainWorkload: fc.Arbitrary<Thing> = record({
  kind: constantFrom('Deployment', 'StatefulSet'),
  replicas: constantFrom(1, 2, 3),
  ports: port,
  constraints: oneof(constant<JsonMap[]>([]), tuple(constraint), tuple(constraint)),
  strategy: oneof(rolling, constant<JsonMap>({ type: 'Recreate' })),
  volumes: constantFrom<JsonMap[]>([], [], [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }])
}).map(({ kind, replicas, ports, constraints, strategy, volumes }) => {
  const spec = { containers: [{ name: 'web', image: 'web:1', ports }], topologySpreadConstraints: constraints, volumes }
  const template = { metadata: { labels: { app: 'web' } }, spec }
  const how = { [kind === 'Deployment' ? 'strategy' : 'updateStrategy']: strategy }
  return controller(kind, 'web', {}, { app: 'web' }, { replicas, template, ...how })
})

/** An autoscaler of `web`, of either kind. */
export const anyAutoscaler: fc.Arbitrary<JsonMap> = record({
  kind: constantFrom('Deployment', 'StatefulSet'),
  floor: constantFrom(0, 1, 2, 3),
  most: constantFrom(1, 9),
  isPaused: fc.boolean()
}).chain(({ kind, floor, most, isPaused }) => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind, name: 'web' }
  const annotations = isPaused ? { 'autoscaling.keda.sh/paused-replicas': '1' } : {}
  return constantFrom<JsonMap>(
    {
      kind: 'HorizontalPodAutoscaler',
      spec: { scaleTargetRef, minReplicas: Math.max(1, floor), maxReplicas: most }
    },
    {
      kind: 'ScaledObject',
      metadata: { annotations },
      spec: { scaleTargetRef, minReplicaCount: floor, maxReplicaCount: most, triggers: [{ type: 'cpu' }] }
    }
  )
})

/** The Scale of `web`. */
export const scale: fc.Arbitrary<JsonMap> = record({
  kind: constant('Scale'),
  parentKind: constantFrom('Deployment', 'StatefulSet'),
  spec: record({ replicas: constantFrom(1, 2) })
})

/** A Service of the pods of `web`. */
export const anyService: fc.Arbitrary<JsonMap> = record({
  kind: constant('Service'),
  metadata: record({
    annotations: constant<JsonMap>({ 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb-ip' })
  }),
  spec: record({
    selector: constant<JsonMap>({ app: 'web' }),
    ports: constant<JsonMap[]>([{ port: 80 }]),
    internalTrafficPolicy: constantFrom('Local', 'Cluster')
  })
})

/** Objects of every source around an object `web`; the first is a Deployment or a StatefulSet `web`. */
export const world: fc.Arbitrary<Thing[]> = tuple(
  parent.map((one) => [one]),
  others,
  named('autoscaling/v2', 'HorizontalPodAutoscaler', autoscaler),
  named('policy/v1', 'PodDisruptionBudget', budget),
  named('v1', 'Service', service),
  named('v1', 'PersistentVolumeClaim', claim, { most: 1 }),
  named('v1', 'PersistentVolume', constantFrom<JsonMap>({ spec: {} }, { spec: { nfs: {} } }), cluster),
  named('scheduling.k8s.io/v1', 'PriorityClass', constantFrom<JsonMap>({ metadata: { name: 'high' } }), cluster),
  named('v1', 'ResourceQuota', constantFrom<JsonMap>({ spec: { hard: { 'requests.cpu': '1' } } })),
  named('v1', 'LimitRange', limitRange),
  named('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler', vertical),
  named(
    'batch/v1',
    'CronJob',
    constantFrom<JsonMap>({ spec: { jobTemplate: { spec: { template: podOf({ app: 'web' }) } } } })
  ),
  named('apiregistration.k8s.io/v1', 'APIService', apiService, cluster),
  named(
    'v1',
    'Node',
    node.map((labels): JsonMap => ({ spec: {}, metadata: { labels } })),
    { most: 3, ...cluster }
  )
).map((parts) => parts.flat())
