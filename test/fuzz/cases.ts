import * as fc from 'fast-check'
import { modes, profileNames, type ProfileName } from '../../src/engine/api.ts'
import { type KindName, kinds } from '../../src/kube/kinds.ts'
import type { ServerVersion } from '../../src/kube/server-version.ts'
import { defaulted } from '../laws/server.ts'
import { annotations, workload, workloadOf } from '../laws/generated.ts'
import { budget } from '../laws/generated-budget.ts'
import { labels } from '../laws/generated-pod.ts'
import { deployment, type Json, type JsonMap } from '../support/workloads.ts'
import { mutated, mutations } from './mutation.ts'

const { array, constant, constantFrom, oneof, option, record, tuple } = fc

/** A review with what surrounds its object. */
export interface Case {
  profile: ProfileName
  serverVersion: ServerVersion
  review: unknown
  around: readonly unknown[]
}

const name = constantFrom('web', 'web', 'api', 'x'.repeat(253))
const metadata = record<JsonMap>(
  { name, namespace: constant('shop'), labels, annotations },
  { requiredKeys: ['name', 'namespace'] }
)
const replicas = constantFrom<Json>(0, 1, 2, 3, 1000, 2 ** 31 - 1)

function objectOf(kind: KindName, parts: JsonMap): JsonMap {
  const { group, version } = kinds[kind]
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...parts }
}

const target = record<JsonMap>({
  apiVersion: constant('apps/v1'),
  kind: constantFrom('Deployment', 'StatefulSet'),
  name
})
const resource = record<JsonMap>({
  name: constantFrom('cpu', 'memory'),
  target: constantFrom<Json>({ type: 'Utilization', averageUtilization: 50 }, { averageValue: '1' })
})
const metric = oneof(
  record<JsonMap>({ type: constant('Resource'), resource }),
  record<JsonMap>({
    type: constant('ContainerResource'),
    containerResource: resource.map((one) => ({ ...one, container: 'web' }))
  }),
  constant<JsonMap>({ type: 'External', external: {} })
)
const hpa = tuple(
  metadata,
  record<JsonMap>(
    { scaleTargetRef: target, minReplicas: replicas, maxReplicas: replicas, metrics: array(metric, { maxLength: 3 }) },
    { requiredKeys: ['scaleTargetRef'] }
  )
).map(([own, spec]) => objectOf('HorizontalPodAutoscaler', { metadata: own, spec }))
const trigger = record<JsonMap>({
  type: constantFrom('cpu', 'memory', 'kafka'),
  metadata: constantFrom<Json>({}, { containerName: 'web' }, { type: 'AverageValue' })
})
const scaledObject = tuple(
  metadata,
  record<JsonMap>(
    { scaleTargetRef: target, minReplicaCount: replicas, maxReplicaCount: replicas, triggers: array(trigger) },
    { requiredKeys: ['scaleTargetRef'] }
  )
).map(([own, spec]) => objectOf('ScaledObject', { metadata: own, spec }))
const scale = tuple(metadata, replicas).map(([own, count]): JsonMap => {
  return { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: own, spec: { replicas: count } }
})
const port = record<JsonMap>(
  {
    name: constantFrom('http', 'metrics'),
    port: constantFrom(80, 8080),
    targetPort: constantFrom<Json>('http', 8080, 0),
    protocol: constantFrom('TCP', 'UDP')
  },
  { requiredKeys: ['port'] }
)
const leading: JsonMap = {
  type: 'LoadBalancer',
  internalTrafficPolicy: 'Local',
  externalTrafficPolicy: 'Local',
  publishNotReadyAddresses: true,
  loadBalancerClass: 'service.k8s.aws/nlb'
}
const service = tuple(metadata, labels, array(port, { maxLength: 3 }), constantFrom('None', '10.0.0.1')).map(
  ([own, selected, ports, clusterIP]) =>
    objectOf('Service', { metadata: own, spec: { ...leading, selector: selected, ports, clusterIP } })
)
function nodeIn(zone: string, taints: readonly JsonMap[]): JsonMap {
  const own = { name: zone, labels: { 'kubernetes.io/hostname': zone, 'topology.kubernetes.io/zone': zone } }
  return objectOf('Node', { metadata: own, spec: { taints } })
}

