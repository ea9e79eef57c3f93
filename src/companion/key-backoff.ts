import { jittered } from '../cluster/api/backoff.ts'

export interface KeyBackoffLimits {
  firstMs: number
  longestMs: number
}

interface Held {
  times: number
  until: number
}

/** After how many times its longest wait without a hold a key starts from the first wait again. */
const quietFactor = 5
const mostRecent = 10_000

/**
 * Holds keys back, each for longer the oftener it was held before; with a jitter, so that they do not come back in step. It remembers at
 * least the latest 10 000 keys and at most twice as many: full, the recent ones become the older ones, and those before are forgotten. So
 * a hold costs the same however many are remembered, and two that undo each other's work are never among the forgotten.
 */
export class KeyBackoff<K> {
  readonly #limits: KeyBackoffLimits
  readonly #now: () => number
  #recent = new Map<K, Held>()
  #older = new Map<K, Held>()

  constructor(limits: KeyBackoffLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  /** Holds the key from now on, and gives for how long; milliseconds. */
  hold(key: K): number {
    const { firstMs, longestMs } = this.#limits
    const times = this.#heldOf(key)?.times ?? 0
    const waitMs = jittered(Math.min(firstMs * 2 ** times, longestMs))
    if (this.#recent.size >= mostRecent) [this.#older, this.#recent] = [this.#recent, new Map()]
    this.#recent.set(key, { times: times + 1, until: this.#now() + waitMs })
    return waitMs
  }

  /** How long the key is still held; 0 where it is not. */
  waitMs(key: K): number {
    const held = this.#heldOf(key)
    return held === undefined ? 0 : Math.max(0, held.until - this.#now())
  }

  forget(key: K): void {
    this.#recent.delete(key)
    this.#older.delete(key)
  }

  #heldOf(key: K): Held | undefined {
    const held = this.#recent.get(key) ?? this.#older.get(key)
    if (held === undefined || this.#now() - held.until < this.#limits.longestMs * quietFactor) return held
    this.forget(key)
    return undefined
  }
}
