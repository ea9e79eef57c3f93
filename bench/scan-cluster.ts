/** How much of each a cluster has that is scanned. */
export interface ClusterSize {
  /** Deployments, StatefulSets and CronJobs; most with a budget, a Service, an autoscaler, ReplicaSets and three pods. */
  workloads: number
  nodes: number
  namespaces: number
}

type Json = Record<string, unknown>

interface Listed {
  apiVersion: string
  kind: string
  count: (size: ClusterSize) => number
  build: (index: number, size: ClusterSize) => Json
}

const teams = 12
const zones = 3
const podsOf = 3

/** What the API server has, by the path of the collection; of all else it has nothing. Every object is as large as one that was applied by a server side apply. */
export const collections: Readonly<Record<string, Listed>> = {
  '/api/v1/namespaces': {
    apiVersion: 'v1',
    kind: 'Namespace',
    count: ({ namespaces }) => namespaces,
    build: (index) => ({ metadata: { name: `team-${index}`, labels: labelsOfNamespace(index) } })
  },
  '/api/v1/nodes': {
    apiVersion: 'v1',
    kind: 'Node',
    count: ({ nodes }) => nodes,
    build: nodeOf
  },
  '/apis/apps/v1/deployments': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    count: ({ workloads }) => part(workloads, 0.8),
    build: (index, size) =>
      workloadOf(index, size, { strategy: { type: 'RollingUpdate', rollingUpdate: usualRollout } })
  },
  '/apis/apps/v1/statefulsets': {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    count: ({ workloads }) => part(workloads, 0.15),
    build: (index, size) => workloadOf(part(size.workloads, 0.8) + index, size, { serviceName: 'headless' })
  },
  '/apis/batch/v1/cronjobs': {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    count: ({ workloads }) => workloads - part(workloads, 0.95),
    build: (index, size) => cronJobOf(part(size.workloads, 0.95) + index, size)
  },
  '/apis/apps/v1/replicasets': {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    count: ({ workloads }) => 2 * part(workloads, 0.8),
    build: (index, size) => replicaSetOf(index, size)
  },
  '/api/v1/pods': {
    apiVersion: 'v1',
    kind: 'Pod',
    count: ({ workloads }) => podsOf * part(workloads, 0.95),
    build: podOf
  },
  '/apis/policy/v1/poddisruptionbudgets': {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    count: ({ workloads }) => part(workloads, 0.6),
    build: budgetOf
  },
  '/apis/autoscaling/v2/horizontalpodautoscalers': {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    count: ({ workloads }) => part(workloads, 0.3),
    build: autoscalerOf
  },
  '/api/v1/services': {
    apiVersion: 'v1',
    kind: 'Service',
    count: ({ workloads }) => part(workloads, 0.9),
    build: serviceOf
  }
}

function part(whole: number, share: number): number {
  return Math.floor(whole * share)
}

function labelsOfNamespace(index: number): Json {
  const mode = ['enforce', 'warn', 'audit'][index % 3]
  return { 'holdfast.dev/mode': mode, 'kubernetes.io/metadata.name': `team-${index}`, team: `team-${index % teams}` }
}

function nameOf(index: number): string {
  return `service-${index}`
}

function namespaceOf(index: number, { namespaces }: ClusterSize): string {
  return `team-${index % namespaces}`
}

function uidOf(text: string): string {
  return `${text}-0000-4000-8000-000000000000`
}

function labelsOf(name: string): Json {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': `${name}-production`,
    'app.kubernetes.io/part-of': 'shop',
    'app.kubernetes.io/managed-by': 'Helm'
  }
}