const taint = constantFrom<JsonMap>({ key: 'gpu', effect: 'NoSchedule' }, { key: 'a', value: 'b', effect: 'NoExecute' })
const node = tuple(constantFrom('a', 'b', 'c'), array(taint)).map(([zone, taints]) => nodeIn(zone, taints))
const namespace = record<JsonMap>(
  {
    'holdfast.dev/mode': constantFrom(...modes),
    'holdfast.dev/profile': constantFrom<string[]>(...profileNames, 'none'),
    'holdfast.dev/profile-version': constantFrom('latest', 'v1', 'v99'),
    'holdfast.dev/inject': constantFrom('enabled', 'disabled')
  },
  { requiredKeys: [] }
).map((shown) => objectOf('Namespace', { metadata: { name: 'shop', labels: shown } }))

function inShop(kind: KindName, { metadata: own, ...rest }: JsonMap): JsonMap {
  return { ...objectOf(kind, rest), metadata: { ...(own as JsonMap), namespace: 'shop' } }
}

const neighbour = tuple(workloadOf('Deployment', 'StatefulSet', 'DaemonSet'), name).map(
  ([{ kind, object }, called]) => {
    return inShop(kind, { ...object, metadata: { ...(object['metadata'] as JsonMap), name: called } })
  }
)
const inNamespace = oneof<fc.Arbitrary<JsonMap>[]>(
  neighbour,
  budget.map((object) => inShop('PodDisruptionBudget', object)),
  hpa,
  scaledObject,
  service
)

/** All that it lacks can be repaired. */
const plain = defaulted(deployment(), ['spec', 'template']) as JsonMap

interface Asked {
  kind: KindName
  subResource?: string
  object: JsonMap
}

const asked = oneof<fc.MaybeWeightedArbitrary<Asked>[]>(
  { arbitrary: constant({ kind: 'Deployment', object: plain }), weight: 3 },
  {
    arbitrary: workload.map(({ kind, at, object }) => ({
      kind,
      object: defaulted(inShop(kind, object), at) as JsonMap
    })),
    weight: 6
  },
  budget.map((object) => ({ kind: 'PodDisruptionBudget', object: inShop('PodDisruptionBudget', object) })),
  hpa.map((object) => ({ kind: 'HorizontalPodAutoscaler', object })),
  scaledObject.map((object) => ({ kind: 'ScaledObject', object })),
  service.map((object) => ({ kind: 'Service', object: inShop('Service', object) })),
  tuple(constantFrom<KindName[]>('Deployment', 'StatefulSet'), scale).map(([kind, object]) => {
    return { kind, subResource: 'scale', object }
  })
)
const user = constantFrom(
  'alice',
  'system:serviceaccount:shop:default',
  'system:serviceaccount:operators:one',
  'system:kube-controller-manager',
  'system:serviceaccount:kube-system:replicaset-controller'
)

function reviewOf({ kind, subResource, object }: Asked, old: unknown, username: string): unknown {
  const { group, version, resource: plural } = kinds[kind]
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '1-2-3',
      resource: { group, version, resource: plural },
      ...(subResource !== undefined && { subResource }),
      name: 'web',
      namespace: 'shop',
      operation: old === null ? 'CREATE' : 'UPDATE',
      userInfo: { username },
      dryRun: false,
      object,
      oldObject: old
    }
  }
}

const version = constantFrom<ServerVersion[]>({ major: 1, minor: 26 }, { major: 1, minor: 33 }, { major: 1, minor: 36 })
/** Most of what goes wrong is in the object; half of the reviews are of an UPDATE, from what the object was without its mutations. */
const review = tuple(asked, user, fc.boolean(), mutations(3), option(mutations(1), { freq: 1 })).map(
  ([one, username, update, changes, others]) => {
    const object = mutated(one.object, changes) as JsonMap
    const sent = reviewOf({ ...one, object }, update ? one.object : null, username)
    return others === null ? sent : mutated(sent, others)
  }
)
/** Half of the namespaces have what a repair takes. */
const surely = option(
  constant(
    objectOf('Service', {
      metadata: { name: 'front', namespace: 'shop' },
      spec: { clusterIP: '10.0.0.1', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }
    })
  ),
  { freq: 1 }
)
const threeNodes = ['a', 'b', 'c'].map((zone) => nodeIn(zone, []))
/** As the API server would list them, but for the mutations. */
const around = tuple(
  namespace,
  oneof(constant(threeNodes), array(node, { maxLength: 3 })),
  surely,
  array(tuple(inNamespace, mutations(1)), { maxLength: 5 })
).map(([home, nodes, front, objects]) => [
  home,
  ...nodes,
  ...(front === null ? [] : [front]),
  ...objects.map(([object, changes]) => mutated(object, changes))
])

/** Reviews of every kind that is judged, and their surroundings, each with up to three things wrong with it. */
export const cases: fc.Arbitrary<Case> = record({
  profile: constantFrom(...profileNames, 'standard', 'critical'),
  serverVersion: version,
  review,
  around
})
