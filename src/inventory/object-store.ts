import { sameJson } from '../kube/json.ts'

/** Where a reflector stores objects. Keys are `namespace/name`, or `name` where the resource has no namespaces. */
export interface Store<T> {
  /** Replaces the whole content, after a full list: objects that are not in it are gone. */
  replace(items: ReadonlyMap<string, T>): void
  set(key: string, item: T): void
  delete(key: string): void
}

/** Notified of the old and the new object. */
export type OnChange<T> = (key: string, before: T | undefined, after: T | undefined) => void

/**
 * Keeps objects in memory. It notifies its handlers once the content is up to date, even if one of them throws. An object with the same
 * content as before is not a change: neither heartbeats nor what a fresh list repeats notify a handler.
 */
export class ObjectStore<T> implements Store<T> {
  readonly #handlers: readonly OnChange<T>[]
  #items = new Map<string, T>()

  constructor(...handlers: readonly OnChange<T>[]) {
    this.#handlers = handlers
  }

  get size(): number {
    return this.#items.size
  }

  get(key: string): T | undefined {
    return this.#items.get(key)
  }

  entries(): IterableIterator<[key: string, item: T]> {
    return this.#items.entries()
  }

  replace(items: ReadonlyMap<string, T>): void {
    const before = this.#items
    this.#items = new Map<string, T>()
    for (const [key, item] of items) this.#items.set(key, unchanged(before.get(key), item))
    const errors: unknown[] = []
    for (const [key, item] of before) if (!items.has(key)) this.#tell(errors, key, item, undefined)
    for (const [key, item] of this.#items) {
      const old = before.get(key)
      if (old !== item) this.#tell(errors, key, old, item)
    }
    throwAny(errors)
  }

  /** Whether it is a change, so that the item is kept. */
  set(key: string, item: T): boolean {
    const before = this.#items.get(key)
    if (before !== undefined && unchanged(before, item) === before) return false
    this.#items.set(key, item)
    const errors: unknown[] = []
    this.#tell(errors, key, before, item)
    throwAny(errors)
    return true
  }

  delete(key: string): void {
    const before = this.#items.get(key)
    if (!this.#items.delete(key)) return
    const errors: unknown[] = []
    this.#tell(errors, key, before, undefined)
    throwAny(errors)
  }

  #tell(errors: unknown[], ...change: Parameters<OnChange<T>>): void {
    for (const handler of this.#handlers) {
      try {
        handler(...change)
      } catch (error) {
        errors.push(error)
      }
    }
  }
}

/** The old object if the new one has the same content. */
function unchanged<T>(before: T | undefined, after: T): T {
  return before !== undefined && sameJson(before, after) ? before : after
}

function throwAny(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} handlers of changes failed`)
}
