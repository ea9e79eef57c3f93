/** Of a name or a value within a problem or a fix. */
const longestName = 24

/** Control characters, line terminators, and marks that change the direction of text in a terminal. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g

/** A text without these characters is one line already. */
const unusual = /[^\x20-\x7e]/

/** One line without control characters: the API server silently drops a warning that has any. */
export function oneLine(text: string): string {
  if (!unusual.test(text)) return text
  return text.toWellFormed().replace(control, ' ')
}

/** At most `length` characters, with an ellipsis for a missing end. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).toWellFormed()}…`
}

/** At most `length` characters, with an ellipsis for a missing middle: names differ at both ends. */
export function cutMiddle(text: string, length: number): string {
  if (text.length <= length) return text
  const kept = Math.max(0, length - 1)
  const head = Math.ceil(kept / 2)
  return `${text.slice(0, head).toWellFormed()}…${text.slice(text.length - (kept - head)).toWellFormed()}`
}

/** A name as a problem or a fix shows it: whole unless it is long. */
export function nameText(name: string): string {
  return cutMiddle(name, longestName)
}
