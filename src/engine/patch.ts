import { sameJson, type Token, toPointer, valueAt, withValueAt } from '../kube/json.ts'

export type Place = readonly Token[]

/** One operation of a JSON patch (RFC 6902). */
export type Operation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string }

/** How much of a place is there: `add` wants the parent to be, so what is missing on the way goes in with the value. */
function depthIn(object: unknown, place: Place): number {
  let depth = 1
  while (depth < place.length) {
    const parent = valueAt(object, place.slice(0, depth))
    if (typeof parent !== 'object' || parent === null) break
    depth++
  }
  return depth
}

/** The operations that make one object of another at the given places, in their order; nowhere else do the two differ. */
export function operationsBetween(before: unknown, after: unknown, places: Iterable<Place>): Operation[] {
  const operations: Operation[] = []
  let object = before
  for (const place of places) {
    const [was, value] = [valueAt(object, place), valueAt(after, place)]
    if (sameJson(was, value)) continue
    if (value === undefined) {
      operations.push({ op: 'remove', path: toPointer(place) })
    } else if (was !== undefined) {
      operations.push({ op: 'replace', path: toPointer(place), value })
    } else {
      const depth = depthIn(object, place)
      const whole = place.slice(depth).reduceRight((inner: unknown, token) => ({ [token]: inner }), value)
      operations.push({ op: 'add', path: toPointer(place.slice(0, depth)), value: whole })
      // The next place may have the same parent.
      if (depth < place.length) object = withValueAt(object, place, value)
    }
  }
  return operations
}
