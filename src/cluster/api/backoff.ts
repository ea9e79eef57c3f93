export interface BackoffLimits {
  firstMs: number
  longestMs: number
}

/** How long to wait before the next attempt: longer each time, with a jitter, so that replicas do not ask in step. */
export class Backoff {
  readonly #limits: BackoffLimits
  #waitMs: number

  constructor(limits: BackoffLimits) {
    this.#limits = limits
    this.#waitMs = limits.firstMs
  }

  nextMs(): number {
    const waitMs = this.#waitMs
    this.#waitMs = Math.min(waitMs * 2, this.#limits.longestMs)
    return jittered(waitMs)
  }

  reset(): void {
    this.#waitMs = this.#limits.firstMs
  }
}

/** Between half of the time and the whole. */
export function jittered(milliseconds: number): number {
  return Math.round(milliseconds * (0.5 + Math.random() / 2))
}
