/** Bytes, by `sizeOf`. */
export interface RoomLimits {
  /** Of one object. */
  object: number
  /** Of all objects of a namespace, so that no tenant takes the room of the others. */
  namespace: number
  all: number
}

const mebibyte = 1024 * 1024

/** The limits of an inventory that may take so many bytes. */
export function roomOf(all: number): RoomLimits {
  return { object: 64 * 1024, namespace: Math.max(all / 4, mebibyte), all }
}

/** The memory that an inventory may take, and does take, in total and for each namespace. */
export class Room {
  readonly limits: RoomLimits
  readonly #byNamespace = new Map<string, number>()
  #used = 0
  #taken = 0

  constructor(limits: RoomLimits) {
    this.limits = limits
  }

  /** Bytes. */
  get used(): number {
    return this.#used
  }

  /** How many objects were ever kept. While it stays the same, none has come. */
  get taken(): number {
    return this.#taken
  }

  /** The namespaces with objects that are kept. */
  namespaces(): readonly string[] {
    return [...this.#byNamespace.keys()]
  }

  usedBy(namespace: string): number {
    return this.#byNamespace.get(namespace) ?? 0
  }

  /** Whether all room is taken, so that something must be dropped before anything else is kept. */
  isFullFor(size: number): boolean {
    return this.#used + size > this.limits.all
  }

  /** Whether an object of this size can never be kept, or not beside the others of its namespace. */
  refuses(namespace: string, size: number): boolean {
    if (size > this.limits.object) return true
    // Tenants cannot write nodes and namespaces.
    return namespace !== '' && this.usedBy(namespace) + size > this.limits.namespace
  }

  take(namespace: string, size: number): void {
    this.#used += size
    if (size > 0) this.#taken++
    const used = this.usedBy(namespace) + size
    if (used <= 0) this.#byNamespace.delete(namespace)
    else this.#byNamespace.set(namespace, used)
  }
}
