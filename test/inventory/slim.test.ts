import t from 'tap'
import { slim } from '../../src/inventory/slim.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'o', controller: true }
const env = [
  { name: 'PASSWORD', value: 'hunter2' },
  { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'web', key: 'token' } } }
]
const podSpec = { containers: [{ name: 'web', image: 'web:1', env }], initContainers: [{ name: 'init', env }] }
const template = { metadata: { labels: { app: 'web' } }, spec: podSpec }
const metadata = {
  name: 'web',
  namespace: 'shop',
  uid: 'u',
  resourceVersion: '7',
  creationTimestamp: '2026-01-01T00:00:00Z'
}

function textOf(object: Record<string, unknown>): string {
  return JSON.stringify(slim(object))
}

void t.test('no value of an environment variable is saved, wherever a pod template is', (test) => {
  const applied = { [lastApplied]: JSON.stringify({ kind: 'x', spec: { template } }) }
  const objects = {
    deployment: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, annotations: applied },
      spec: { template }
    },
    rollout: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata, spec: { template } },
    job: { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template } },
    cronJob: { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { jobTemplate: { spec: { template } } } },
    pod: { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec },
    ownedPod: { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, ownerReferences: [owner] }, spec: podSpec }
  }
  for (const [name, object] of Object.entries(objects)) test.notMatch(textOf(object), 'hunter2', name)
  test.match(textOf(objects.deployment), '"name":"PASSWORD"', 'its name stays')
  test.match(textOf(objects.deployment), '"secretKeyRef":{"name":"web","key":"token"}')
  test.end()
})

void t.test('an unreadable manifest of an apply shows nothing, and is left out', (test) => {
  const annotations = { [lastApplied]: 'PASSWORD=hunter2', note: 'a' }
  const { metadata: saved } = slim({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, annotations }
  })
  test.strictSame((saved as { annotations: unknown }).annotations, { note: 'a' })
  test.end()
})

void t.test('who wrote a field of the spec stays; list items, times and the status go', (test) => {
  const fieldsV1 = {
    'f:metadata': { 'f:labels': {} },
    'f:spec': { 'f:replicas': {}, 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {} } } } } }
  }
  const managedFields = [{ manager: 'kubectl', operation: 'Apply', apiVersion: 'apps/v1', time: 'now', fieldsV1 }]
  const { metadata: saved } = slim({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, managedFields }
  })
  test.strictSame(saved, {
    name: 'web',
    namespace: 'shop',
    uid: 'u',
    managedFields: [
      {
        manager: 'kubectl',
        operation: 'Apply',
        fieldsV1: { 'f:spec': { 'f:replicas': {}, 'f:template': { 'f:spec': { 'f:containers': {} } } } }
      }
    ]
  })
  test.end()
})

void t.test('of a pod with a controller stays whose it is, where it runs, and whether it is ready', (test) => {
  const conditions = [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: 'then' }]
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, labels: { app: 'web' }, annotations: { note: 'a' }, ownerReferences: [owner] },
    spec: { ...podSpec, nodeName: 'a' },
    status: { phase: 'Running', conditions, podIP: '10.0.0.1' }
  }
  test.strictSame(slim(pod), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', labels: { app: 'web' }, ownerReferences: [owner] },
    spec: { nodeName: 'a' },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: 'then' }] }
  })
  test.end()
})

void t.test('of the trigger of a ScaledObject only what measures stays', (test) => {
  const trigger = {
    type: 'cpu',
    metricType: 'Utilization',
    metadata: { value: '60', connection: 'amqp://me:hunter2@mq' }
  }
  test.strictSame(
    slim({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec: { triggers: [trigger] } })['spec'],
    {
      triggers: [{ type: 'cpu', metricType: 'Utilization', metadata: { value: '60' } }]
    }
  )
  test.end()
})

void t.test('of a volume stays where it is and what form it has, of an APIService its group', (test) => {
  const nodeAffinity = { required: { nodeSelectorTerms: [] } }
  const csi = { driver: 'disks.example', volumeHandle: 'vol-1', volumeAttributes: { password: 'hunter2' } }
  const volume = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'disk' } }
  test.strictSame(slim({ ...volume, spec: { nodeAffinity, csi, capacity: {} } })['spec'], { nodeAffinity })
  test.strictSame(slim({ ...volume, spec: { nfs: { server: 'files.example' } } })['spec'], { nfs: {} })
  const service = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.apps' } }
  test.strictSame(slim({ ...service, spec: { group: 'apps', caBundle: 'AAAA' } })['spec'], { group: 'apps' })
  test.end()
})
