import type { Api } from '../cluster/api/api.ts'
import { hasStatus } from '../cluster/api/api-error.ts'
import { toMicroTime } from '../kube/micro-time.ts'
import { buildEvent, type ObjectEvent, eventName } from './event.ts'
import type { EventResult } from './metrics.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

export interface EventRecorderOptions {
  api: Pick<Api, 'send'>
  /** The process that reports: at most 128 characters. */
  instance: string
  onResult: (result: EventResult, error?: unknown) => void
  rate?: Rate
}

/** How often an Event was written, and when last, by a clock that never goes back. */
interface Series {
  count: number
  at: number
}

const defaultRate: Rate = { perSecond: 10, burst: 100 }
const mostWaiting = 1000
const mostRemembered = 5000
const quietMs = 60_000
const timeoutMs = 10_000

/**
 * Writes Events, so that owners see what happens to their objects. It writes one at a time, within a rate limit. It
 * drops and counts Events beyond the limit, and does not repeat an Event within a minute. Nothing waits for it.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #bucket: TokenBucket
  readonly #waiting = new Map<string, ObjectEvent>()
  readonly #series = new Map<string, Series>()
  #timer: NodeJS.Timeout | undefined
  #busy = false
  #stopped = false

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#bucket = new TokenBucket(options.rate ?? defaultRate, () => performance.now())
  }

  record(event: ObjectEvent): void {
    const name = eventName(event)
    const last = this.#series.get(name)
    if (this.#stopped || (last !== undefined && performance.now() - last.at < quietMs)) return
    if (this.#waiting.size >= mostWaiting) this.#options.onResult('dropped')
    else this.#waiting.set(name, event)
    this.#next()
  }

  /** Drops what is not written yet. */
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

  async #write(name: string, event: ObjectEvent): Promise<void> {
    this.#bucket.take()
    this.#waiting.delete(name)
    try {
      const count = await this.#send(name, event)
      this.#remember(name, count)
      this.#options.onResult('written')
    } catch (error) {
      this.#options.onResult('failed', error)
    }
    this.#busy = false
    if (!this.#stopped) this.#next()
  }

  /** Returns how often it has happened. */
  async #send(name: string, event: ObjectEvent): Promise<number> {
    const { api, instance } = this.#options
    const { namespace } = event.regarding
    const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`
    const at = new Date()
    try {
      await api.send({ method: 'POST', path, body: buildEvent(event, { instance, at }), timeoutMs })
      return 1
    } catch (error) {
      if (!hasStatus(error, 409)) throw error
    }
    const count = (this.#series.get(name)?.count ?? 1) + 1
    const body = { series: { count, lastObservedTime: toMicroTime(at) } }
    const contentType = 'application/merge-patch+json'
    await api.send({ method: 'PATCH', path: `${path}/${name}`, body, contentType, timeoutMs })
    return count
  }

  #remember(name: string, count: number): void {
    this.#series.delete(name)
    this.#series.set(name, { count, at: performance.now() })
    const [oldest] = this.#series.keys()
    if (oldest !== undefined && this.#series.size > mostRemembered) this.#series.delete(oldest)
  }
}
