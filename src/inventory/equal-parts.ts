/** The same part, or an equal one that is kept already. */
export type Once = <T extends object>(part: T) => T

/** More parts, and longer ones, are hardly ever equal. */
const mostParts = 1024
const longestPart = 512

/** Keeps one copy of parts that are equal in many objects, such as the access modes of claims. A part must not be changed. */
export class EqualParts {
  readonly #known = new Map<string, object>()

  once<T extends object>(part: T): T {
    const text = JSON.stringify(part)
    if (text.length > longestPart) return part
    const known = this.#known.get(text)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the same JSON, and so of the same shape
    if (known !== undefined) return known as T
    if (this.#known.size >= mostParts) this.#known.clear()
    this.#known.set(text, part)
    return part
  }
}

const names: Record<string, true> = Object.create(null)
const longestName = 256

/**
 * Lets equal texts share their memory: the name of a workload is in its labels, in its selector, in its budget and in its claim, and JSON
 * has a copy for each. V8 keeps a single copy of a text that has been a property name, as long as anything refers to it. The value stays the same.
 */
export function shareTexts(value: unknown): void {
  if (typeof value === 'string') {
    if (value.length > longestName) return
    names[value] = true
    // oxlint-disable-next-line typescript/no-dynamic-delete -- the table must stay empty, or it would hold every text
    delete names[value]
  } else if (typeof value === 'object' && value !== null) {
    for (const below of Object.values(value)) shareTexts(below)
  }
}
