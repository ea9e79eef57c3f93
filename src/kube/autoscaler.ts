import { annotation, type Metadata, metadata } from './metadata.ts'
import { anything, expectShape, type Infer, integer, list, object, string } from './shape.ts'
import { groupOf } from './workload-key.ts'

export const autoscalerKinds = ['HorizontalPodAutoscaler', 'ScaledObject'] as const
export type AutoscalerKind = (typeof autoscalerKinds)[number]

/** The object whose replicas an autoscaler sets. */
export interface ScaleTarget {
  /** The API group: `apps`. */
  group: string
  kind: string
  name: string
}

/** A resource whose utilization an autoscaler measures as a share of the requests, for one container or for all containers. */
export interface MeasuredResource {
  resource: string
  container: string | undefined
}

/** What sets the replicas of a workload: a HorizontalPodAutoscaler of autoscaling/v2, or a ScaledObject of KEDA, which makes one. */
export interface Autoscaler<K extends AutoscalerKind = AutoscalerKind> {
  kind: K
  metadata: Metadata
  target: ScaleTarget
  /** The floor. 0 only if the autoscaler can scale to zero. */
  minReplicas: number
  /** The fewest replicas that it keeps unless it scales to zero. */
  leastRunning: number
  /** The number that its replicas are held at while it is paused, if it is: `current` for as many as there are. */
  pausedAt: number | 'current' | undefined
  maxReplicas: number
  /** The HorizontalPodAutoscaler that a ScaledObject takes over in its name, if it does. */
  takesOver: string | undefined
  /** The resources whose utilization it measures, which works only if the pods request them. */
  measured: readonly MeasuredResource[]
  /** The types of its metrics, in order: `Resource`, `Pods`, `External`. None of a ScaledObject, and none where autoscalers are only facts. */
  metricTypes: readonly string[]
  /** Its behavior keeps it from adding replicas. */
  neverScalesUp: boolean
  object: unknown
}

const targetRef = object({ apiVersion: string, kind: string, name: string })
const resource = object({ name: string, container: string, target: object({ averageValue: anything }) })
const metric = object({ type: string, resource, containerResource: resource })
const behavior = object({ scaleUp: object({ selectPolicy: string }) })
const hpa = object({
  metadata,
  spec: object({
    scaleTargetRef: targetRef,
    minReplicas: integer,
    maxReplicas: integer,
    metrics: list(metric),
    behavior
  })
})
const trigger = object({ type: string, metricType: string, metadata: object({ type: string, containerName: string }) })
const scaledObject = object({
  metadata,
  spec: object({
    scaleTargetRef: targetRef,
    minReplicaCount: integer,
    maxReplicaCount: integer,
    idleReplicaCount: integer,
    advanced: object({ horizontalPodAutoscalerConfig: object({ name: string, behavior }) }),
    triggers: list(trigger)
  })
})

/** What the API server fills in for an autoscaler without metrics (kubernetes pkg/apis/autoscaling/v2/defaults.go). */
const defaultMetrics: readonly Infer<typeof metric>[] = [{ type: 'Resource', resource: { name: 'cpu' } }]

/**
 * The controller looks up the target by group and kind, and an omitted apiVersion means the core group. An absolute metric target,
 * whatever its declared type, needs no requests (kubernetes pkg/controller/podautoscaler/horizontal.go).
 */
function parseHpa(raw: unknown): Omit<Autoscaler, 'kind'> {
  expectShape(hpa, raw)
  const { scaleTargetRef = {}, minReplicas = 1, maxReplicas = minReplicas, metrics = [], ...spec } = raw.spec ?? {}
  const { apiVersion = '', kind = '', name = '' } = scaleTargetRef
  const metricsOrDefault = metrics.length === 0 ? defaultMetrics : metrics
  const metricTypes = metricsOrDefault.map(({ type = '' }) => type)
  const measured = metricsOrDefault.flatMap((one): MeasuredResource[] => {
    const source = one.resource ?? one.containerResource
    if (source?.name === undefined || source.target?.averageValue !== undefined) return []
    return [{ resource: source.name, container: source.container }]
  })
  const target = { group: groupOf(apiVersion), kind, name }
  const bounds = { minReplicas, leastRunning: minReplicas, pausedAt: undefined, maxReplicas }
  const neverScalesUp = addsNone(spec.behavior)
  return {
    metadata: raw.metadata ?? {},
    target,
    ...bounds,
    takesOver: undefined,
    measured,
    metricTypes,
    neverScalesUp,
    object: raw
  }
}

