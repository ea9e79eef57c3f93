import type { Violation } from './violation.ts'

/**
 * The violations of those items that have one. Nearly all checks find nothing, and then this allocates nothing: flatMap takes V8 several
 * times as long.
 */
export function violationsIn<T>(
  items: readonly T[],
  violationOf: (item: T) => Violation | undefined
): readonly Violation[] {
  let found: Violation[] | undefined
  for (const item of items) {
    const violation = violationOf(item)
    if (violation === undefined) continue
    if (found === undefined) found = [violation]
    else found.push(violation)
  }
  return found ?? none
}

/** The violations of one check, and then those of another. */
export function joined(first: readonly Violation[], second: readonly Violation[]): readonly Violation[] {
  if (second.length === 0) return first
  return first.length === 0 ? second : [...first, ...second]
}

const none: readonly Violation[] = []
