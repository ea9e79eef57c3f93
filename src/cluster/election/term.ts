/** The time in which this process alone may act. */
export interface Term {
  /**
   * Asked before each write: a process that was suspended past the end runs on with what it was about to do, before any timer tells
   * it. To ask is to look at the clock.
   */
  readonly held: boolean
  /** Aborts when the term ends. */
  readonly signal: AbortSignal
}

/** A term that ends by itself unless it is extended in time. */
export class HeldTerm implements Term {
  readonly #now: () => number
  readonly #ending = new AbortController()
  #until: number
  #timer: NodeJS.Timeout | undefined

  constructor(until: number, now: () => number) {
    this.#until = until
    this.#now = now
    this.#arm()
  }

  get held(): boolean {
    if (this.leftMs <= 0) this.end(new Error('the lease was not renewed in time'))
    return !this.#ending.signal.aborted
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  get leftMs(): number {
    return this.#until - this.#now()
  }

  /** Too late is too late: what is over is not extended. */
  extend(until: number): void {
    if (this.held) this.#until = until
  }

  end(reason: Error): void {
    clearTimeout(this.#timer)
    this.#ending.abort(reason)
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      if (this.held) this.#arm()
    }, this.leftMs)
  }
}
