import { containsJson, isShallow, type Place, sameJson } from '../../kube/json.ts'
import { handlerIn, isHandler, probeDefaults } from '../../kube/probe.ts'
import { isObject } from '../../kube/shape.ts'
import type { EvaluationContext } from '../evaluation-context.ts'
import { addRemedies } from './additions.ts'
import type { PatchBuilder } from './patch-builder.ts'
import { type Injected, type RecordEntry, withAdditions } from './record.ts'

/**
 * Derives again what is injected in a pod template that changes anyway: what a value was derived from may have changed with it, and a
 * probe of yesterday's port would keep the pods from ever being ready. A raised default stays, and goes up if it must. What is not
 * `wanted` goes. Returns the new record.
 */
export function renew(
  builder: PatchBuilder,
  record: readonly RecordEntry[],
  context: EvaluationContext,
  wanted: ReadonlySet<RecordEntry>
): readonly Injected[] {
  const derived: Derived[] = []
  const kept: RecordEntry[] = []
  for (const entry of record) {
    const place = builder.placeOf(entry.at)
    if (place === undefined || (entry.instead !== undefined && wanted.has(entry))) kept.push(entry)
    else derived.push({ entry, place, present: builder.valueAt(place) })
  }
  for (const { entry, place } of derived) builder.set(entry.at, place, entry.instead)
  const additions = addRemedies(builder, context, record, kept.length)
  for (const { entry, place, present } of derived) {
    if (wanted.has(entry)) builder.set(entry.at, place, renewed(present, entry, builder.valueAt(place)))
  }
  return withAdditions(kept, additions)
}

/** An injected value that is derived again. */
interface Derived {
  entry: RecordEntry
  place: Place
  present: unknown
}

/** What replaces an injected value: the value derived now, with what people have edited beside the old one; or the old one, if it says the same. */
function renewed(present: unknown, { value: injected }: RecordEntry, derived: unknown): unknown {
  if (containsJson(present, derived)) return present
  const edits = editsBeside(present, injected)
  // What is nested so deep that it cannot be written is no probe, and stays as it is.
  if (!edits.every(([, value]) => isShallow(value))) return present
  if (edits.length === 0) return derived
  return isObject(derived) ? { ...derived, ...Object.fromEntries(edits) } : present
}

/** What people have changed or added beside an injected handler. */
function editsBeside(present: unknown, injected: unknown): [string, unknown][] {
  if (!isObject(present) || !isObject(injected) || handlerIn(injected) === undefined) return []
  return Object.entries(present).filter(([key, value]) => {
    if (isHandler(key)) return false
    return Object.hasOwn(injected, key) ? !sameJson(value, injected[key]) : value !== probeDefaults.get(key)
  })
}
