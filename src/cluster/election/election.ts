import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../api/api.ts'
import { hasStatus } from '../api/api-error.ts'
import { Deadline } from '../api/deadline.ts'
import { type Holding, Lease } from './lease.ts'
import { type Leadership, TimedLeadership } from './leadership.ts'

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
  /** The work of a leader. It must end soon after its leadership does; only then may this process lead again. */
  lead: (leadership: Leadership) => Promise<void>
  /** Called with what kept it from asking or renewing, and why leadership ended early or the work failed. */
  onProblem: (error: unknown) => void
  timings?: Partial<ElectionTimings>
  now?: () => number
}

export interface Election {
  /** This process leads, by the clock. */
  readonly leading: boolean
  /** Ends leadership, waits for the work to end and releases the lease, so that another can lead at once. Final. */
  stop(): Promise<void>
}

class RunningElection implements Election {
  readonly #options: ElectionOptions
  readonly #timings: ElectionTimings
  readonly #now: () => number
  readonly #lease: Lease
  readonly #stopping = new AbortController()
  #leadership: TimedLeadership | undefined
  #over: Promise<void> = Promise.resolve()

  constructor(options: ElectionOptions) {
    const { now = () => performance.now(), timings, ...lease } = options
    this.#options = options
    this.#timings = { ...defaultTimings, ...timings }
    this.#now = now
    this.#lease = new Lease({ ...lease, now, durationMs: this.#timings.durationMs })
  }

  get leading(): boolean {
    return this.#leadership?.held === true
  }

  start(): void {
    this.#over = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#leadership?.end(new Error('the election was stopped'))
    await this.#over
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const asked = this.#now()
      const holding = await this.#acquireOrRenew(this.#requestMs)
      if (holding?.held === true) await this.#lead(asked)
      await sleep(this.#pauseAfter(holding), undefined, { signal }).catch(() => {})
    }
  }

  /** Half, so that one request that hangs does not cost leadership. */
  get #requestMs(): number {
    return this.#timings.renewDeadlineMs / 2
  }

  /** Not beyond the moment when the lease becomes free. */
  #pauseAfter(holding: Holding | undefined): number {
    const pauseMs = this.#timings.retryMs * (1 + Math.random() * jitter)
    if (holding === undefined || holding.held) return pauseMs
    return Math.min(pauseMs, holding.leftMs + Math.random() * 100)
  }

  /** Undefined where it cannot be told. The end of leadership does not abort it: a lease can be released only as it is known to be. */
  async #acquireOrRenew(milliseconds: number): Promise<Holding | undefined> {
    try {
      return await this.#within(milliseconds, (signal) => this.#lease.acquireOrRenew(signal))
    } catch (error) {
      // Another was faster; the next look shows who.
      if (!hasStatus(error, 409)) this.#report(error)
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

  /** Leadership is counted from before the request: others may have seen the lease acquired or renewed as early as that. */
  async #lead(asked: number): Promise<void> {
    const leadership = new TimedLeadership(asked + this.#timings.renewDeadlineMs, this.#now)
    this.#leadership = leadership
    if (this.#stopping.signal.aborted) leadership.end(new Error('the election was stopped'))
    let ended = false
    const work = this.#work(leadership).finally(() => {
      ended = !leadership.signal.aborted
      leadership.end(new Error('the work is over'))
    })
    await this.#renew(leadership)
    const lost = !ended && !this.#stopping.signal.aborted
    if (lost) this.#report(leadership.signal.reason)
    await work
    if (!lost || this.#stopping.signal.aborted) await this.#release()
  }

  async #work(leadership: TimedLeadership): Promise<void> {
    try {
      if (leadership.held) await this.#options.lead(leadership)
    } catch (error) {
      if (error !== leadership.signal.reason) this.#report(error)
    }
  }

  /** Until leadership is over. */
  async #renew(leadership: TimedLeadership): Promise<void> {
    for (;;) {
      await sleep(this.#timings.retryMs, undefined, { signal: leadership.signal }).catch(() => {})
      if (!leadership.held) return
      const asked = this.#now()
      const holding = await this.#acquireOrRenew(Math.min(this.#requestMs, leadership.leftMs))
      if (holding?.held === true) leadership.extend(asked + this.#timings.renewDeadlineMs)
      if (holding?.held === false) leadership.end(new Error(`${holding.holder} holds the lease`))
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
      // The election goes on, though its problem cannot be reported.
    }
  }
}

/** Lets this process lead while no other does, again and again until it is stopped. */
export function startElection(options: ElectionOptions): Election {
  const election = new RunningElection(options)
  election.start()
  return election
}
