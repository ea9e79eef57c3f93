type Json = Record<string, unknown>

const metadataOf = (name: string, more: Json = {}) => ({ name, namespace: 'shop', uid: `uid-${name}`, ...more })

interface More {
  metadata?: Json
  spec?: Json
}

/** A workload of the namespace shop whose pods have the label `app` with its name: a Deployment, or of the kind that is given. */
export function workloadJson(name: string, more: More & { kind?: string; labels?: Json } = {}): Json {
  const { kind = 'Deployment', labels = { app: name } } = more
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: metadataOf(name, more.metadata),
    spec: { replicas: 3, selector: { matchLabels: labels }, template, ...more.spec }
  }
}

/** A Job or CronJob of the namespace shop whose pods have the label `app` with its name, or as given. */
export function jobJson(name: string, more: { kind?: 'Job' | 'CronJob'; labels?: Json; spec?: Json } = {}): Json {
  const { kind = 'Job', labels = { app: name } } = more
  const job = { template: { metadata: { labels }, spec: { containers: [] } }, ...more.spec }
  const spec = kind === 'Job' ? job : { schedule: '@daily', jobTemplate: { spec: job } }
  return { apiVersion: 'batch/v1', kind, metadata: metadataOf(name), spec }
}

export function budgetJson(name: string, selector?: Json, more: More = {}): Json {
  const selects = selector === undefined ? {} : { selector }
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(name, more.metadata),
    spec: { maxUnavailable: 1, ...selects, ...more.spec }
  }
}

export function hpaJson(name: string, target: string, more: More = {}): Json {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: target }
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(name, more.metadata),
    spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 9, ...more.spec }
  }
}

export function scaledObjectJson(name: string, target: string, more: More = {}): Json {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: metadataOf(name, more.metadata),
    spec: { scaleTargetRef: { name: target }, ...more.spec }
  }
}

/** Whose owner is the ScaledObject of this name, as KEDA makes it. */
export function kedaHpaJson(scaledObject: string, target: string, spec: Json = {}): Json {
  const owner = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: scaledObject, uid: 'u', controller: true }
  return hpaJson(`keda-hpa-${scaledObject}`, target, { metadata: { ownerReferences: [owner] }, spec })
}

export function serviceJson(name: string, selector: Json | undefined): Json {
  const selects = selector === undefined ? {} : { selector }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(name),
    spec: { ...selects, ports: [{ port: 80, targetPort: 8080 }] }
  }
}

/** A claim that is bound to a volume of one node at a time. */
export function claimJson(name: string, more: More = {}): Json {
  const accessModes = ['ReadWriteOnce']
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadataOf(name, more.metadata),
    spec: { accessModes, storageClassName: 'fast', volumeName: `pvc-${name}`, ...more.spec },
    status: { phase: 'Bound', accessModes }
  }
}

/** A local disk of the node, or the given spec. */
export function volumeJson(name: string, node: string, spec: Json = {}): Json {
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }]
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions }] } }
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: { nodeAffinity, ...spec } }
}

export function priorityClassJson(name: string): Json {
  return { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value: 1000 }
}

/** A quota on the CPU that the pods of the namespace shop request, or as given. */
export function quotaJson(name: string, more: More = {}): Json {
  const spec = { hard: { 'requests.cpu': '10' }, ...more.spec }
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: metadataOf(name, more.metadata), spec }
}

/** A LimitRange of the namespace shop that gives each container a request, or with the given limits. */
export function limitRangeJson(name: string, more: More & { limits?: readonly Json[] } = {}): Json {
  const { limits = [{ type: 'Container', defaultRequest: { cpu: '100m', memory: '64Mi' } }] } = more
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: metadataOf(name, more.metadata), spec: { limits } }
}

/** A VerticalPodAutoscaler of a Deployment of the namespace shop. */
export function verticalAutoscalerJson(name: string, target: string, more: More = {}): Json {
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: target }
  return {
    apiVersion: 'autoscaling.k8s.io/v1',
    kind: 'VerticalPodAutoscaler',
    metadata: metadataOf(name, more.metadata),
    spec: { targetRef, ...more.spec }
  }
}

export function namespaceJson(name: string, labels: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

export function nodeJson(name: string, zone?: string): Json {
  const zoned = zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }
  const labels = { 'kubernetes.io/hostname': name, ...zoned }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } }
}
