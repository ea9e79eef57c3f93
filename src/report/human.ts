import { oneLine } from '../engine/text.ts'
import { clusterParts } from './cluster-text.ts'
import { countedResults } from './counted.ts'
import type { Format, Report, Result, Summary } from './report.ts'
import { severities } from './summary.ts'
import { summaryText } from './summary-text.ts'

/**
 * For people: what counts, the most severe first, then by place; then what could not be read, entries without effect, and a line that sums up.
 *
 *     web.yaml:18:11  required  Deployment shop/web  readiness-probe
 *       spec.template.spec.containers[name=web].readinessProbe: is missing
 *       fix: add one (holdfast fix does it)
 */
export const human: Format = (report, { colour }) => {
  const paint = colour ? painted : plain
  const { incomplete, stale } = report
  const counted = countedResults(report)
  const blocks = severities.flatMap((severity) => {
    return counted
      .filter((result) => result.severity === severity)
      .map((result) => blockOf(result, paint, report.command))
  })
  const unread = incomplete.map(({ file, line, problem }) => {
    return `${paint('bold', oneLine(line === undefined ? file : `${file}:${line}`))}: ${oneLine(problem)}\n`
  })
  const sections = [
    ...blocks,
    ...(unread.length === 0
      ? []
      : [`${paint('required', 'Not judged')}\n${unread.map((line) => `  ${line}`).join('')}`]),
    ...(stale.length === 0 ? [] : [`Without effect\n${stale.map((one) => `  ${oneLine(one)}\n`).join('')}`]),
    ...clusterParts(report),
    `${summaryLine(report.summary)}\n`
  ]
  return sections.join('\n')
}

function blockOf(result: Result, paint: Paint, command: Report['command']): string {
  const { severity, policy, field, problem, hedge, fix, fixable } = result
  const head = [
    paint('bold', placeOf(result)),
    paint(severity, result.denied === true ? 'denied' : severity),
    objectOf(result),
    paint('bold', policy)
  ]
  const doubt = hedge === '' ? '' : paint('dim', ` (${oneLine(hedge)})`)
  const how = fixable ? paint('dim', command === 'scan' ? ' (inject does it)' : ' (holdfast fix does it)') : ''
  return `${head.filter((part) => part !== '').join('  ')}
  ${paint('dim', `${oneLine(field)}:`)} ${oneLine(problem)}${doubt}
  ${paint('fix', 'fix:')} ${oneLine(fix)}${how}
`
}

function placeOf({ location }: Result): string {
  return location === undefined ? '' : oneLine(`${location.file}:${location.line}:${location.column}`)
}

/** `Deployment shop/web`. */
function objectOf({ object: { kind, namespace, name } }: Result): string {
  return oneLine(`${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`)
}

/** `12 files, 9 objects: 3 required, 5 advised; 4 fixable with holdfast fix; 1 exempt`. */
function summaryLine(summary: Summary): string {
  const { exempted, baselined } = summary
  return [
    summaryText(summary),
    ...(exempted === 0 ? [] : [`${exempted} exempt`]),
    ...(baselined === 0 ? [] : [`${baselined} in the baseline`])
  ].join('; ')
}

/** SGR codes: on and off. */
const styles = {
  required: [31, 39],
  advised: [33, 39],
  unknown: [36, 39],
  fix: [32, 39],
  bold: [1, 22],
  dim: [2, 22]
} as const

type Paint = (style: keyof typeof styles, text: string) => string

const plain: Paint = (_style, text) => text

function painted(style: keyof typeof styles, text: string): string {
  const [on, off] = styles[style]
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`
}