const measuringTriggers: ReadonlySet<string> = new Set(['cpu', 'memory'])

/**
 * KEDA's defaults (keda apis/keda/v1alpha1): a Deployment of apps/v1, minReplicaCount 0, maxReplicaCount 100. A cpu or memory trigger
 * measures utilization unless its metricType, or the `type` that came before that one, says otherwise. When idle, KEDA
 * scales down to idleReplicaCount. Otherwise the HorizontalPodAutoscaler that it makes acts, whose floor is never below 1.
 */
function parseScaledObject(raw: unknown): Omit<Autoscaler, 'kind'> {
  expectShape(scaledObject, raw)
  const { scaleTargetRef = {}, minReplicaCount = 0, maxReplicaCount = 100, triggers = [], ...spec } = raw.spec ?? {}
  const { apiVersion = 'apps/v1', kind = 'Deployment', name = '' } = scaleTargetRef
  const measured = triggers.flatMap(({ type = '', metricType, metadata: given = {} }): MeasuredResource[] => {
    const measures = metricType ?? given.type ?? 'Utilization'
    if (!measuringTriggers.has(type) || measures !== 'Utilization') return []
    return [{ resource: type, container: given.containerName === '' ? undefined : given.containerName }]
  })
  const isTransferred = annotation(raw.metadata ?? {}, transferOwnership) === 'true'
  return {
    metadata: raw.metadata ?? {},
    target: { group: groupOf(apiVersion), kind, name },
    minReplicas: Math.min(minReplicaCount, spec.idleReplicaCount ?? minReplicaCount),
    leastRunning: Math.max(1, minReplicaCount),
    pausedAt: pausedAt(raw.metadata),
    maxReplicas: maxReplicaCount,
    takesOver: isTransferred ? spec.advanced?.horizontalPodAutoscalerConfig?.name : undefined,
    measured,
    metricTypes: [],
    neverScalesUp: addsNone(spec.advanced?.horizontalPodAutoscalerConfig?.behavior),
    object: raw
  }
}

/** As the controller has it (kubernetes pkg/controller/podautoscaler/horizontal.go, calculateScaleUpLimitWithScalingRules). */
function addsNone({ scaleUp: { selectPolicy } = {} }: Infer<typeof behavior> = {}): boolean {
  return selectPolicy === 'Disabled'
}

/** KEDA adopts the existing HorizontalPodAutoscaler of the configured name (keda apis/keda/v1alpha1/scaledobject_webhook.go, verifyHpas). */
const transferOwnership = 'scaledobject.keda.sh/transfer-hpa-ownership'
const pausedReplicas = 'autoscaling.keda.sh/paused-replicas'
const paused = 'autoscaling.keda.sh/paused'

/** The number goes before the other annotation, which pauses unless it says that it does not (keda apis/keda/v1alpha1/scaledobject_types.go). */
function pausedAt(given: Metadata = {}): Autoscaler['pausedAt'] {
  const replicas = annotation(given, pausedReplicas)
  if (replicas !== undefined) return /^[0-9]{1,9}$/.test(replicas) ? Number(replicas) : undefined
  const value = annotation(given, paused)
  return value === undefined || isFalse.test(value) ? undefined : 'current'
}

/** As Go's strconv.ParseBool has it. */
const isFalse = /^(?:0|f|F|false|FALSE|False)$/

/** Checks what we read of an autoscaler. Throws MalformedObject, which names the field. */
export function parseAutoscaler<K extends AutoscalerKind>(kind: K, raw: unknown): Autoscaler<K> {
  return { kind, ...(kind === 'ScaledObject' ? parseScaledObject(raw) : parseHpa(raw)) }
}

/** Where the bounds and the rest lie in the spec, by kind. */
export const boundFields = {
  HorizontalPodAutoscaler: { min: 'minReplicas', max: 'maxReplicas', measured: 'metrics', behavior: 'behavior' },
  ScaledObject: {
    min: 'minReplicaCount',
    max: 'maxReplicaCount',
    measured: 'triggers',
    behavior: 'advanced.horizontalPodAutoscalerConfig.behavior'
  }
} as const satisfies Record<AutoscalerKind, unknown>

/** Whether a subject is an autoscaler. */
export function isAutoscaler<T extends { kind: string }>(subject: T): subject is T & Autoscaler {
  return autoscalerKinds.some((kind) => kind === subject.kind)
}
