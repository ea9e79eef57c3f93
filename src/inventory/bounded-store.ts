import { shareTexts } from './equal-parts.ts'
import type { ObjectStore, Store } from './object-store.ts'
import type { Room } from './room.ts'
import { sizeOf } from './size.ts'

/** The namespace of a key; empty for an object without one. */
export function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')))
}

/**
 * Keeps the objects that there is room for, and remembers which ones it left out: facts of their namespaces are unknown. `makeRoom` is
 * called when all room is taken; it returns whether an object of the namespace may be kept at all then.
 */
export class BoundedStore<T> implements Store<T> {
  readonly #store: ObjectStore<T>
  readonly #room: Room
  readonly #makeRoom: (namespace: string) => boolean
  readonly #leftOut = new Map<string, Set<string>>()
  #count = 0
  #replacing = false

  constructor(store: ObjectStore<T>, room: Room, makeRoom: (namespace: string) => boolean) {
    this.#store = store
    this.#room = room
    this.#makeRoom = makeRoom
  }

  /** How many existing objects are not kept. */
  get leftOut(): number {
    return this.#count
  }

  /** Whether objects of a namespace are missing. */
  lacks(namespace: string): boolean {
    return this.#leftOut.has(namespace)
  }

  replace(items: ReadonlyMap<string, T>): void {
    for (const [key, item] of this.#store.entries()) this.#release(key, item)
    this.#leftOut.clear()
    this.#count = 0
    const kept = new Map<string, T>()
    this.#replacing = true
    try {
      for (const [key, item] of items) {
        if (!this.#take(key, item)) continue
        share(key, item)
        kept.set(key, item)
      }
    } finally {
      this.#replacing = false
    }
    this.#store.replace(kept)
  }

  set(key: string, item: T): void {
    this.#forget(key)
    const before = this.#store.get(key)
    if (before !== undefined) this.#release(key, before)
    if (!this.#take(key, item)) this.#store.delete(key)
    else if (this.#store.set(key, item)) share(key, item)
  }

  delete(key: string): void {
    this.#forget(key)
    this.#remove(key)
  }

  /** Leaves out every object of a namespace that is not wanted. */
  leaveOutAll(isWanted: (namespace: string) => boolean): void {
    // The object that is about to be replaced no longer takes room.
    if (this.#replacing) return
    for (const [key] of this.#store.entries()) if (!isWanted(namespaceOf(key))) this.leaveOut(key)
  }

  /** Notes that an object exists, and keeps none of it. */
  leaveOut(key: string): void {
    this.#note(key)
    this.#remove(key)
  }

  #remove(key: string): void {
    const before = this.#store.get(key)
    if (before !== undefined) this.#release(key, before)
    this.#store.delete(key)
  }

  #take(key: string, item: T): boolean {
    const namespace = namespaceOf(key)
    const size = sizeOf(item, this.#room.limits.object)
    const isKept =
      !this.#room.refuses(namespace, size) &&
      (!this.#room.isFullFor(size) || (this.#makeRoom(namespace) && !this.#room.isFullFor(size)))
    if (isKept) this.#room.take(namespace, size)
    else this.#note(key)
    return isKept
  }

  #release(key: string, item: T): void {
    this.#room.take(namespaceOf(key), -sizeOf(item, this.#room.limits.object))
  }

  #note(key: string): void {
    const namespace = namespaceOf(key)
    const keys = this.#leftOut.get(namespace) ?? new Set<string>()
    if (keys.size === 0) this.#leftOut.set(namespace, keys)
    if (!keys.has(key)) this.#count++
    keys.add(key)
  }

  #forget(key: string): void {
    const namespace = namespaceOf(key)
    const keys = this.#leftOut.get(namespace)
    if (keys?.delete(key) !== true) return
    this.#count--
    if (keys.size === 0) this.#leftOut.delete(namespace)
  }
}

function share(key: string, item: unknown): void {
  shareTexts(key)
  shareTexts(item)
}
