import type { Finding } from '../engine/finding.ts'

/** V8 looks for sixteen characters or fewer in a tenth of the time that it takes for more, so three searches cost less than one. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const searches = [/["\\\u007f]/, /[\u0000-\u000f]/, /[\u0010-\u001f]/]

/** Whether a text is one line that needs no escapes in a string of JSON: printable ASCII without quotes and backslashes. */
export function isPlain(text: string): boolean {
  return Buffer.byteLength(text) === text.length && !searches.some((search) => search.test(text))
}

/** Whether all that findings say is plain: one search of everything costs less than one of each text. */
export function arePlain(findings: readonly Finding[]): boolean {
  let texts = ''
  for (const { field, problem, fix } of findings) texts += field + problem + fix
  return isPlain(texts)
}

/** How a plain text is written. */
export function verbatim(text: string): string {
  return text
}
