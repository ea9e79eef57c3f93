import type { Report, Result } from './report.ts'

/** The results that count: neither an exemption nor the baseline covers them. */
export function countedResults({ results }: Report): readonly Result[] {
  return results.filter(({ suppressed }) => suppressed === undefined)
}

/** The report without the results that do not count. Its summary still says how many there are. */
export function withoutSuppressed(report: Report): Report {
  return { ...report, results: countedResults(report) }
}
