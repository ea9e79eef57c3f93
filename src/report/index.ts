import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { html, htmlPieces } from './html.ts'
import { human } from './human.ts'
import { json, jsonPieces } from './json.ts'
import { junit } from './junit.ts'
import { line } from './line.ts'
import { markdown } from './markdown.ts'
import type { Format, FormatOptions, Report } from './report.ts'
import { sarif } from './sarif.ts'

/** Every format by its name, in the order in which help lists them. */
export const formats = { human, line, json, sarif, junit, github, gitlab, markdown, html } as const satisfies Readonly<
  Record<string, Format>
>

export type FormatName = keyof typeof formats

/** A report in a format, in pieces: of those that are the largest, the whole is never in memory. */
export function piecesIn(format: FormatName, report: Report, options: FormatOptions): Iterable<string> {
  if (format === 'json') return jsonPieces(report)
  return format === 'html' ? htmlPieces(report, options) : [formats[format](report, options)]
}
