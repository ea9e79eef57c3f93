import { type Place, sameJson, type Token, valueAt } from './json.ts'
import type { Labels, LabelSelector } from './label-selector.ts'
import { type Metadata, metadata } from './metadata.ts'
import type { PodSpec } from './pod.ts'
import { liveProvenance, type Provenance, type ProvenanceOf } from './provenance.ts'
import { expectShape, object, type Shape } from './shape.ts'
import {
  type PodTemplate,
  type Strategy,
  type WorkloadKind,
  type WorkloadSpec,
  workloadSpecs
} from './workload-spec.ts'

export type { Strategy, WorkloadKind, WorkloadSpec } from './workload-spec.ts'

export const workloadKinds = Object.keys(workloadSpecs).filter(isWorkloadKind)

function isWorkloadKind(kind: string): kind is WorkloadKind {
  return Object.hasOwn(workloadSpecs, kind)
}

/** A workload of one of the kinds: its kind determines its spec. */
export type Workload<K extends WorkloadKind = WorkloadKind> = { [P in K]: WorkloadOf<P> }[K]

/** The judged object: its kind's own spec, and one view whatever its kind. It points into the object as it came, and copies nothing. */
interface WorkloadOf<K extends WorkloadKind> {
  kind: K
  metadata: Metadata
  /** The spec of its kind, as it is written: without defaults. */
  spec: WorkloadSpec<K>
  /** spec.replicas; 1 where it is absent, as the API server has it; undefined for kinds without. */
  replicas: number | undefined
  selector: LabelSelector | undefined
  /** spec.strategy of a Deployment, spec.updateStrategy of a StatefulSet or DaemonSet. */
  strategy: Strategy
  podLabels: Labels
  podAnnotations: Readonly<Record<string, string>>
  podSpec: PodSpec
  /** Where the pod template lies in the object; for a Pod, the object itself. */
  templateAt: readonly Token[]
  object: unknown
  /** Who wrote its values. */
  provenance: Provenance
}

/** Checks what we read of a workload and points at it. Throws MalformedObject, which names the field. */
export function parseWorkload<K extends WorkloadKind>(
  kind: K,
  raw: unknown,
  provenanceOf: ProvenanceOf = liveProvenance
): Workload<K> {
  const { shape, templateAt, view }: Form<K> = forms[kind]
  const root = narrow(shape, raw)
  const { spec, replicas, selector, strategy, template = {} } = view(root)
  return {
    kind,
    metadata: root.metadata ?? {},
    spec,
    replicas,
    selector,
    strategy: strategy ?? none,
    podLabels: template.metadata?.labels ?? none,
    podAnnotations: template.metadata?.annotations ?? none,
    podSpec: template.spec ?? none,
    templateAt,
    object: raw,
    provenance: provenanceOf(raw)
  }
}

/** Where the pod spec lies in the object. */
export function podSpecAt({ kind }: Workload): Place {
  return podSpecs[kind].at
}

/** The path of a field of the pod spec as messages write it: `spec.template.spec.containers[name=web]`. */
export function podField({ kind }: Workload, at: string): string {
  return `${podSpecs[kind].path}.${at}`
}

/** The path of a field of the pod template, or of a Pod itself: `spec.template.metadata.labels`. */
export function templateField({ kind }: Workload, at: string): string {
  return `${podSpecs[kind].before}${at}`
}

/** Whether a text is what `podField` returns: compared without writing the path. */
export function isPodField({ kind }: Workload, at: string, text: string): boolean {
  const { path } = podSpecs[kind]
  return text.length === path.length + 1 + at.length && text.endsWith(at) && text.startsWith(path)
}

/** Whether a subject is a workload. */
export function isWorkload<T extends { kind: string }>(subject: T): subject is T & Workload {
  return isWorkloadKind(subject.kind)
}

interface Root<K extends WorkloadKind> {
  readonly metadata?: Metadata
  readonly spec?: WorkloadSpec<K>
}

/** What the kinds have in different places, or lack. */
interface View<K extends WorkloadKind> {
  spec: WorkloadSpec<K>
  replicas: number | undefined
  selector: LabelSelector | undefined
  strategy: Strategy | undefined
  template: PodTemplate | undefined
}

interface Form<K extends WorkloadKind> {
  shape: Shape<Root<K>>
  templateAt: Place
  view: (root: Root<K>) => View<K>
}

const none = Object.freeze({})
const inSpec: Place = ['spec', 'template']

const forms: { readonly [K in WorkloadKind]: Form<K> } = {
  Deployment: {
    shape: object({ metadata, spec: workloadSpecs.Deployment }),
    templateAt: inSpec,
    view: ({ spec = {} }) => {
      const { replicas = 1, selector, strategy, template } = spec
      return { spec, replicas, selector, strategy, template }
    }
  },
  StatefulSet: {
    shape: object({ metadata, spec: workloadSpecs.StatefulSet }),
    templateAt: inSpec,
    view: ({ spec = {} }) => {
      const { replicas = 1, selector, updateStrategy: strategy, template } = spec
      return { spec, replicas, selector, strategy, template }
    }
  },
  DaemonSet: {
    shape: object({ metadata, spec: workloadSpecs.DaemonSet }),
    templateAt: inSpec,
    view: ({ spec = {} }) => {
      const { selector, updateStrategy: strategy, template } = spec
      return { spec, replicas: undefined, selector, strategy, template }
    }
  },
  ReplicaSet: {
    shape: object({ metadata, spec: workloadSpecs.ReplicaSet }),
    templateAt: inSpec,
    view: ({ spec = {} }) => {
      const { replicas = 1, selector, template } = spec
      return { spec, replicas, selector, strategy: undefined, template }
    }
  },
  Job: {
    shape: object({ metadata, spec: workloadSpecs.Job }),
    templateAt: inSpec,
    view: ({ spec = {} }) => {
      const { selector, template } = spec
      return { spec, replicas: undefined, selector, strategy: undefined, template }
    }
  },
  CronJob: {
    shape: object({ metadata, spec: workloadSpecs.CronJob }),
    templateAt: ['spec', 'jobTemplate', 'spec', 'template'],
    view: ({ spec = {} }) => {
      const { template } = spec.jobTemplate?.spec ?? {}
      return { spec, replicas: undefined, selector: undefined, strategy: undefined, template }
    }
  },
  Pod: {
    shape: object({ metadata, spec: workloadSpecs.Pod }),
    templateAt: [],
    view: (pod) => {
      return { spec: pod.spec ?? {}, replicas: undefined, selector: undefined, strategy: undefined, template: pod }
    }
  }
}

/** Made once: nearly every policy names a field. */
const podSpecs = {
  Deployment: placeOf(forms.Deployment),
  StatefulSet: placeOf(forms.StatefulSet),
  DaemonSet: placeOf(forms.DaemonSet),
  ReplicaSet: placeOf(forms.ReplicaSet),
  Job: placeOf(forms.Job),
  CronJob: placeOf(forms.CronJob),
  Pod: placeOf(forms.Pod)
}

function placeOf({ templateAt }: { templateAt: Place }): { at: Place; path: string; before: string } {
  const at = [...templateAt, 'spec']
  return { at, path: at.join('.'), before: templateAt.map((token) => `${token}.`).join('') }
}

/** Whether two versions of a workload have the same pod template. */
export function hasSameTemplate(one: Workload, other: Workload): boolean {
  return sameJson(valueAt(one.object, one.templateAt), valueAt(other.object, other.templateAt))
}

function narrow<T>(shape: Shape<T>, raw: unknown): T {
  expectShape(shape, raw)
  return raw
}
