import { handlerIn, isHandler } from '../../kube/probe.ts'
import { isObject } from '../../kube/shape.ts'
import type { AppliedManifests } from './applied-manifests.ts'
import { isOurs, stillOurs } from './ownership.ts'
import type { PatchBuilder } from './patch-builder.ts'
import type { RecordEntry } from './record.ts'

/**
 * Takes out the injected handlers beside which a person has put one of their own: apply merges the two, and the API server takes only
 * one. The values of all entries must be ours; returns the entries whose values still are.
 */
export function withdraw(
  builder: PatchBuilder,
  entries: readonly RecordEntry[],
  manifests: AppliedManifests
): readonly RecordEntry[] {
  let isAnyWithdrawn = false
  for (const entry of entries) if (withdrawOne(builder, entry, manifests)) isAnyWithdrawn = true
  return isAnyWithdrawn ? stillOurs(builder, entries) : entries
}

/** Takes out the handler, and what else was injected with it and nobody has written since. Returns whether it took any. */
function withdrawOne(builder: PatchBuilder, entry: RecordEntry, manifests: AppliedManifests): boolean {
  const place = builder.placeOf(entry.at)
  const present = place === undefined ? undefined : builder.valueAt(place)
  const handler = rivalledHandler(present, entry)
  if (handler === undefined || place === undefined || !isObject(entry.value) || !isObject(present)) return false
  for (const [key, value] of Object.entries(entry.value)) {
    const path = `${entry.at}.${key}`
    const isLeft = present[key] === value && manifests.statementOf(path) === 'absent'
    if (key === handler || isLeft) builder.set(path, [...place, key], undefined)
  }
  return true
}

/** The injected handler, where a person has added another beside it. */
function rivalledHandler(present: unknown, entry: RecordEntry): string | undefined {
  const ours = handlerIn(entry.value)
  if (ours === undefined || !isObject(present)) return undefined
  const isRivalled = Object.keys(present).some((key) => isHandler(key) && key !== ours)
  return isRivalled && isOurs(present, entry) ? ours : undefined
}
