import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../api/api.ts'
import { ApiError } from '../api/api-error.ts'
import { Deadline } from '../api/deadline.ts'
import { type Claim, Lease } from './lease.ts'
import { HeldTerm, type Term } from './term.ts'

/** In milliseconds; as those of client-go's leader election. */
export interface ElectionTimings {
  /** For how long others leave the lease to a leader that they see no longer renewing it. */
  durationMs: number
  /** For how long a leader goes on that cannot renew. Shorter, so that it has stopped before another begins. */
  renewDeadlineMs: number
  retryMs: number
}

const defaultTimings: ElectionTimings = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 }
const jitter = 1.2

export interface ElectionOptions {
  api: Api
  /** Of the Lease. */
  namespace: string
  name: string
  /** Of this process and no other, not even of its own successor. */
  identity: string
  /** The work of a leader. It ends soon after its term does, and only then may this process lead again. */
  lead: (term: Term) => Promise<void>
  /** Told what kept it from asking or renewing, and why a term ended early or the work failed. */
  onProblem: (error: unknown) => void
  timings?: Partial<ElectionTimings>
  now?: () => number
}

export interface Election {
  /** This process leads, by the clock. */
  readonly leading: boolean
  /** Ends the term, waits for the work to end and gives the lease up, so that another can lead at once. Final. */
  stop(): Promise<void>
}

class RunningElection implements Election {
  readonly #options: ElectionOptions
  readonly #timings: ElectionTimings
  readonly #now: () => number
  readonly #lease: Lease
  readonly #stopping = new AbortController()
  #term: HeldTerm | undefined
  #over: Promise<void> = Promise.resolve()

  constructor(options: ElectionOptions) {
    const { now = () => performance.now(), timings, ...lease } = options
    this.#options = options
    this.#timings = { ...defaultTimings, ...timings }
    this.#now = now
    this.#lease = new Lease({ ...lease, now, durationMs: this.#timings.durationMs })
  }

  get leading(): boolean {
    return this.#term?.held === true
  }

  start(): void {
    this.#over = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#term?.end(new Error('the election was stopped'))
    await this.#over
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const asked = this.#now()
      const claim = await this.#claim(this.#requestMs)
      if (claim?.held === true) await this.#lead(asked)
      await sleep(this.#pauseAfter(claim), undefined, { signal }).catch(() => {})
    }
  }

  /** Half, so that one request that hangs does not cost the term. */
  get #requestMs(): number {
    return this.#timings.renewDeadlineMs / 2
  }

  /** Not beyond the moment when the lease becomes free. */
  #pauseAfter(claim: Claim | undefined): number {
    const pauseMs = this.#timings.retryMs * (1 + Math.random() * jitter)
    if (claim === undefined || claim.held) return pauseMs
    return Math.min(pauseMs, claim.leftMs + Math.random() * 100)
  }

  /** Undefined where it cannot be told. It is not cut short by the end of a term: a lease is given up only as it is known to be. */
  async #claim(milliseconds: number): Promise<Claim | undefined> {
    try {
      return await this.#within(milliseconds, (signal) => this.#lease.claim(signal))
    } catch (error) {
      // Another was faster; the next look shows who.
      if (!(error instanceof ApiError && error.status === 409)) this.#report(error)
      return undefined
    }
  }

  async #within<T>(milliseconds: number, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new Deadline(undefined, milliseconds, 'no answer about the lease')
    try {
      return await request(deadline.signal)
    } finally {
      deadline.close()
    }
  }

  /** The term is counted from before the request: others may have seen the lease taken or renewed as early as that. */
  async #lead(asked: number): Promise<void> {
    const term = new HeldTerm(asked + this.#timings.renewDeadlineMs, this.#now)
    this.#term = term
    if (this.#stopping.signal.aborted) term.end(new Error('the election was stopped'))
    let ended = false
    const work = this.#work(term).finally(() => {
      ended = !term.signal.aborted
      term.end(new Error('the work is over'))
    })
    await this.#renew(term)
    const lost = !ended && !this.#stopping.signal.aborted
    if (lost) this.#report(term.signal.reason)
    await work
    if (!lost || this.#stopping.signal.aborted) await this.#release()
  }

  async #work(term: HeldTerm): Promise<void> {
    try {
      if (term.held) await this.#options.lead(term)
    } catch (error) {
      if (error !== term.signal.reason) this.#report(error)
    }
  }

  /** Until the term is over. */
  async #renew(term: HeldTerm): Promise<void> {
    for (;;) {
      await sleep(this.#timings.retryMs, undefined, { signal: term.signal }).catch(() => {})
      if (!term.held) return
      const asked = this.#now()
      const claim = await this.#claim(Math.min(this.#requestMs, term.leftMs))
      if (claim?.held === true) term.extend(asked + this.#timings.renewDeadlineMs)
      if (claim?.held === false) term.end(new Error(`${claim.holder} holds the lease`))
    }
  }

  async #release(): Promise<void> {
    await this.#within(this.#requestMs, (signal) => this.#lease.release(signal)).catch((error: unknown) => {
      this.#report(error)
    })
  }

  #report(error: unknown): void {
    try {
      this.#options.onProblem(error)
    } catch {
      // The election goes on, whoever cannot be told of its problems.
    }
  }
}

/** Lets this process lead while no other does, again and again until it is stopped. */
export function startElection(options: ElectionOptions): Election {
  const election = new RunningElection(options)
  election.start()
  return election
}
