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
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new BadBody(`not JSON: ${problemIn(error)}`)
  }
}

/** V8 quotes what surrounds the problem, and that may be part of a Secret: the quotation is left out. */
function problemIn(error: Error): string {
  return error.message.replace(/, (?:\.\.\.)?".*$/su, '').replace(/^"[^]*" is not valid JSON$/u, 'unreadable')
}
