import { isShallow, type Place, valueAt } from '../../kube/json.ts'
import { podSpecAt, type Workload } from '../../kube/workload.ts'
import { replacesObject } from './applied-manifests.ts'
import { isOurs } from './ownership.ts'
import type { PatchBuilder } from './patch-builder.ts'
import type { RecordEntry } from './record.ts'
import { resolveSpecPath } from './spec-path.ts'

/**
 * Puts back the values that the old object has as we injected them and the request merely omits. Copies them from the old object, so
 * that a pod template comes out as it was, to the byte. Returns the entries of what it put back.
 */
export function restore(
  builder: PatchBuilder,
  workload: Workload,
  old: Workload,
  entries: readonly RecordEntry[]
): readonly RecordEntry[] {
  const restored: RecordEntry[] = []
  for (const entry of entries) {
    const place = builder.placeOf(entry.at)
    if (place === undefined || !isOmitted(builder.valueAt(place), workload, place, entry)) continue
    const value = injectedValue(old, entry)
    if (value === undefined) continue
    builder.set(entry.at, place, value)
    restored.push(entry)
  }
  return restored
}

/**
 * Whether the request merely leaves a value out. A default that the API server filled in again counts as left out where the request
 * replaces the whole object. In an object that is changed as it stands it is a change, and a person's.
 */
function isOmitted(present: unknown, workload: Workload, place: Place, { instead }: RecordEntry): boolean {
  if (present === undefined) return true
  if (!replacesObject(workload)) return false
  return instead !== undefined && present === instead && workload.provenance.of(place) !== 'written'
}

/** The value that the old object still has as we injected it; undefined where others have changed it: then it is theirs. */
function injectedValue(old: Workload, entry: RecordEntry): unknown {
  const place = resolveSpecPath(old.podSpec, entry.at, podSpecAt(old))
  const value = place === undefined ? undefined : valueAt(old.object, place)
  return value !== undefined && isOurs(value, entry) && isShallow(value) ? value : undefined
}
