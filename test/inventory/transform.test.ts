import t from 'tap'
import * as transform from '../../src/inventory/transform.ts'
import { MalformedObject } from '../../src/kube/shape.ts'

type Json = Record<string, unknown>

const owner = { apiVersion: 'v1', kind: 'Team', name: 'shop', uid: 'o', controller: true }
const large = 'x'.repeat(10_000)

/** What any object may have, most of which nobody reads. */
const metadata = {
  name: 'web',
  namespace: 'shop',
  uid: 'u',
  resourceVersion: '7',
  generation: 3,
  creationTimestamp: '2026-01-01T00:00:00Z',
  deletionTimestamp: '2026-01-02T00:00:00Z',
  labels: { app: 'web', 'argocd.argoproj.io/instance': 'shop', 'holdfast.dev/companion': 'true' },
  annotations: {
    'holdfast.dev/inject': 'disabled',
    'holdfast.dev/quorum': 'true',
    'kubectl.kubernetes.io/last-applied-configuration': large
  },
  ownerReferences: [owner],
  managedFields: [{ manager: large }]
}
const kept = {
  name: 'web',
  namespace: 'shop',
  uid: 'u',
  deletionTimestamp: '2026-01-02T00:00:00Z',
  ownerReferences: [owner],
  annotations: { 'holdfast.dev/inject': 'disabled', 'holdfast.dev/quorum': 'true' }
}
const status = { conditions: [{ message: large }] }

void t.test('a claim', (test) => {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeMode: large }
  test.strictSame(transform.transformClaim({ metadata, spec, status: { ...status, phase: 'Pending' } }), {
    name: 'web',
    namespace: 'shop',
    accessModes: ['ReadWriteOnce'],
    phase: 'Pending',
    volumeName: '',
    storageClassName: undefined
  })
  test.end()
})

void t.test('what bounds the pods of a namespace, and what sets their requests', (test) => {
  const named = { name: 'web', namespace: 'shop' }
  test.strictSame(transform.transformPriorityClass({ metadata, value: 10, description: large }), { name: 'web' })
  const hard = { 'requests.cpu': '1', 'count/secrets': '5' }
  test.strictSame(transform.transformQuota({ metadata, spec: { hard }, status: { hard, used: hard } }), {
    ...named,
    stated: ['requests.cpu'],
    scopes: []
  })
  const limits = [{ type: 'Pod', max: { cpu: '1', large } }]
  test.strictSame(transform.transformLimitRange({ metadata, spec: { limits } }), {
    ...named,
    limits: [{ type: 'Pod', max: { cpu: '1' }, min: {}, ratio: {}, limits: {}, requests: {} }]
  })
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const containerPolicies = [{ containerName: 'web', minAllowed: { cpu: large } }]
  test.strictSame(
    transform.transformVerticalAutoscaler({
      metadata,
      spec: { targetRef, resourcePolicy: { containerPolicies } },
      status
    }),
    {
      name: 'web',
      target: 'shop/Deployment/web',
      mode: 'Recreate',
      containers: [{ name: 'web', resources: ['cpu', 'memory'] }]
    }
  )
  test.end()
})

void t.test('a workload', (test) => {
  const labels = { app: 'web' }
  const resources = { requests: { cpu: '1' } }
  const container = { name: 'web', image: 'web:1', env: [{ name: 'A', value: large }], resources }
  const template = { metadata: { labels, annotations: { large } }, spec: { containers: [container], volumes: [] } }
  const raw = { metadata, spec: { replicas: 3, selector: { matchLabels: labels }, template }, status }
  const same = {
    metadata: kept,
    podLabels: labels,
    selector: { matchLabels: labels },
    containers: [{ name: 'web', requests: ['cpu'] }]
  }
  test.strictSame(transform.transformWorkload({ group: 'apps', kind: 'Deployment', scales: true }, raw), {
    group: 'apps',
    kind: 'Deployment',
    replicas: 3,
    ...same
  })
  test.strictSame(transform.transformWorkload({ group: 'apps', kind: 'DaemonSet', scales: false }, raw), {
    group: 'apps',
    kind: 'DaemonSet',
    replicas: undefined,
    ...same
  })
  test.end()
})

