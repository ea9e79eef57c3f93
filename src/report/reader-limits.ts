import { countedResults } from './counted.ts'
import type { FormatName } from './index.ts'
import type { Report, Result } from './report.ts'

/** What GitHub leaves out of a report, each in a sentence; `length` is that of its text, in characters. The report itself has everything. */
export function readerLimits(format: FormatName, report: Report, length: number): string[] {
  if (format === 'github') return annotationLimits(report)
  if (format === 'sarif') return sarifLimits(report)
  return format === 'markdown' ? markdownLimits(length) : []
}

/** Of each kind per step. */
const mostAnnotations = 10

function annotationLimits(report: Report): string[] {
  const results = countedResults(report)
  const count = (severity: Result['severity']) => results.filter((result) => result.severity === severity).length
  const counts = {
    errors: count('required') + report.incomplete.length,
    warnings: count('advised'),
    notices: count('unknown')
  }
  const cut = Object.entries(counts).flatMap(([kind, all]) => {
    return all > mostAnnotations ? [`${mostAnnotations} of ${all} ${kind}`] : []
  })
  return cut.length === 0 ? [] : [`github: GitHub shows ${cut.join(', ')} as annotations; the log of the step has all`]
}

const mostShown = 5000
const mostResults = 25_000

function sarifLimits({ results: { length } }: Report): string[] {
  if (length > mostResults) {
    return [
      `sarif: GitHub takes no more than ${mostResults} results in a run, and here are ${length}; lint fewer files at a time`
    ]
  }
  return length > mostShown ? [`sarif: GitHub shows the ${mostShown} most severe of ${length} results`] : []
}

const longestComment = 65_536
const longestSummary = 1024 * 1024

function markdownLimits(length: number): string[] {
  if (length <= longestComment) return []
  const summary = length > longestSummary ? ', and 1 MiB for the summary of a step' : ''
  return [`markdown: GitHub takes ${longestComment} characters for a comment${summary}, and these are ${length}`]
}
