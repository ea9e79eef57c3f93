import { isShallow, type Place, valueAt } from '../kube/json.ts'
import { provenanceOf } from '../kube/provenance.ts'
import { isObject } from '../kube/shape.ts'
import type { Workload } from '../kube/workload.ts'
import type { Draft } from './draft.ts'
import type { Injected } from './injected.ts'
import { isOurs, placeOf, rivalled } from './ours.ts'
import { isWrittenAnew, type Written } from './written.ts'

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
function restoreOne(draft: Draft, old: Workload, entry: Injected): void {
  const place = draft.placeOf(entry.at)
  if (place === undefined || !isOmitted(draft.workload, place, entry)) return
  const value = stillOurs(old, entry)
  if (value === undefined) return
  draft.set(entry.at, place, value)
  draft.record = [...draft.record.filter(({ at }) => at !== entry.at), entry]
}

/** Takes an injected handler out beside which a person has put their own, and what else of ours nobody else wrote. */
function withdrawOne(draft: Draft, entry: Injected, written: Written): void {
  const place = draft.placeOf(entry.at)
  const present = place === undefined ? undefined : draft.valueAt(place)
  const rival = rivalled(present, entry)
  if (rival === undefined || place === undefined || !isObject(entry.value) || !isObject(present)) return
  for (const [key, value] of Object.entries(entry.value)) {
    const at = `${entry.at}.${key}`
    if (key === rival || (present[key] === value && written(at) === 'absent')) draft.set(at, [...place, key], undefined)
  }
}

/** Withdraws what a person has put something of their own beside; then the record holds what is still ours, and no more. */
export function withdraw(draft: Draft, entries: readonly Injected[], written: Written): void {
  for (const entry of entries) withdrawOne(draft, entry, written)
  draft.record = entries.filter((entry) => {
    const place = draft.placeOf(entry.at)
    return place !== undefined && isOurs(draft.valueAt(place), entry)
  })
}

/** Puts back what was injected in the old object and the new one merely omits. */
export function restore(draft: Draft, old: Workload, entries: readonly Injected[]): void {
  for (const entry of entries) restoreOne(draft, old, entry)
}
