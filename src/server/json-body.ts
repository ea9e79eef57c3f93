/** The caller's fault, seen before the review could be read. Its message goes back to the caller. */
export class BadBody extends Error {
  override name = 'BadBody'
}

/**
 * Fastify's own parser answers 400 to a key named `__proto__`, which a ConfigMap may well have. Plain JSON.parse makes an own
 * property of it, which harms nobody who reads with Object.hasOwn.
 */
export function parseJson(text: string): unknown {
  if (text.length === 0) throw new BadBody('empty body')
  if (text.length > fewCharacters && hasTooManyValues(text)) throw new BadBody('too many values')
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new BadBody(`not JSON: ${problemIn(error)}`)
  }
}

/** Texts up to this length have too few values to matter. */
const fewCharacters = 4 * 1024 * 1024
/** More than two objects of 3 MiB have, each value at least two characters and a comma. A value takes V8 some 50 bytes. */
const mostValues = 2_500_000

/**
 * Whether a text has more values than any review, so that parsing it would take all memory. The characters of strings do not count: a
 * large review is large because of them.
 */
function hasTooManyValues(text: string): boolean {
  let values = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === comma || code === bracket || code === brace) values++
    if (values > mostValues) return true
    at++
  }
  return false
}

const quote = 0x22
const comma = 0x2c
const bracket = 0x5b
const brace = 0x7b
const backslash = 0x5c

/** The place of the closing quote; the end of the text without one. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return end
  }
  return text.length
}

/** V8 quotes what surrounds the problem, and that may be part of a Secret: the quotation is left out. */
function problemIn(error: Error): string {
  return error.message.replace(/, (?:\.\.\.)?".*$/su, '').replace(/^"[^]*" is not valid JSON$/u, 'unreadable')
}
