import type { Format } from './report.ts'

/** The report itself, as docs/report.schema.json describes it. */
export const json: Format = (report) => toJsonText(report)

/** What JSON.stringify leaves as it is, and a terminal would obey: control characters, and marks that change the direction of text. */
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Indented JSON with a final newline. Characters that a terminal would obey are escaped, which changes no value. */
export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
