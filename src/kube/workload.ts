import type { Token } from './json.ts'
import { type Labels, type LabelSelector, labelSelector } from './label-selector.ts'
import { type Metadata, metadata } from './metadata.ts'
import { type PodSpec, podSpec } from './pod.ts'
import { expectShape, type Infer, integer, integerOrString, object, type Shape, string, strings } from './shape.ts'

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod'] as const
export type WorkloadKind = (typeof workloadKinds)[number]

const strategy = object({
  type: string,
  rollingUpdate: object({ maxSurge: integerOrString, maxUnavailable: integerOrString, partition: integer })
})

const template = object({ metadata: object({ labels: strings }), spec: podSpec })
const shapes = {
  pod: object({ metadata, spec: podSpec }),
  cronJob: object({ metadata, spec: object({ jobTemplate: object({ spec: object({ template }) }) }) }),
  other: object({
    metadata,
    spec: object({ replicas: integer, selector: labelSelector, template, strategy, updateStrategy: strategy })
  })
}

export type Strategy = Infer<typeof strategy>

/** The judged object in one shape, whatever its kind. It points into the object as it came, and copies nothing. */
export interface Workload<K extends WorkloadKind = WorkloadKind> {
  kind: K
  metadata: Metadata
  /** spec.replicas; 1 where it is absent, as the API server has it; undefined for kinds without. */
  replicas: number | undefined
  selector: LabelSelector | undefined
  /** spec.strategy of a Deployment, spec.updateStrategy of a StatefulSet or DaemonSet. */
  strategy: Strategy
  podLabels: Labels
  podSpec: PodSpec
  /** Where the pod template lies in the object; for a Pod, the object itself. */
  templateAt: readonly Token[]
  object: unknown
}

const replicated: ReadonlySet<WorkloadKind> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet'])
const places = {
  Pod: [],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  other: ['spec', 'template']
} satisfies Record<string, readonly Token[]>

type Root = { readonly metadata?: Metadata }
const none: Labels = {}

function narrow<T extends Root>(shape: Shape<T>, raw: unknown): T {
  expectShape(shape, raw)
  return raw
}

function assemble<K extends WorkloadKind>(
  kind: K,
  root: Root,
  at: readonly Token[],
  pod: Infer<typeof template> = {}
): Workload<K> {
  return {
    kind,
    metadata: root.metadata ?? {},
    replicas: undefined,
    selector: undefined,
    strategy: {},
    podLabels: pod.metadata?.labels ?? none,
    podSpec: pod.spec ?? {},
    templateAt: at,
    object: root
  }
}

/** Checks what we read of a workload and points at it. Throws MalformedObject, which names the field. */
export function parseWorkload<K extends WorkloadKind>(kind: K, raw: unknown): Workload<K> {
  if (kind === 'Pod') {
    const pod = narrow(shapes.pod, raw)
    return assemble(kind, pod, places.Pod, pod)
  }
  if (kind === 'CronJob') {
    const cronJob = narrow(shapes.cronJob, raw)
    return assemble(kind, cronJob, places.CronJob, cronJob.spec?.jobTemplate?.spec?.template)
  }
  const root = narrow(shapes.other, raw)
  const spec = root.spec ?? {}
  return {
    ...assemble(kind, root, places.other, spec.template),
    replicas: replicated.has(kind) ? (spec.replicas ?? 1) : undefined,
    selector: spec.selector,
    strategy: (kind === 'Deployment' ? spec.strategy : spec.updateStrategy) ?? {}
  }
}

/** The path of a field of the pod spec as messages write it: `spec.template.spec.containers[name=web]`. */
export function podField({ templateAt }: Workload, at: string): string {
  const place = templateAt.join('.')
  return place === '' ? `spec.${at}` : `${place}.spec.${at}`
}

/** Tells a workload from what else is judged. */
export function isWorkload<T extends { kind: string }>(subject: T): subject is T & Workload {
  return workloadKinds.some((kind) => kind === subject.kind)
}
