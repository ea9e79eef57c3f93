import { sameJson, type Token, toPointer, valueAt, withValueAt } from '../kube/json.ts'

export type Place = readonly Token[]

/** One operation of a JSON patch (RFC 6902). */
export type Operation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string }

/** `add` wants its parent to be there: what is missing on the way goes in with the value. */
function addition(object: unknown, place: Place, value: unknown): Operation {
  let depth = 1
  while (depth < place.length && typeof (valueAt(object, place.slice(0, depth)) ?? undefined) === 'object') depth++
  const below = place.slice(depth).reduceRight((inner: unknown, token) => ({ [token]: inner }), value)
  return { op: 'add', path: toPointer(place.slice(0, depth)), value: below }
}

function operation(object: unknown, place: Place, value: unknown): Operation {
  if (value === undefined) return { op: 'remove', path: toPointer(place) }
  if (valueAt(object, place) === undefined) return addition(object, place, value)
  return { op: 'replace', path: toPointer(place), value }
}

/** The operations that make one object of another at the given places, in their order; nowhere else do the two differ. */
export function operationsBetween(before: unknown, after: unknown, places: readonly Place[]): Operation[] {
  const operations: Operation[] = []
  let object = before
  for (const place of places) {
    const value = valueAt(after, place)
    if (sameJson(valueAt(object, place), value)) continue
    operations.push(operation(object, place, value))
    object = withValueAt(object, place, value)
  }
  return operations
}
