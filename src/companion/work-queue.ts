import { KeyBackoff } from './key-backoff.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'
import { Turns } from './turns.ts'

/** What there is to do for a key, as of now. */
export interface Task {
  /** Goes before all that is not, and past the rate. */
  urgent: boolean
  run: () => Promise<void>
}

export interface WorkQueueOptions<K> {
  /** What a key takes; undefined: nothing. Asked often, and at once before it runs, so it must be quick and do nothing. */
  taskFor: (key: K) => Task | undefined
  onError: (key: K, error: unknown, nextMs: number) => void
  /** The group that the key has its turns with: many keys of one group delay no other. By default all are one. */
  groupOf?: (key: K) => string
  /** Of tasks that are not urgent. */
  rate: Rate
  /** How long a failure asks everybody to wait, as an overloaded API server does; milliseconds. */
  pauseMs?: (error: unknown) => number
  /** In milliseconds, from a clock that never goes back. */
  now?: () => number
}

const workers = { urgent: 16, ordinary: 4 }
const sliceMs = 10

type Lane = keyof typeof workers

interface Delayed {
  timer: NodeJS.Timeout
  at: number
}

/**
 * Works off keys, each by one worker at a time. What a key takes is found out when it is added, so that an urgent one is seen at once
 * however many others wait; and again before it runs, for things may have changed. A key that is added while it waits keeps its place, so
 * that one that changes all the time has its turn, too. A key that is done again and again waits longer each time: two that undo each
 * other's work must not keep the API server busy.
 */
export class WorkQueue<K> {
  readonly #options: WorkQueueOptions<K>
  readonly #now: () => number
  readonly #bucket: TokenBucket
  readonly #fresh: Turns<K>
  readonly #waiting: Record<Lane, Turns<K>>
  readonly #running: Record<Lane, Set<K>> = { urgent: new Set(), ordinary: new Set() }
  /** Added while it ran. */
  readonly #again = new Set<K>()
  readonly #delayed = new Map<K, Delayed>()
  readonly #backoff: Record<Lane, KeyBackoff<K>>
  #pump: NodeJS.Immediate | undefined
  #tokenTimer: NodeJS.Timeout | undefined
  #pausedUntil = 0
  #stopped = false
  readonly #runs = new Set<Promise<void>>()

  constructor(options: WorkQueueOptions<K>) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#bucket = new TokenBucket(options.rate, this.#now)
    const groupOf = options.groupOf ?? (() => '')
    this.#fresh = new Turns(groupOf)
    this.#waiting = { urgent: new Turns(groupOf), ordinary: new Turns(groupOf) }
    this.#backoff = {
      urgent: new KeyBackoff({ firstMs: 100, longestMs: 10_000 }, this.#now),
      ordinary: new KeyBackoff({ firstMs: 250, longestMs: 60_000 }, this.#now)
    }
  }

  /** How many keys wait or run. */
  get depth(): number {
    const { urgent, ordinary } = this.#waiting
    return this.#fresh.size + urgent.size + ordinary.size + this.#delayed.size + this.#inHand
  }

