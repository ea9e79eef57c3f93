const none: readonly never[] = []

interface Key<T> {
  count: number
  byValue: Map<string, T | Set<T>>
}

function itemsOf<T>(held: T | Set<T> | undefined): Iterable<T> {
  if (held === undefined) return none
  return held instanceof Set ? held : [held]
}

/** Items by key and value. Most pairs are those of one item, so a set is made only for the second. */
export class InvertedIndex<T extends object> {
  readonly #keys = new Map<string, Key<T>>()

  /** Adds an item that is not there under this pair. */
  add(key: string, value: string, item: T): void {
    const entry = this.#keys.get(key) ?? { count: 0, byValue: new Map<string, T | Set<T>>() }
    if (entry.count === 0) this.#keys.set(key, entry)
    const held = entry.byValue.get(value)
    if (held instanceof Set) held.add(item)
    else entry.byValue.set(value, held === undefined ? item : new Set([held, item]))
    entry.count++
  }

  delete(key: string, value: string, item: T): void {
    const entry = this.#keys.get(key)
    const held = entry?.byValue.get(value)
    if (entry === undefined || held === undefined) return
    if (held instanceof Set ? !held.delete(item) : held !== item) return
    entry.count--
    if (!(held instanceof Set) || held.size === 0) entry.byValue.delete(value)
    if (entry.count === 0) this.#keys.delete(key)
  }

  size(key: string, value: string): number {
    const held = this.#keys.get(key)?.byValue.get(value)
    if (held === undefined) return 0
    return held instanceof Set ? held.size : 1
  }

  of(key: string, value: string): Iterable<T> {
    return itemsOf(this.#keys.get(key)?.byValue.get(value))
  }

  sizeOfKey(key: string): number {
    return this.#keys.get(key)?.count ?? 0
  }

  *ofKey(key: string): Iterable<T> {
    for (const held of this.#keys.get(key)?.byValue.values() ?? none) yield* itemsOf(held)
  }
}
