import { identityOf } from './identity.ts'
import type { Result } from './report.ts'

/**
 * A fingerprint for each result, unique within its file: the identity and the field. Lines and texts do not count, so it stays where
 * lines move.
 */
export function fingerprintsOf(results: readonly Result[]): readonly string[] {
  return numbered(
    results,
    (result) => `${identityOf(result)} ${result.field}`,
    ({ location }) => location?.file ?? ''
  )
}

/** A name for each item. If several of a group have the same, the later ones end with their number: readers show only one of them. */
export function numbered<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  groupOf: (item: T) => string = () => ''
): readonly string[] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const name = nameOf(item)
    const key = `${groupOf(item)}\n${name}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? name : `${name} #${count}`
  })
}
