import t from 'tap'
import { known, unknown } from '../../src/inventory/fact.ts'
import { autoscalerOf, factsOf, oneDeployment } from '../support/facts.ts'
import {
  admitOf,
  ask,
  deployment,
  endpoints,
  type JsonMap,
  operationsIn,
  overTheWire,
  reviewOf,
  web
} from '../support/workloads.ts'

const admit = admitOf({ profile: 'critical' })
const bad = deployment()
const quiet = { uid: '1-2-3', allowed: true }

/** Endpoints at which anything but a bare yes is said. */
function speaking(parts: Parameters<typeof ask>[2], by = admit): string[] {
  return endpoints.filter((endpoint) => JSON.stringify(ask(by, endpoint, parts)) !== JSON.stringify(quiet))
}

void t.test('it is judged at all', (test) => {
  test.strictSame(speaking({ object: bad }), endpoints)
  test.end()
})

void t.test('other resources, versions and subresources', (test) => {
  for (const resource of [
    'services/status',
    'services/proxy',
    'configmaps',
    'pods/eviction',
    'pods/status',
    'pods/binding',
    'pods/ephemeralcontainers',
    'apps/deployments/status',
    'apps/daemonsets/scale',
    'apps/replicasets/scale',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'apps/controllerrevisions',
    'batch/deployments',
    'policy/poddisruptionbudgets/status',
    'deployments',
    'apps/__proto__',
    'apps/constructor'
  ]) {
    test.strictSame(speaking({ object: bad, resource }), [], resource)
    test.strictSame(speaking({ object: null, resource, operation: 'UPDATE' }), [], `${resource}, whatever is in it`)
  }
  for (const version of ['v1beta1', 'v2', '', 'V1']) {
    const request = { resource: { group: 'apps', version, resource: 'deployments' } }
    test.strictSame(speaking({ object: bad, request }), [], `version ${JSON.stringify(version)}`)
  }
  const foreign = { resource: { group: 'example.org', version: 'v1', resource: 'deployments' } }
  test.strictSame(speaking({ object: bad, request: foreign }), [], 'a Deployment of somebody else')
  test.end()
})

void t.test('DELETE and CONNECT', (test) => {
  for (const operation of ['DELETE', 'CONNECT']) {
    for (const resource of ['apps/deployments', 'pods', 'policy/poddisruptionbudgets', 'apps/deployments/scale']) {
      for (const object of [null, bad, 'text', [], { spec: 1 }]) {
        test.strictSame(
          speaking({ operation, resource, object, oldObject: object }),
          [],
          `${operation} ${resource} ${typeof object}`
        )
      }
    }
  }
  test.end()
})

const preStop = { sleep: { seconds: 60 } }
const pod: JsonMap = { metadata: { name: 'web' }, spec: { containers: [{ ...web, lifecycle: { preStop } }] } }
const owner = (kind: string, controller = true, apiVersion = 'apps/v1'): JsonMap => ({
  ownerReferences: [{ apiVersion, kind, name: 'web', controller }]
})

function withMetadata(object: JsonMap, metadata: JsonMap): JsonMap {
  return { ...object, metadata: { name: 'web', ...metadata } }
}

const inKubeSystem = 'system:serviceaccount:kube-system:'
const by = (username: string) => ({ userInfo: { username } })

void t.test('parts of what is judged itself', (test) => {
  const parts = {
    replicaset: ['pods', pod, owner('ReplicaSet')],
    statefulset: ['pods', pod, owner('StatefulSet')],
    'daemon-set': ['pods', pod, owner('DaemonSet')],
    job: ['pods', pod, owner('Job', true, 'batch/v1')],
    replication: ['pods', pod, owner('ReplicationController', true, 'v1')],
    deployment: ['apps/replicasets', bad, owner('Deployment')],
    cronjob: ['batch/jobs', { spec: { template: pod } }, owner('CronJob', true, 'batch/v1')]
  } as const
  for (const [name, [resource, object, metadata]] of Object.entries(parts)) {
    const part = { object: withMetadata(object, metadata), resource }
    for (const user of [`${inKubeSystem}${name}-controller`, 'system:kube-controller-manager'])
      test.strictSame(speaking({ ...part, request: by(user) }), [], `${resource} by ${user}`)
    test.not(speaking(part).length, 0, `${resource} by a person, who may write any owner`)
  }
  const rollout = withMetadata(bad, owner('Rollout', true, 'argoproj.io/v1alpha1'))
  const part = { object: rollout, resource: 'apps/replicasets' }
  test.strictSame(speaking({ ...part, request: by('system:serviceaccount:argo-rollouts:argo-rollouts') }), [])
  test.not(
    speaking({ ...part, request: by('system:serviceaccount:shop:argo-rollouts') }).length,
    0,
    'a service account of the same namespace may be a tenant'
  )
  test.not(
    speaking({
      object: withMetadata(pod, owner('ReplicaSet', false)),
      resource: 'pods',
      request: by(`${inKubeSystem}replicaset-controller`)
    }).length,
    0,
    'an owner that does not control has no parts'
  )
  test.not(speaking({ object: pod, resource: 'pods' }).length, 0, 'a Pod alone is judged')
  test.end()
})

