import type { Api, Call } from '../api/api.ts'

/** The time in which this process alone may act. */
export interface Leadership {
  /**
   * Read it before each write: it looks at the clock. A process that was suspended past the end goes on with what it was about to do
   * before any timer fires.
   */
  readonly held: boolean
  /** Aborts when leadership ends. */
  readonly signal: AbortSignal
}

/**
 * The API server for as long as the leadership lasts. The clock is read at each request, so a process that was suspended past the end
 * sends nothing more; a request that is under way at the end is aborted.
 */
export function buildLeaderApi(api: Pick<Api, 'send'>, leadership: Leadership): Pick<Api, 'send'> {
  return {
    async send(call: Call) {
      if (!leadership.held) leadership.signal.throwIfAborted()
      return api.send({ ...call, signal: leadership.signal })
    }
  }
}

/** Leadership that ends by itself unless it is extended in time. */
export class TimedLeadership implements Leadership {
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

  /** Does nothing once it is over. */
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
