import { type Labels, type LabelSelector, labelSelector } from './label-selector.ts'
import { type Metadata, metadata } from './metadata.ts'
import { resources } from './pod.ts'
import { type Requesting, requesting } from './requests.ts'
import { boolean, expectShape, integer, list, object, string, strings } from './shape.ts'

const running = list(object({ name: string, resources, restartPolicy: string }))
const controller = object({
  metadata,
  spec: object({
    replicas: integer,
    selector: labelSelector,
    template: object({
      metadata: object({ labels: strings }),
      spec: object({ containers: running, initContainers: running, resources })
    })
  })
})

/** What makes pods by a template, of any kind: what others ask about it, and nothing of what only its own policies read. */
export interface PodController {
  metadata: Metadata
  /** spec.replicas; 1 where it is absent. Of a kind without replicas it says nothing. */
  replicas: number
  selector: LabelSelector | undefined
  podLabels: Labels
  containers: readonly Requesting[]
}

/** Throws MalformedObject, which names the field. */
export function parsePodController(raw: unknown): PodController {
  expectShape(controller, raw)
  const { replicas = 1, selector, template = {} } = raw.spec ?? {}
  return {
    metadata: raw.metadata ?? {},
    replicas,
    selector,
    podLabels: template.metadata?.labels ?? {},
    containers: requesting(template.spec ?? {})
  }
}

const labelled = object({ metadata: object({ labels: strings }) })
const job = object({ template: labelled, manualSelector: boolean })
const anyJob = object({
  metadata,
  spec: object({ template: labelled, manualSelector: boolean, jobTemplate: object({ spec: job }) })
})

/** A Job, or a CronJob by the Jobs that it makes. */
export interface JobController {
  metadata: Metadata
  templateLabels: Labels
  /** Whether the API server adds labels that tell the pods of one Job from those of others. */
  isLabelled: boolean
}

/** Throws MalformedObject, which names the field. */
export function parseJob(raw: unknown): JobController {
  expectShape(anyJob, raw)
  const { template, manualSelector = false } = raw.spec?.jobTemplate?.spec ?? raw.spec ?? {}
  return { metadata: raw.metadata ?? {}, templateLabels: template?.metadata?.labels ?? {}, isLabelled: !manualSelector }
}
