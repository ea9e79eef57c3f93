import type { Api } from '../cluster/api/api.ts'
import { ApiError } from '../cluster/api/api-error.ts'
import { type Announcement, buildEvent, eventName, toMicroTime } from './event.ts'
import type { Announced } from './metrics.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

export interface EventWriterOptions {
  api: Pick<Api, 'send'>
  /** The process that reports: at most 128 characters. */
  instance: string
  onResult: (result: Announced, error?: unknown) => void
  rate?: Rate
}

/** What was written of an event, and when; by a clock that never goes back. */
interface Written {
  count: number
  at: number
}

const defaultRate: Rate = { perSecond: 10, burst: 100 }
const mostWaiting = 1000
const mostRemembered = 5000
const quietMs = 60_000
const timeoutMs = 10_000

/**
 * Tells owners of workloads what became of their companions. One at a time and not too many: what does not fit is dropped and counted,
 * and the same thing is not said again within a minute. Nothing waits for it.
 */
export class EventWriter {
  readonly #options: EventWriterOptions
  readonly #bucket: TokenBucket
  readonly #waiting = new Map<string, Announcement>()
  readonly #written = new Map<string, Written>()
  #timer: NodeJS.Timeout | undefined
  #busy = false
  #stopped = false

  constructor(options: EventWriterOptions) {
    this.#options = options
    this.#bucket = new TokenBucket(options.rate ?? defaultRate, () => performance.now())
  }

  announce(announcement: Announcement): void {
    const name = eventName(announcement)
    const written = this.#written.get(name)
    if (this.#stopped || (written !== undefined && performance.now() - written.at < quietMs)) return
    if (this.#waiting.size >= mostWaiting) this.#options.onResult('dropped')
    else this.#waiting.set(name, announcement)
    this.#next()
  }

  /** What waits is not written any more. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  #next(): void {
    const [first] = this.#waiting
    if (this.#busy || first === undefined) return
    this.#busy = true
    this.#timer = setTimeout(() => void this.#write(...first), this.#bucket.waitMs)
  }

  async #write(name: string, announcement: Announcement): Promise<void> {
    this.#bucket.take()
    this.#waiting.delete(name)
    try {
      const count = await this.#send(name, announcement)
      this.#remember(name, count)
      this.#options.onResult('written')
    } catch (error) {
      this.#options.onResult('failed', error)
    }
    this.#busy = false
    if (!this.#stopped) this.#next()
  }

  /** Gives how often it was said by now. */
  async #send(name: string, announcement: Announcement): Promise<number> {
    const { api, instance } = this.#options
    const { namespace } = announcement.regarding
    const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`
    const at = new Date()
    try {
      await api.send({ method: 'POST', path, body: buildEvent(announcement, { instance, at }), timeoutMs })
      return 1
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error
    }
    const count = (this.#written.get(name)?.count ?? 1) + 1
    const body = { series: { count, lastObservedTime: toMicroTime(at) } }
    const contentType = 'application/merge-patch+json'
    await api.send({ method: 'PATCH', path: `${path}/${name}`, body, contentType, timeoutMs })
    return count
  }

  #remember(name: string, count: number): void {
    this.#written.delete(name)
    this.#written.set(name, { count, at: performance.now() })
    const [oldest] = this.#written.keys()
    if (oldest !== undefined && this.#written.size > mostRemembered) this.#written.delete(oldest)
  }
}