void t.test('what was added to a workload, by its record', (test) => {
  const form = { group: 'apps', kind: 'Deployment', scales: true }
  const record = JSON.stringify([{ policy: 'readiness-probe', at: 'containers[name=web].readinessProbe', value: {} }])
  const added = (more: object) => {
    const annotations = { 'holdfast.dev/injected': record }
    return transform.transformWorkload(form, { metadata: { ...metadata, annotations, ...more } }).added
  }
  test.strictSame(added({}), ['readinessProbe'])
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { 'f:holdfast.dev/injected': {} } } }
  test.equal(added({ managedFields: [{ operation: 'Apply', fieldsV1 }] }), undefined, 'a manifest carries it')
  test.equal(added({ annotations: {} }), undefined)
  test.end()
})

void t.test('a budget, with what a companion is known by and removed with', (test) => {
  const spec = { minAvailable: '50%', selector: {}, unhealthyPodEvictionPolicy: 'AlwaysAllow', more: large }
  test.strictSame(transform.transformBudget({ metadata, spec, status }), {
    kind: 'PodDisruptionBudget',
    metadata: { ...kept, labels: { 'holdfast.dev/companion': 'true' } },
    spec: { minAvailable: '50%', selector: {}, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    object: {}
  })
  const bare = { name: 'web', namespace: 'shop', uid: '' }
  test.strictSame(transform.transformBudget({ metadata: { name: 'web', namespace: 'shop' } }), {
    kind: 'PodDisruptionBudget',
    metadata: bare,
    spec: {},
    object: {}
  })
  test.end()
})

void t.test('a companion, with what the disruption controller counted', (test) => {
  const labels = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
  const counted = { observedGeneration: 3, expectedPods: 3, currentHealthy: 3, desiredHealthy: 2, ...status }
  const found = transform.transformBudget({ metadata: { ...metadata, labels }, spec: {}, status: counted })
  const expected = { isCurrent: true, expectedPods: 3, currentHealthy: 3, stall: undefined }
  test.strictSame(found.status, expected)
  test.equal(found.metadata.resourceVersion, '7')
  const other = transform.transformBudget({ metadata, spec: {}, status: counted })
  test.notOk('status' in other || 'resourceVersion' in other.metadata, 'of no other budget: both change all the time')
  test.end()
})

void t.test('whether pods of an older template may run', (test) => {
  const form = { group: 'apps', kind: 'StatefulSet', scales: true }
  const rolling = (generation: number, found: object, given = form) => {
    return transform.transformWorkload(given, { metadata: { ...metadata, generation }, status: found }).rolling === true
  }
  const settled = { observedGeneration: 3, replicas: 3, updatedReplicas: 3 }
  test.notOk(rolling(3, settled))
  test.ok(rolling(4, settled), 'the change has not been seen yet')
  test.notOk(rolling(1, {}), 'it is new')
  test.ok(rolling(3, { ...settled, updatedReplicas: 1 }), 'a rollout is under way, or stops at a partition')
  test.ok(rolling(3, { observedGeneration: 3, replicas: 3 }), 'it is paused: a zero is left out')
  test.notOk(rolling(3, { observedGeneration: 3 }), 'no pod runs')
  const custom = { ...form, group: 'example.com', kind: 'Fleet' }
  test.notOk(rolling(3, { observedGeneration: 3, replicas: 3 }, custom), 'it may not count them')
  test.ok(rolling(3, { ...settled, updatedReplicas: 1 }, custom))
  test.notOk(
    rolling(3, { observedGeneration: {}, replicas: [], updatedReplicas: 'all' }, custom),
    'it means something else'
  )
  test.ok(rolling(3, { ...settled, observedGeneration: '2' }, custom), 'as Rollouts write it')
  test.ok(rolling(3, { ...settled, stableRS: '5d', currentPodHash: '7f' }, custom))
  test.end()
})

void t.test('a Job and a CronJob, with the labels that their pods will have', (test) => {
  const template = {
    metadata: { labels: { app: 'web' }, annotations: { large } },
    spec: { containers: [{ image: large }] }
  }
  const generated = {
    'batch.kubernetes.io/job-name': '',
    'job-name': '',
    'batch.kubernetes.io/controller-uid': '',
    'controller-uid': ''
  }
  const same = { name: 'web', namespace: 'shop', podLabels: { app: 'web', ...generated } }
  const job = (spec: object) => transform.transformJob('Job', { metadata, spec, status })
  test.strictSame(job({ template }), { kind: 'Job', ...same })
  const nightly = { metadata, spec: { schedule: '@daily', jobTemplate: { spec: { template } } }, status }
  test.strictSame(transform.transformJob('CronJob', nightly), { kind: 'CronJob', ...same })
  const created = { ...template, metadata: { labels: { app: 'web', 'job-name': 'web' } } }
  test.strictSame(job({ template: created }).podLabels, same.podLabels, 'so all Jobs of a CronJob are the same')
  test.strictSame(job({ template, manualSelector: true }).podLabels, { app: 'web' }, 'its pods get none')
  test.strictSame(job({}).podLabels, generated)
  test.throws(() => job({ template: { metadata: { labels: [] } } }), MalformedObject)
  test.end()
})

void t.test('an autoscaler, a Service, a node, a namespace', (test) => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const hpa = { metadata, spec: { scaleTargetRef, maxReplicas: 5, behavior: { large } }, status }
  test.strictSame(transform.transformAutoscaler('HorizontalPodAutoscaler', hpa), {
    kind: 'HorizontalPodAutoscaler',
    metadata: kept,
    target: { group: 'apps', kind: 'Deployment', name: 'web' },
    minReplicas: 1,
    leastRunning: 1,
    pausedAt: undefined,
    maxReplicas: 5,
    takesOver: undefined,
    measured: [{ resource: 'cpu', container: undefined }],
    metricTypes: [],
    neverScalesUp: false,
    object: {}
  })
  const scaledObject = { metadata: { ...metadata, annotations: { 'autoscaling.keda.sh/paused-replicas': '3' } } }
  test.match(transform.transformAutoscaler('ScaledObject', scaledObject), { pausedAt: 3, leastRunning: 1 })
  const service = { metadata, spec: { selector: { app: 'web' }, ports: [{ port: 80 }], clusterIP: large }, status }
  test.strictSame(transform.transformService(service), {
    kind: 'Service',
    staysOnNode: false,
    includesUnready: false,
    balanced: undefined,
    balancerClass: '',
    metadata: kept,
    selector: { app: 'web' },
    headless: false,
    ports: [{ name: undefined, port: 80, targetPort: 80, protocol: 'TCP' }]
  })
  const node = { metadata, spec: { unschedulable: true, podCIDR: large }, status: { images: [large] } }
  test.strictSame(transform.transformNode(node), {
    name: 'web',
    labels: metadata.labels,
    taints: []
  })
  const own = { 'holdfast.dev/mode': 'audit', 'holdfast.dev/inject': 'enabled' }
  test.strictSame(transform.transformNamespace({ metadata: { ...metadata, labels: { ...metadata.labels, ...own } } }), {
    labels: own,
    terminating: true
  })
  test.strictSame(transform.transformNamespace({ metadata: { name: 'shop' }, status: { phase: 'Terminating' } }), {
    labels: {},
    terminating: true
  })
  test.strictSame(transform.transformNamespace({ metadata: { name: 'shop' }, status: { phase: 'Active' } }), {
    labels: {},
    terminating: false
  })
  test.end()
})

