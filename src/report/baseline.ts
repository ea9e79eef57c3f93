import { identityOf } from './identity.ts'
import type { Result } from './report.ts'

const head = `# What Holdfast found here and does not count: policy, object, container. Written by holdfast lint --write-baseline.
`

/** The entries of a baseline file: one a line, in any order. Blank lines and those that begin with # are none. */
export function parseBaseline(text: string): ReadonlySet<string> {
  const lines = text.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '))
  return new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))
}

/** The text of a baseline file: sorted, so that the same entries make the same bytes. */
export function baselineText(entries: Iterable<string>): string {
  return [...new Set(entries)].toSorted().reduce((text, entry) => `${text}${entry}\n`, head)
}

/** The entries of what counts. */
export function entriesOf(results: readonly Result[]): string[] {
  return results.filter(({ suppressed }) => suppressed === undefined).map(identityOf)
}

/** Marks what is in the baseline, and says which of its entries match nothing. An exempt result needs no entry. */
export function withBaseline(
  results: readonly Result[],
  baseline: ReadonlySet<string>
): { results: Result[]; stale: string[] } {
  const stale = new Set(baseline)
  const marked = results.map((result): Result => {
    const identity = identityOf(result)
    if (result.suppressed !== undefined || !baseline.has(identity)) return result
    stale.delete(identity)
    return { ...result, suppressed: { by: 'baseline', reason: 'in the baseline' } }
  })
  return { results: marked, stale: [...stale].toSorted() }
}
