import { handlerIn, isHandler } from '../../kube/probe.ts'
import { isObject } from '../../kube/shape.ts'
import type { InManifests } from './applied-manifests.ts'
import { isOurs, stillOurs } from './ownership.ts'
import type { PatchBuilder } from './patch-builder.ts'
import type { RecordEntry } from './record.ts'

/**
 * Takes out the injected handlers beside which a person has put one of their own: apply merges the two, and the API server takes only
 * one. Returns the entries whose values are still ours.
 */
export function withdraw(
  builder: PatchBuilder,
  entries: readonly RecordEntry[],
  inManifests: InManifests
): readonly RecordEntry[] {
  for (const entry of entries) withdrawOne(builder, entry, inManifests)
  return stillOurs(builder, entries)
}

/** Takes out the handler, and what else was injected with it and nobody has written since. */
function withdrawOne(builder: PatchBuilder, entry: RecordEntry, inManifests: InManifests): void {
  const place = builder.placeOf(entry.at)
  const present = place === undefined ? undefined : builder.valueAt(place)
  const handler = rivalledHandler(present, entry)
  if (handler === undefined || place === undefined || !isObject(entry.value) || !isObject(present)) return
  for (const [key, value] of Object.entries(entry.value)) {
    const path = `${entry.at}.${key}`
    const isLeft = present[key] === value && inManifests(path) === 'absent'
    if (key === handler || isLeft) builder.set(path, [...place, key], undefined)
  }
}

/** The injected handler, where a person has added another beside it. */
function rivalledHandler(present: unknown, entry: RecordEntry): string | undefined {
  const ours = handlerIn(entry.value)
  if (ours === undefined || !isObject(present) || !isOurs(present, entry)) return undefined
  return Object.keys(present).some((key) => isHandler(key) && key !== ours) ? ours : undefined
}