  get #inHand(): number {
    return this.#running.urgent.size + this.#running.ordinary.size
  }

  add(key: K): void {
    if (this.#stopped) return
    if (this.#isRunning(key)) this.#again.add(key)
    else this.#fresh.add(key)
    this.#pump ??= setImmediate(() => this.#routeFresh())
  }

  /** Adds keys that take time to find. They are found in the turns of the group, a slice at a time. */
  addAll(group: string, keys: Iterable<K>): void {
    if (this.#stopped) return
    this.#fresh.feed(group, keys)
    this.#pump ??= setImmediate(() => this.#routeFresh())
  }

  /** Of several times the earliest counts, as in client-go's delaying queue: a key that is put off all the time has its turn, too. */
  addAfter(key: K, ms: number): void {
    if (this.#stopped) return
    const at = this.#now() + ms
    const delayed = this.#delayed.get(key)
    if (delayed !== undefined && delayed.at <= at) return
    clearTimeout(delayed?.timer)
    const wake = () => {
      this.#delayed.delete(key)
      this.add(key)
    }
    this.#delayed.set(key, { timer: setTimeout(wake, ms), at })
  }

  /** Final: no new work starts. Settles when the running work has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearImmediate(this.#pump)
    clearTimeout(this.#tokenTimer)
    for (const { timer } of this.#delayed.values()) clearTimeout(timer)
    const { urgent, ordinary } = this.#waiting
    for (const keys of [this.#fresh, this.#again, this.#delayed, urgent, ordinary]) keys.clear()
    await Promise.all(this.#runs)
  }

  #isRunning(key: K): boolean {
    return this.#running.urgent.has(key) || this.#running.ordinary.has(key)
  }

  /** Finds out about what was added, a slice at a time, so that the rest of the process gets its turns. */
  #routeFresh(): void {
    this.#pump = undefined
    const end = this.#now() + sliceMs
    while (this.#fresh.size > 0 && this.#now() <= end) {
      const key = this.#fresh.next()
      if (key === undefined) continue
      if (this.#isRunning(key)) this.#again.add(key)
      else this.#route(key)
    }
    this.#dispatch()
    if (this.#fresh.size > 0) this.#pump ??= setImmediate(() => this.#routeFresh())
  }

  #taskFor(key: K): Task | undefined {
    try {
      return this.#options.taskFor(key)
    } catch (error) {
      this.#failed(key, 'ordinary', error)
      return undefined
    }
  }

  #route(key: K, task = this.#taskFor(key)): void {
    const lane = task === undefined ? undefined : task.urgent ? 'urgent' : 'ordinary'
    const waitMs = lane === undefined ? 0 : this.#backoff[lane].waitMs(key)
    const into = waitMs > 0 ? undefined : lane
    // Where it waits already, it keeps its place.
    if (into !== 'urgent') this.#waiting.urgent.delete(key)
    if (into !== 'ordinary') this.#waiting.ordinary.delete(key)
    if (lane === undefined) return
    if (into === undefined) return this.addAfter(key, waitMs)
    clearTimeout(this.#delayed.get(key)?.timer)
    this.#delayed.delete(key)
    this.#waiting[into].add(key)
  }

  #dispatch(): void {
    while (this.#waiting.urgent.size > 0 && this.#running.urgent.size < workers.urgent) this.#begin('urgent')
    while (this.#waiting.ordinary.size > 0 && this.#running.ordinary.size < workers.ordinary) {
      const waitMs = Math.max(this.#bucket.waitMs, this.#pausedUntil - this.#now())
      if (waitMs > 0) return this.#dispatchAfter(waitMs)
      this.#begin('ordinary')
    }
  }

  #dispatchAfter(waitMs: number): void {
    clearTimeout(this.#tokenTimer)
    this.#tokenTimer = setTimeout(() => this.#dispatch(), waitMs)
  }

  #begin(lane: Lane): void {
    const key = this.#waiting[lane].next()
    const task = key === undefined ? undefined : this.#taskFor(key)
    if (key === undefined || task === undefined) return
    if (lane === 'urgent' && !task.urgent) return this.#route(key, task)
    const now = task.urgent ? 'urgent' : lane
    if (now === 'ordinary') this.#bucket.take()
    this.#running[now].add(key)
    const run = this.#run(key, now, task).finally(() => this.#runs.delete(run))
    this.#runs.add(run)
  }

  async #run(key: K, lane: Lane, task: Task): Promise<void> {
    try {
      await task.run()
      if (lane === 'urgent') this.#backoff.urgent.forget(key)
      else this.#backoff.ordinary.hold(key)
    } catch (error) {
      if (!this.#stopped) this.#failed(key, lane, error)
    }
    this.#running[lane].delete(key)
    if (this.#stopped) return
    if (this.#again.delete(key)) this.add(key)
    this.#dispatch()
  }

  #failed(key: K, lane: Lane, error: unknown): void {
    const nextMs = this.#backoff[lane].hold(key)
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#now() + (this.#options.pauseMs?.(error) ?? 0))
    this.addAfter(key, nextMs)
    this.#options.onError(key, error, nextMs)
  }
}