const usualRollout = { maxUnavailable: '25%', maxSurge: '25%' }
const environment = Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value of ${index}` }))
const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } }
const defaults = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent'
}

/** Each third lacks its probe, each fifth its requests. */
function containersOf(index: number): Json[] {
  const readinessProbe = { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 5 }
  const web = {
    name: 'web',
    image: 'images.example/web:1',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: environment,
    ...(index % 5 > 0 && { resources }),
    ...(index % 3 > 0 && { readinessProbe }),
    ...defaults
  }
  return [web, { name: 'proxy', image: 'images.example/proxy:1', env: environment, resources, ...defaults }]
}

const ownedContainer = {
  '.': {},
  'f:image': {},
  'f:name': {},
  'f:env': Object.fromEntries(
    environment.map(({ name }) => [`k:{"name":"${name}"}`, { '.': {}, 'f:name': {}, 'f:value': {} }])
  ),
  'f:resources': { 'f:limits': { 'f:memory': {} }, 'f:requests': { 'f:cpu': {}, 'f:memory': {} } }
}
const managedFields = [
  {
    manager: 'helm',
    operation: 'Apply',
    apiVersion: 'apps/v1',
    time: '2027-01-15T10:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': { 'f:labels': { 'f:app.kubernetes.io/name': {}, 'f:app.kubernetes.io/part-of': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:template': {
          'f:spec': { 'f:containers': { 'k:{"name":"web"}': ownedContainer, 'k:{"name":"proxy"}': ownedContainer } }
        }
      }
    }
  }
]

function metadataOf(name: string, namespace: string, more: Json = {}): Json {
  const creationTimestamp = '2027-01-15T10:00:00Z'
  return { name, namespace, uid: uidOf(name), resourceVersion: '1', creationTimestamp, managedFields, ...more }
}

function podSpecOf(index: number): Json {
  return {
    containers: containersOf(index),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {}
  }
}

function workloadOf(index: number, size: ClusterSize, more: Json): Json {
  const name = nameOf(index)
  const labels = labelsOf(name)
  const selector = { matchLabels: { 'app.kubernetes.io/name': name } }
  return {
    metadata: metadataOf(name, namespaceOf(index, size), { labels, generation: 3 }),
    spec: { replicas: 1 + (index % 4), selector, template: { metadata: { labels }, spec: podSpecOf(index) }, ...more },
    status: { observedGeneration: 3, replicas: 3, readyReplicas: 3, updatedReplicas: 3 }
  }
}

function cronJobOf(index: number, size: ClusterSize): Json {
  const labels = labelsOf(nameOf(index))
  const template = { metadata: { labels }, spec: { ...podSpecOf(index), restartPolicy: 'OnFailure' } }
  return {
    metadata: metadataOf(nameOf(index), namespaceOf(index, size), { labels }),
    spec: { schedule: '0 3 * * *', concurrencyPolicy: 'Forbid', jobTemplate: { spec: { template } } }
  }
}

function ownedBy(kind: string, name: string): Json {
  const owner = { apiVersion: 'apps/v1', kind, name, uid: uidOf(name), controller: true, blockOwnerDeletion: true }
  return { ownerReferences: [owner] }
}

const hashes = ['5d8f7c9b4', '7f6c8d5b9']

function replicaSetOf(index: number, size: ClusterSize): Json {
  const of = Math.floor(index / 2)
  const [name, hash] = [nameOf(of), hashes[index % 2]]
  const labels = { ...labelsOf(name), 'pod-template-hash': hash }
  return {
    metadata: metadataOf(`${name}-${hash}`, namespaceOf(of, size), { labels, ...ownedBy('Deployment', name) }),
    spec: {
      replicas: index % 2 === 0 ? 3 : 0,
      selector: { matchLabels: { 'app.kubernetes.io/name': name, 'pod-template-hash': hash } },
      template: { metadata: { labels }, spec: podSpecOf(of) }
    },
    status: { replicas: 3 }
  }
}

function podOf(index: number, size: ClusterSize): Json {
  const of = Math.floor(index / podsOf)
  const [name, hash] = [nameOf(of), hashes[0]]
  const isOfSet = of >= part(size.workloads, 0.8)
  const owner = isOfSet ? ownedBy('StatefulSet', name) : ownedBy('ReplicaSet', `${name}-${hash}`)
  const labels = { ...labelsOf(name), ...(!isOfSet && { 'pod-template-hash': hash }) }
  // Each seventh workload has all of its pods on one node.
  const node = of % 7 === 0 ? of % size.nodes : index % size.nodes
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => {
    return { type, status: 'True', lastProbeTime: null, lastTransitionTime: '2027-01-15T10:00:00Z' }
  })
  return {
    metadata: metadataOf(`${name}-${index % podsOf}`, namespaceOf(of, size), { labels, ...owner }),
    spec: { ...podSpecOf(of), nodeName: `node-${node}`, serviceAccountName: 'default' },
    status: { phase: 'Running', conditions, podIP: '10.0.0.1', qosClass: 'Burstable' }
  }
}

function budgetOf(index: number, size: ClusterSize): Json {
  const name = nameOf(index)
  const spec = {
    ...(index % 10 === 0 ? { minAvailable: '100%' } : { maxUnavailable: 1 }),
    selector: { matchLabels: { 'app.kubernetes.io/name': name } }
  }
  const allowed = index % 10 === 0 ? 0 : 1
  const status = { observedGeneration: 1, expectedPods: 3, currentHealthy: 3, desiredHealthy: 3 - allowed }
  return {
    metadata: metadataOf(name, namespaceOf(index, size)),
    spec,
    status: { ...status, disruptionsAllowed: allowed }
  }
}

function autoscalerOf(index: number, size: ClusterSize): Json {
  const name = nameOf(index)
  const target = { type: 'Utilization', averageUtilization: 70 }
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }]
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name }
  const spec = { scaleTargetRef, minReplicas: 2, maxReplicas: 9, metrics }
  return { metadata: metadataOf(name, namespaceOf(index, size)), spec }
}

function serviceOf(index: number, size: ClusterSize): Json {
  const name = nameOf(index)
  const ports = [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }]
  const spec = { selector: { 'app.kubernetes.io/name': name }, ports, type: 'ClusterIP' }
  return { metadata: metadataOf(name, namespaceOf(index, size)), spec }
}

function nodeOf(index: number): Json {
  const name = `node-${index}`
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'topology.kubernetes.io/region': 'region-1',
    'topology.kubernetes.io/zone': `zone-${index % zones}`
  }
  const allocatable = { cpu: '16', memory: '64Gi', pods: '110' }
  const conditions = [{ type: 'Ready', status: 'True' }]
  const images = Array.from({ length: 30 }, (_, at) => ({
    names: [`images.example/some-image-${at}@sha256:${'0'.repeat(64)}`, `images.example/some-image-${at}:1`],
    sizeBytes: 123_456_789
  }))
  return { metadata: { name, labels }, spec: {}, status: { allocatable, capacity: allocatable, conditions, images } }
}
