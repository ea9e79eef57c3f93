import { ClusterCache, type Follow } from '../src/cluster/cluster-cache.ts'
import { keyOf } from '../src/cluster/reflector/collection.ts'
import { buildFactSource, type FactSource } from '../src/inventory/fact-source.ts'
import { known } from '../src/inventory/fact.ts'
import { serverVersion } from './in-process.ts'

type Json = Record<string, unknown>

/** How much there is of each. */
export interface Amounts {
  /** Deployments, each with a budget, a Service, an autoscaler of each kind, a claim and its volume. */
  workloads: number
  nodes: number
  namespaces: number
}

const companionLabels = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
/** As the API server adds them to what it stores. */
const managedFields = [
  { manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:metadata': {}, 'f:spec': { 'f:replicas': {} } } }
]

export function namespaceOf(index: number, { namespaces }: Amounts): string {
  return `team-${index % namespaces}`
}

function metadataOf(name: string, namespace: string, more: Json = {}): Json {
  const uid = `${name}-0000-4000-8000-000000000000`
  return { name, namespace, uid, resourceVersion: `${name.length}`, managedFields, ...more }
}

export function labelsOf(name: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': `${name}-production`,
    'app.kubernetes.io/part-of': 'shop',
    'app.kubernetes.io/managed-by': 'Helm'
  }
}

