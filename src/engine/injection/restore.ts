import { isShallow, type Place, valueAt } from '../../kube/json.ts'
import { provenanceOf } from '../../kube/provenance.ts'
import { isObject } from '../../kube/shape.ts'
import type { Workload } from '../../kube/workload.ts'
import type { PatchBuilder } from './patch-builder.ts'
import type { Injected } from './record.ts'
import { isOurs, placeOf, rivalled } from './ownership.ts'
import { isWrittenAnew, type Written } from './stated.ts'

/** The value that the old object still has as we injected it; what others have changed since is theirs. */
function stillOurs(old: Workload, entry: Injected): unknown {
  const place = placeOf(old, entry.at)
  const value = place === undefined ? undefined : valueAt(old.object, place)
  return value !== undefined && isOurs(value, entry) && isShallow(value) ? value : undefined
}

/**
 * Whether the request merely leaves a value out. A default that the API server filled in again counts as left out where the whole
 * object is written anew. In an object that is changed as it stands it is a change, and a person's.
 */
function isOmitted(workload: Workload, place: Place, { instead }: Injected): boolean {
  const value = valueAt(workload.object, place)
  if (value === undefined) return true
  if (!isWrittenAnew(workload)) return false
  return instead !== undefined && value === instead && provenanceOf(workload.object, place) !== 'written'
}

/** Puts a value back as it is in the old object, where the request omits it. */
function restoreOne(patch: PatchBuilder, old: Workload, entry: Injected): void {
  const place = patch.placeOf(entry.at)
  if (place === undefined || !isOmitted(patch.workload, place, entry)) return
  const value = stillOurs(old, entry)
  if (value === undefined) return
  patch.set(entry.at, place, value)
  patch.record = [...patch.record.filter(({ at }) => at !== entry.at), entry]
}

/** Takes an injected handler out beside which a person has put their own, and what else of ours nobody else wrote. */
function withdrawOne(patch: PatchBuilder, entry: Injected, written: Written): void {
  const place = patch.placeOf(entry.at)
  const present = place === undefined ? undefined : patch.valueAt(place)
  const rival = rivalled(present, entry)
  if (rival === undefined || place === undefined || !isObject(entry.value) || !isObject(present)) return
  for (const [key, value] of Object.entries(entry.value)) {
    const at = `${entry.at}.${key}`
    if (key === rival || (present[key] === value && written(at) === 'absent')) patch.set(at, [...place, key], undefined)
  }
}

/** Withdraws what a person has put something of their own beside; then the record holds what is still ours, and no more. */
export function withdraw(patch: PatchBuilder, entries: readonly Injected[], written: Written): void {
  for (const entry of entries) withdrawOne(patch, entry, written)
  patch.record = entries.filter((entry) => {
    const place = patch.placeOf(entry.at)
    return place !== undefined && isOurs(patch.valueAt(place), entry)
  })
}

/** Puts back what was injected in the old object and the new one merely omits. */
export function restore(patch: PatchBuilder, old: Workload, entries: readonly Injected[]): void {
  for (const entry of entries) restoreOne(patch, old, entry)
}
