import { expectShape, object, string } from './shape.ts'

/** A PriorityClass: that it is there is all that pods need. */
export interface PriorityClass {
  name: string
}

const priorityClass = object({ metadata: object({ name: string }) })

/** Throws MalformedObject, which names the field. */
export function parsePriorityClass(raw: unknown): PriorityClass {
  expectShape(priorityClass, raw)
  return { name: raw.metadata?.name ?? '' }
}

/** Every API server creates them (kubernetes pkg/registry/scheduling/rest/storage_scheduling.go). */
export const systemClasses: ReadonlySet<string> = new Set(['system-cluster-critical', 'system-node-critical'])
