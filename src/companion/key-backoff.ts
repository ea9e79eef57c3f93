import { jittered } from '../cluster/api/backoff.ts'

export interface KeyBackoffLimits {
  firstMs: number
  longestMs: number
}

interface Held {
  times: number
  until: number
}

/** After how many times its longest wait without a hold a key starts anew. */
const quietFactor = 5
const mostHeld = 10_000

/** Holds keys back, each for longer the oftener it was held before; with a jitter, so that they do not come back in step. */
export class KeyBackoff<K> {
  readonly #limits: KeyBackoffLimits
  readonly #now: () => number
  readonly #held = new Map<K, Held>()

  constructor(limits: KeyBackoffLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  /** Holds the key from now on, and gives for how long; milliseconds. */
  hold(key: K): number {
    const { firstMs, longestMs } = this.#limits
    const times = this.#heldOf(key)?.times ?? 0
    const waitMs = jittered(Math.min(firstMs * 2 ** times, longestMs))
    if (this.#held.size >= mostHeld) for (const old of this.#held.keys()) this.#heldOf(old)
    this.#held.set(key, { times: times + 1, until: this.#now() + waitMs })
    return waitMs
  }

  /** How long the key is still held; 0 where it is not. */
  waitMs(key: K): number {
    const held = this.#heldOf(key)
    return held === undefined ? 0 : Math.max(0, held.until - this.#now())
  }

  forget(key: K): void {
    this.#held.delete(key)
  }

  #heldOf(key: K): Held | undefined {
    const held = this.#held.get(key)
    if (held === undefined || this.#now() - held.until < this.#limits.longestMs * quietFactor) return held
    this.#held.delete(key)
    return undefined
  }
}
