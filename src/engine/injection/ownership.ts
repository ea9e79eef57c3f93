import { containsJson } from '../../kube/json.ts'
import { handlerIn } from '../../kube/probe.ts'
import { isObject } from '../../kube/shape.ts'
import type { PatchBuilder } from './patch-builder.ts'
import type { RecordEntry } from './record.ts'

/**
 * Whether a value is still what was injected. Of a probe or a hook the handler decides: its times are a person's to change. Of
 * anything else all of it, beside which the API server may have filled in more.
 */
export function isOurs(present: unknown, { value }: RecordEntry): boolean {
  const handler = handlerIn(value)
  if (handler === undefined || !isObject(value)) return containsJson(present, value)
  return isObject(present) && containsJson(present[handler], value[handler])
}

/** The entries whose values are still ours in the object: the first one for each place. */
export function stillOurs(builder: PatchBuilder, entries: readonly RecordEntry[]): readonly RecordEntry[] {
  const ours = new Map<string, RecordEntry>()
  for (const entry of entries) {
    const place = builder.placeOf(entry.at)
    if (place !== undefined && !ours.has(entry.at) && isOurs(builder.valueAt(place), entry)) ours.set(entry.at, entry)
  }
  return [...ours.values()]
}
