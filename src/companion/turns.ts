interface Group<K> {
  keys: Set<K>
  /** What more keys are to be drawn from. */
  feeds: Iterator<K>[]
}

/** To draw a key takes a small part of what it takes to find out about one. */
const mostDrawn = 64

/**
 * Keys that wait in groups. The groups take turns of one step each, so that one with thousands of keys delays the key of another by no
 * more than a step.
 */
export class Turns<K> {
  readonly #groupOf: (key: K) => string
  /** The first is the next to have a turn. */
  readonly #groups = new Map<string, Group<K>>()
  #size = 0

  constructor(groupOf: (key: K) => string) {
    this.#groupOf = groupOf
  }

  /** How many keys and feeds wait. */
  get size(): number {
    return this.#size
  }

  add(key: K): void {
    const { keys } = this.#open(this.#groupOf(key))
    if (!keys.has(key)) this.#size++
    keys.add(key)
  }

  delete(key: K): void {
    const name = this.#groupOf(key)
    const group = this.#groups.get(name)
    if (group?.keys.delete(key) !== true) return
    this.#size--
    if (group.keys.size === 0 && group.feeds.length === 0) this.#groups.delete(name)
  }

  /** Adds keys that are yet to be found, each in a turn of the group. */
  feed(group: string, keys: Iterable<K>): void {
    this.#open(group).feeds.push(keys[Symbol.iterator]())
    this.#size++
  }

  /**
   * Does one step, and gives the key that is due; undefined after a step of another sort. A group finds its keys before it gives one away:
   * those that are found twice are due once.
   */
  next(): K | undefined {
    const [first] = this.#groups
    if (first === undefined) return undefined
    const [name, group] = first
    const due = group.feeds.length > 0 ? this.#draw(group) : takeFrom(group.keys)
    if (due !== undefined) this.#size--
    this.#groups.delete(name)
    if (group.keys.size > 0 || group.feeds.length > 0) this.#groups.set(name, group)
    return due
  }

  clear(): void {
    this.#groups.clear()
    this.#size = 0
  }

  /** Gives no key: what is drawn waits among the others of its group. */
  #draw({ feeds }: Group<K>): undefined {
    for (let left = mostDrawn; left > 0; left--) {
      const drawn = feeds[0]?.next()
      if (drawn === undefined || drawn.done === true) {
        feeds.shift()
        this.#size--
        return
      }
      this.add(drawn.value)
    }
  }

  #open(name: string): Group<K> {
    const group = this.#groups.get(name) ?? { keys: new Set<K>(), feeds: [] }
    this.#groups.set(name, group)
    return group
  }
}

function takeFrom<K>(keys: Set<K>): K | undefined {
  for (const key of keys) {
    keys.delete(key)
    return key
  }
  return undefined
}
