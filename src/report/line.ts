import { oneLine } from '../engine/text.ts'
import { countedResults } from './counted.ts'
import type { Format } from './report.ts'

/**
 * For editors and grep: a line for each result that counts, as compilers write them; then one for each thing that could not be read.
 *
 *     web.yaml:18:11: required: deployment/web: [readiness-probe] containers[name=web].readinessProbe: is missing; add one
 */
export const line: Format = (report) => {
  const lines = [
    ...countedResults(report).map(({ location, severity, object: { namespace }, text }) => {
      const place = location === undefined ? namespace : `${location.file}:${location.line}:${location.column}`
      return `${place}: ${severity}: ${text}`
    }),
    ...report.incomplete.map(
      ({ file, line: at, problem }) => `${file}${at === undefined ? '' : `:${at}`}: error: ${problem}`
    )
  ]
  return lines.map((one) => `${oneLine(one)}\n`).join('')
}
