import { countedResults } from './counted.ts'
import type { Format, Incomplete, Location, Result } from './report.ts'
import { summaryText } from './summary-text.ts'

const commands = { required: 'error', advised: 'warning', unknown: 'notice' } as const

/**
 * Workflow commands that GitHub turns into annotations, and a last line with the counts. Results that do not count are left out. GitHub
 * shows at most ten annotations of each kind per step; the log has all of them.
 */
export const github: Format = (report) => {
  const lines = [
    ...report.incomplete.map(incompleteCommand),
    ...countedResults(report).map(resultCommand),
    summaryText(report.summary)
  ]
  return `${lines.join('\n')}\n`
}

function incompleteCommand({ file, line, problem }: Incomplete): string {
  const place = { ...(file === '' ? {} : { file }), ...(line === undefined ? {} : { line }) }
  return toCommand('error', { ...place, title: 'Holdfast: incomplete' }, problem)
}

function resultCommand({ severity, policy, text, location }: Result): string {
  const place = location === undefined ? {} : placeOf(location)
  return toCommand(commands[severity], { ...place, title: `Holdfast: ${policy}` }, text)
}

/** Columns are for annotations of one line, and an annotation of several lines appears below the last of them: only the first is named. */
function placeOf({ file, line, column, endLine, endColumn }: Location) {
  return endLine === line ? { file, line, col: column, endColumn } : { file, line }
}

function toCommand(name: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(String(value))}`)
  return `::${name} ${list.join(',')}::${escapedData(message)}`
}

/** As the runner reads it back (actions/toolkit, core/src/command.ts). Other control characters are for the terminal alone. */
function escapedData(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** Control characters other than line ends, and marks that change the direction of text. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

function printable(text: string): string {
  return text.toWellFormed().replaceAll(control, ' ')
}
