import type { Format, Report } from './report.ts'

/** The report itself, as docs/report.schema.json describes it. */
export const json: Format = (report) => [...jsonPieces(report)].join('')

/** The same as `json` in pieces, none larger than an entry of a list. */
export function* jsonPieces(report: Report): Generator<string, void> {
  yield* piecesOf(report, '')
  yield '\n'
}

/** Takes apart what is in no list. */
function* piecesOf(value: object, margin: string): Generator<string, void> {
  const isList = Array.isArray(value)
  let separator = isList ? '[' : '{'
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue
    yield `${separator}\n${margin}  ${isList ? '' : `${JSON.stringify(key)}: `}`
    separator = ','
    if (!isList && typeof entry === 'object' && entry !== null) yield* piecesOf(entry, `${margin}  `)
    else yield escaped(JSON.stringify(entry, null, 2)).replaceAll('\n', `\n${margin}  `)
  }
  if (separator === ',') yield `\n${margin}${isList ? ']' : '}'}`
  else yield isList ? '[]' : '{}'
}

/** What JSON.stringify leaves as it is, and a terminal would obey: control characters, and marks that change the direction of text. */
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Indented JSON with a final newline. Characters that a terminal would obey are escaped, which changes no value. */
export function toJsonText(value: unknown): string {
  return `${escaped(JSON.stringify(value, null, 2))}\n`
}

function escaped(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
