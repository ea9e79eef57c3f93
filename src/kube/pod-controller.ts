import { type Labels, type LabelSelector, labelSelector } from './label-selector.ts'
import { type Metadata, metadata } from './metadata.ts'
import { anything, expectShape, integer, isObject, list, object, string, strings } from './shape.ts'

const resources = object({ requests: anything, limits: anything })
const controller = object({
  metadata,
  spec: object({
    replicas: integer,
    selector: labelSelector,
    template: object({
      metadata: object({ labels: strings }),
      spec: object({ containers: list(object({ name: string, resources })) })
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
  containers: readonly { name: string; requests: readonly string[] }[]
}

/** A limit counts as a request: the API server makes it one in the pod, where there is none (kubernetes pkg/apis/core/v1/defaults.go). */
function requestsOf({ requests, limits }: { readonly requests?: unknown; readonly limits?: unknown } = {}): string[] {
  const named = [requests, limits].flatMap((amounts) => (isObject(amounts) ? Object.keys(amounts) : []))
  return [...new Set(named)].toSorted()
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
    containers: (template.spec?.containers ?? []).map(({ name = '', resources: given }) => {
      return { name, requests: requestsOf(given) }
    })
  }
}
