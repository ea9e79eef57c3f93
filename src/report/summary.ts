import type { Report, Result, Summary } from './report.ts'

/** Counts results. A suppressed one counts as suppressed alone. */
export function summaryOf(results: readonly Result[], seen: Pick<Summary, 'files' | 'objects'>): Summary {
  const summary: Summary = { ...seen, required: 0, advised: 0, unknown: 0, fixable: 0, exempted: 0, baselined: 0 }
  for (const { severity, fixable, suppressed } of results) {
    if (suppressed !== undefined) {
      summary[suppressed.by === 'exemption' ? 'exempted' : 'baselined']++
      continue
    }
    summary[severity]++
    if (fixable) summary.fixable++
  }
  return summary
}

/** From the most severe on. */
export const severities = ['required', 'advised', 'unknown'] as const
export const failLevels = [...severities, 'never'] as const
/** The lowest severity that fails a run. */
export type FailOn = (typeof failLevels)[number]

/** The exit code of a report: 3 if it is incomplete, else 1 if something counts that is as severe as `failOn` or more so, else 0. */
export function exitCodeOf({ incomplete, summary }: Report, failOn: FailOn): 0 | 1 | 3 {
  if (incomplete.length > 0) return 3
  if (failOn === 'never') return 0
  const counted = severities.slice(0, severities.indexOf(failOn) + 1)
  return counted.some((severity) => summary[severity] > 0) ? 1 : 0
}
