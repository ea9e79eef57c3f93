import { containsJson, type Place, sameJson } from '../../kube/json.ts'
import { probeDefaults } from '../../kube/probe.ts'
import { isObject } from '../../kube/shape.ts'
import type { Workload } from '../../kube/workload.ts'
import { handlerIn, handlers, type Injected, tokensOf } from './record.ts'

export function placeOf({ templateAt, podSpec }: Workload, at: string): Place | undefined {
  return tokensOf(podSpec, at, [...templateAt, 'spec'])
}

/**
 * Whether a value is still what was injected. Of a probe or a hook the handler decides: its times are a person's to change. Of
 * anything else all of it, beside which the API server may have filled in more.
 */
export function isOurs(present: unknown, { value }: Injected): boolean {
  const handler = handlerIn(value)
  if (handler === undefined || !isObject(value)) return containsJson(present, value)
  return isObject(present) && containsJson(present[handler], value[handler])
}

/** The injected handler, where a person has added another beside it: apply merges the two, and the API server takes only one. */
export function rivalled(present: unknown, entry: Injected): string | undefined {
  const mine = handlerIn(entry.value)
  if (mine === undefined || !isObject(present) || !isOurs(present, entry)) return undefined
  return Object.keys(present).some((key) => handlers.has(key) && key !== mine) ? mine : undefined
}

/** What people have changed or added beside an injected handler. */
function additions(present: unknown, injected: unknown): [string, unknown][] {
  if (!isObject(present) || !isObject(injected) || handlerIn(injected) === undefined) return []
  return Object.entries(present).filter(([key, value]) => {
    if (handlers.has(key)) return false
    return Object.hasOwn(injected, key) ? !sameJson(value, injected[key]) : value !== probeDefaults.get(key)
  })
}

/** An injected value made anew, with what people have added to the one before it. What says the same already stays as it is. */
export function renewed(present: unknown, { value: injected }: Injected, value: unknown): unknown {
  if (containsJson(present, value)) return present
  const added = additions(present, injected)
  if (added.length === 0) return value
  return isObject(value) ? { ...value, ...Object.fromEntries(added) } : present
}