void t.test('the autoscaler that KEDA makes of a ScaledObject', (test) => {
  const resource = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' }
  const keda = { resource, ...by('system:serviceaccount:keda:keda-operator') }
  const low = { spec: { minReplicas: 1, maxReplicas: 5 } }
  const ownedBy = (kind: string, apiVersion: string) => withMetadata(low, owner(kind, true, apiVersion))
  const made = ownedBy('ScaledObject', 'keda.sh/v1alpha1')
  test.strictSame(speaking({ object: made, request: keda }), [])
  const tenant = { resource, ...by('system:serviceaccount:shop:deployer') }
  test.not(speaking({ object: made, request: tenant }).length, 0, 'a tenant that writes the owner is not KEDA')
  test.not(
    speaking({ object: ownedBy('Operator', 'keda.sh/v1alpha1'), request: keda }).length,
    0,
    'any other is judged'
  )
  test.not(
    speaking({ object: ownedBy('ScaledObject', 'example.com/v1'), request: keda }).length,
    0,
    'a namesake makes none'
  )
  test.not(speaking({ object: low, request: keda }).length, 0)
  test.end()
})

void t.test('mirrors, and what is on its way out', (test) => {
  const mirror = { annotations: { 'kubernetes.io/config.mirror': '0123' } }
  test.strictSame(speaking({ object: withMetadata(pod, mirror), resource: 'pods' }), [], 'a mirror pod')
  const leaving = { deletionTimestamp: '2026-11-21T00:00:00Z' }
  test.strictSame(
    speaking({ object: withMetadata(bad, leaving), oldObject: bad }),
    [],
    'an object that is being deleted'
  )
  test.not(speaking({ object: withMetadata(bad, mirror) }).length, 0, 'only a Pod can be a mirror')
  test.end()
})

const scaled = (replicas?: number): JsonMap => ({ kind: 'Scale', metadata: { name: 'web' }, spec: { replicas } })
const scale = { resource: 'apps/deployments/scale', oldObject: scaled(5) }

void t.test('scale', (test) => {
  const seen = admitOf({ profile: 'critical', facts: factsOf({ workloads: oneDeployment }) })
  const enforce = (parts: Parameters<typeof ask>[2]) => ask(seen, 'enforce', { ...scale, ...parts })
  test.equal(enforce({ object: scaled(0) }).allowed, true, 'to zero')
  test.equal(enforce({ object: { spec: {} } }).allowed, true, 'to zero, which is left out')
  test.equal(enforce({ object: scaled(3) }).allowed, true, 'to enough')
  test.equal(enforce({ object: scaled(1) }).allowed, false, 'to one')
  test.match(
    enforce({ object: scaled(1) }).status?.message,
    'deployment/web violates 1 required policy of profile critical:\n[min-replicas] spec.replicas: runs 1 replica; set it to 3 or more\nTo exempt it, annotate it with holdfast.dev/exempt.<policy>: "<reason>".'
  )
  test.equal(enforce({ object: scaled(1), resource: 'apps/statefulsets/scale' }).allowed, false, 'a StatefulSet too')
  const unseen = admitOf({ profile: 'critical', facts: factsOf({ workloads: unknown('not seen yet') }) })
  test.equal(ask(unseen, 'enforce', { ...scale, object: scaled(1) }).allowed, true, 'what was not seen may be exempt')
  test.equal(enforce({ object: scaled(1), oldObject: scaled(2) }).allowed, true, 'from too few to fewer')
  for (const [from, to] of [
    [0, 1],
    [0, 2],
    [1, 2]
  ] as const) {
    const up = { object: scaled(to), oldObject: scaled(from) }
    test.equal(enforce(up).allowed, true, `up from ${from} to ${to}, still too few`)
  }
  test.equal(ask(admitOf(), 'enforce', { ...scale, object: scaled(1) }).allowed, true, 'where that is only advised')
  for (const username of [
    'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
    'system:kube-controller-manager'
  ]) {
    test.strictSame(
      speaking({ ...scale, object: scaled(1), request: { userInfo: { username } } }),
      [],
      `by ${username}`
    )
  }
  const driven = admitOf({
    profile: 'critical',
    facts: factsOf({ autoscaler: known(autoscalerOf({ minReplicas: 3 })) })
  })
  test.equal(ask(driven, 'enforce', { ...scale, object: scaled(1) }).allowed, true, 'where an autoscaler keeps a floor')
  test.strictSame(operationsIn(ask(admit, 'mutate', { ...scale, object: scaled(1) })), [], 'it is never patched')
  test.end()
})

void t.test('the record says that nothing was judged', (test) => {
  const { record } = admit('enforce', overTheWire(reviewOf({ object: bad, resource: 'configmaps' })))
  test.match(record, { verdict: 'ignored', verdicts: [], patched: [], resource: 'configmaps' })
  test.end()
})