const slims: Readonly<Record<string, (raw: unknown) => unknown>> = {
  workload: (raw) => transform.transformWorkload({ group: 'apps', kind: 'Deployment', scales: true }, raw),
  budget: transform.transformBudget,
  autoscaler: (raw) => transform.transformAutoscaler('ScaledObject', raw),
  service: transform.transformService,
  node: transform.transformNode,
  namespace: transform.transformNamespace
}

for (const [name, slimmed] of Object.entries(slims)) {
  void t.test(`a ${name} that is none is refused as malformed, nothing else is thrown`, (test) => {
    const odd: unknown[] = [undefined, null, 'web', 7, [], { metadata: 'web' }, { metadata: { labels: [] } }]
    for (const raw of odd) test.throws(() => slimmed(raw), MalformedObject, JSON.stringify(raw))
    test.doesNotThrow(() => slimmed({}))
    test.doesNotThrow(() =>
      slimmed(JSON.parse('{"metadata":{"labels":{"__proto__":"x"},"annotations":{"__proto__":"x"}}}'))
    )
    test.end()
  })
}

void t.test('an annotation of ours by the name of __proto__ is no prototype', (test) => {
  const raw = JSON.parse('{"metadata":{"annotations":{"holdfast.dev/inject":"1","__proto__":"x"}}}') as Json
  const { metadata: found } = transform.transformBudget(raw)
  test.strictSame(found.annotations, { 'holdfast.dev/inject': '1' })
  test.equal(Object.getPrototypeOf(found.annotations), Object.prototype)
  test.end()
})