export function deploymentOf(name: string, namespace: string): Json {
  const labels = labelsOf(name)
  const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } }
  const env = Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value of ${index}` }))
  const container = { image: 'images.example/web:1', env, resources, ports: [{ name: 'http', containerPort: 8080 }] }
  const containers = [
    { name: 'web', ...container },
    { name: 'proxy', ...container }
  ]
  const template = { metadata: { labels }, spec: { containers } }
  const selector = { matchLabels: { 'app.kubernetes.io/part-of': 'shop', 'app.kubernetes.io/name': name } }
  return { metadata: metadataOf(name, namespace, { labels }), spec: { replicas: 3, selector, template } }
}

export function budgetOf(name: string, namespace: string): Json {
  const { spec } = deploymentOf(name, namespace) as { spec: { selector: unknown } }
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: `${name}-0000-4000-8000-000000000000` }
  const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: false }]
  return {
    metadata: metadataOf(`${name}-deployment`, namespace, { labels: companionLabels, ownerReferences }),
    spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: spec.selector }
  }
}

export function autoscalerOf(name: string, namespace: string): Json {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name }
  const target = { type: 'Utilization', averageUtilization: 70 }
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }]
  return { metadata: metadataOf(name, namespace), spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 9, metrics } }
}

export function serviceOf(name: string, namespace: string): Json {
  const selector = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'shop' }
  return {
    metadata: metadataOf(name, namespace),
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 'http' }] }
  }
}

function claimOf(name: string, namespace: string): Json {
  const accessModes = ['ReadWriteOnce']
  const resources = { requests: { storage: '10Gi' } }
  const spec = { accessModes, resources, storageClassName: 'fast', volumeName: `pvc-${name}`, volumeMode: 'Filesystem' }
  const status = { phase: 'Bound', accessModes, capacity: { storage: '10Gi' } }
  return { metadata: metadataOf(name, namespace), spec, status }
}

function volumeOf(name: string, zone: string): Json {
  const matchExpressions = [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }]
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions }] } }
  const csi = {
    driver: 'disks.example',
    fsType: 'ext4',
    volumeHandle: `vol-${name}`,
    volumeAttributes: { type: 'gp3' }
  }
  const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '10Gi' }, csi, nodeAffinity }
  return { metadata: { name: `pvc-${name}`, managedFields }, spec, status: { phase: 'Bound' } }
}

function verticalAutoscalerOf(name: string, namespace: string): Json {
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name }
  return { metadata: metadataOf(name, namespace), spec: { targetRef, updatePolicy: { updateMode: 'Off' } } }
}

function quotaOf(namespace: string): Json {
  const hard = { 'requests.cpu': '500', 'limits.memory': '1Ti', pods: '2000' }
  return { metadata: metadataOf('usual', namespace), spec: { hard }, status: { hard, used: hard } }
}

function limitRangeOf(namespace: string): Json {
  const limits = [{ type: 'Container', max: { cpu: '8', memory: '16Gi' }, defaultRequest: { cpu: '100m' } }]
  return { metadata: metadataOf('usual', namespace), spec: { limits } }
}

function nodeOf(name: string, zone: string): Json {
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'node.kubernetes.io/instance-type': 'm5.xlarge',
    'topology.kubernetes.io/region': 'region-1',
    'topology.kubernetes.io/zone': zone
  }
  return { metadata: { name, labels, managedFields }, status: { conditions: [], images: [] } }
}

const optedIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled', team: 'shop' }

const builders: Readonly<Record<string, (amounts: Amounts, index: number) => Json>> = {
  deployments: (amounts, index) => deploymentOf(`service-${index}`, namespaceOf(index, amounts)),
  poddisruptionbudgets: (amounts, index) => budgetOf(`service-${index}`, namespaceOf(index, amounts)),
  services: (amounts, index) => serviceOf(`service-${index}`, namespaceOf(index, amounts)),
  persistentvolumeclaims: (amounts, index) => claimOf(`service-${index}`, namespaceOf(index, amounts)),
  persistentvolumes: (_amounts, index) => volumeOf(`service-${index}`, `zone-${index % 3}`),
  horizontalpodautoscalers: (amounts, index) => autoscalerOf(`service-${index}`, namespaceOf(index, amounts)),
  verticalpodautoscalers: (amounts, index) => verticalAutoscalerOf(`service-${index}`, namespaceOf(index, amounts)),
  resourcequotas: (amounts, index) => quotaOf(namespaceOf(index, amounts)),
  limitranges: (amounts, index) => limitRangeOf(namespaceOf(index, amounts)),
  nodes: (_amounts, index) => nodeOf(`node-${index}`, `zone-${index % 3}`),
  namespaces: (_amounts, index) => ({ metadata: { name: `team-${index}`, labels: optedIn } })
}

const perNamespace: ReadonlySet<string> = new Set(['namespaces', 'resourcequotas', 'limitranges'])

function countOf(resource: string, { workloads, nodes, namespaces }: Amounts): number {
  if (resource === 'nodes') return nodes
  return perNamespace.has(resource) ? namespaces : workloads
}

function slimmed<T>(resource: string, amounts: Amounts, transform: (object: unknown) => T | undefined): Map<string, T> {
  const items = new Map<string, T>()
  const build = builders[resource]
  if (build === undefined) return items
  for (let index = 0; index < countOf(resource, amounts); index++) {
    const object: unknown = JSON.parse(JSON.stringify(build(amounts, index)))
    const item = transform(object)
    if (item !== undefined) items.set(keyOf(object), item)
  }
  return items
}

/** A cache that has been told of all this, each object as parsed from the API server's JSON. */
export function keepCluster(amounts: Amounts): { cache: ClusterCache; source: FactSource } {
  const fill: (() => void)[] = []
  const follow: Follow = ({ path, transform, store }) => {
    fill.push(() => store.replace(slimmed(path.split('/').at(-1) ?? '', amounts, transform)))
    return { path, synced: true, absent: false, freshness: 0, firstSync: Promise.resolve(), stop: () => {} }
  }
  const cache = new ClusterCache({ follow, onProblem: () => {} })
  for (const task of fill) task()
  const source = buildFactSource({
    inventory: cache.inventory,
    readiness: cache,
    serverVersion: () => known(serverVersion),
    companions: {
      enabled: true,
      kinds: new Set(['apps/Deployment']),
      excludedNamespaces: new Set(),
      isExempt: () => false
    }
  })
  return { cache, source }
}
