import { type Metadata, metadata } from './metadata.ts'
import { expectShape, integer, list, object, string } from './shape.ts'
import { groupOf } from './workload-key.ts'

export const autoscalerKinds = ['HorizontalPodAutoscaler', 'ScaledObject'] as const
export type AutoscalerKind = (typeof autoscalerKinds)[number]

/** What an autoscaler sets the replicas of. */
export interface Target {
  /** The API group: `apps`. */
  group: string
  kind: string
  name: string
}

/** A resource whose use an autoscaler measures against what the pods request; of one container, or of all of them. */
export interface MeasuredResource {
  resource: string
  container: string | undefined
}

/** What sets the replicas of a workload: a HorizontalPodAutoscaler of autoscaling/v2, or a ScaledObject of KEDA, which makes one. */
export interface Autoscaler<K extends AutoscalerKind = AutoscalerKind> {
  kind: K
  metadata: Metadata
  target: Target
  /** The floor. 0 only where it can scale to zero. */
  minReplicas: number
  maxReplicas: number
  /** What it can measure only where pods request it: metrics of type Resource and ContainerResource with a target in percent. */
  measured: readonly MeasuredResource[]
  object: unknown
}

const targetRef = object({ apiVersion: string, kind: string, name: string })
const resource = object({ name: string, container: string, target: object({ type: string }) })
const hpa = object({
  metadata,
  spec: object({
    scaleTargetRef: targetRef,
    minReplicas: integer,
    maxReplicas: integer,
    metrics: list(object({ type: string, resource, containerResource: resource }))
  })
})
const trigger = object({ type: string, metricType: string, metadata: object({ containerName: string }) })
const scaledObject = object({
  metadata,
  spec: object({
    scaleTargetRef: targetRef,
    minReplicaCount: integer,
    maxReplicaCount: integer,
    idleReplicaCount: integer,
    triggers: list(trigger)
  })
})

type TargetRef = { readonly apiVersion?: string; readonly kind?: string; readonly name?: string }

/** Kind and API version left out stand for a Deployment, as KEDA has it; a HorizontalPodAutoscaler always has them. */
function targetOf({ apiVersion = 'apps/v1', kind = 'Deployment', name = '' }: TargetRef = {}): Target {
  return { group: groupOf(apiVersion), kind, name }
}

function parseHpa(raw: unknown): Omit<Autoscaler, 'kind'> {
  expectShape(hpa, raw)
  const { scaleTargetRef, minReplicas = 1, maxReplicas = minReplicas, metrics = [] } = raw.spec ?? {}
  const measured = metrics.flatMap(({ resource: ofPod, containerResource }): MeasuredResource[] => {
    const source = ofPod ?? containerResource
    if (source?.name === undefined || source.target?.type !== 'Utilization') return []
    return [{ resource: source.name, container: source.container }]
  })
  return {
    metadata: raw.metadata ?? {},
    target: targetOf(scaleTargetRef),
    minReplicas,
    maxReplicas,
    measured,
    object: raw
  }
}

const measuringTriggers: ReadonlySet<string> = new Set(['cpu', 'memory'])

/** KEDA's defaults (keda apis/keda/v1alpha1): minReplicaCount 0, maxReplicaCount 100; a cpu or memory trigger measures utilization. */
function parseScaledObject(raw: unknown): Omit<Autoscaler, 'kind'> {
  expectShape(scaledObject, raw)
  const { scaleTargetRef, minReplicaCount = 0, maxReplicaCount = 100, idleReplicaCount, triggers = [] } = raw.spec ?? {}
  const measured = triggers.flatMap(
    ({ type = '', metricType = 'Utilization', metadata: given }): MeasuredResource[] => {
      if (!measuringTriggers.has(type) || metricType !== 'Utilization') return []
      return [{ resource: type, container: given?.containerName }]
    }
  )
  return {
    metadata: raw.metadata ?? {},
    target: targetOf(scaleTargetRef),
    minReplicas: Math.min(minReplicaCount, idleReplicaCount ?? minReplicaCount),
    maxReplicas: maxReplicaCount,
    measured,
    object: raw
  }
}

/** Checks what we read of an autoscaler. Throws MalformedObject, which names the field. */
export function parseAutoscaler<K extends AutoscalerKind>(kind: K, raw: unknown): Autoscaler<K> {
  return { kind, ...(kind === 'ScaledObject' ? parseScaledObject(raw) : parseHpa(raw)) }
}

/** Tells an autoscaler from what else is judged. */
export function isAutoscaler<T extends { kind: string }>(subject: T): subject is T & Autoscaler {
  return autoscalerKinds.some((kind) => kind === subject.kind)
}
