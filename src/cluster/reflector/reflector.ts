import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from '../api/api-error.ts'
import { Backoff, jittered } from '../api/backoff.ts'
import { type Collection, type Entry, keyOf, toEntry } from './collection.ts'
import { confirmVersion, listAll } from './list.ts'
import type { Store } from '../../inventory/object-store.ts'
import type { Problem } from './problem.ts'
import { canResume } from './resume.ts'
import { defaultTimings, type Timings } from './timings.ts'
import { type WatchEvent, watchFrom } from './watch.ts'

export type { Problem } from './problem.ts'

export interface ReflectorOptions<T> extends Collection<T> {
  store: Store<T>
  onProblem: (problem: Problem) => void
  /** Whether the resource may be missing, such as a custom resource that is not installed. It is then empty. */
  optional?: boolean
  timings?: Partial<Timings>
}

/** Keeps a store in sync with a collection of the API server. It continues until it is stopped, whatever happens. */
export interface Reflector {
  readonly path: string
  /** The store has had the whole collection once. */
  readonly synced: boolean
  /** There is no such resource, for now. */
  readonly absent: boolean
  /**
   * Milliseconds since the API server last said how things are, by a whole list, an event, a bookmark or in opening a watch from where
   * we are; Infinity before it ever did. In a collection in which nothing happens it comes to a little over `quietMs`.
   */
  readonly freshness: number
  /** Settles with the first sync, or when stopped before. */
  readonly firstSync: Promise<void>
  /** Final: the store no longer changes. */
  stop(): void
}

/** The store is up to date, but somebody who was told did not cope: a fresh list tells again. */
class HandlerFailure extends Error {}

/**
 * After so many watches in a row that told nothing, the server is asked whether it knows our version. A watch from a version of the future
 * opens all the same, and skips every event up to that version: an etcd that was restored from a backup would leave us behind for good.
 */
const mostUnheard = 10

class RunningReflector<T> implements Reflector {
  readonly path: string
  readonly #options: ReflectorOptions<T>
  readonly #timings: Timings
  readonly #backoff: Backoff
  readonly #stopping = new AbortController()
  readonly #firstSync = Promise.withResolvers<void>()
  /** Up to where the store is told; undefined where only a list can tell. */
  #resourceVersion: string | undefined
  #doing: 'list' | 'watch' = 'list'
  #lifeAt = -Infinity
  /** The watch, by the server. */
  #opened = false
  /** How many watches in a row were opened and told nothing. */
  #unheard = 0
  #synced = false
  #absent = false

  constructor(options: ReflectorOptions<T>) {
    this.path = options.path
    this.#options = options
    this.#timings = { ...defaultTimings, ...options.timings }
    this.#backoff = new Backoff(this.#timings)
  }

  get synced(): boolean {
    return this.#synced
  }

  get absent(): boolean {
    return this.#absent
  }

  get freshness(): number {
    return performance.now() - this.#lifeAt
  }

  get firstSync(): Promise<void> {
    return this.#firstSync.promise
  }

  stop(): void {
    this.#stopping.abort()
    this.#firstSync.resolve()
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const waitMs = await this.#follow().catch((error: unknown) => this.#recover(error))
      await sleep(waitMs, undefined, { signal }).catch(() => {})
    }
  }

  /** Until the server ends the watch, or there is nothing to watch. Gives how long to wait then. */
  async #follow(): Promise<number> {
    if (this.#resourceVersion === undefined) await this.#list()
    if (this.#absent) return jittered(this.#timings.absentMs)
    const resourceVersion = this.#resourceVersion ?? ''
    if (this.#unheard >= mostUnheard) await this.#confirm(resourceVersion)
    await this.#watch(resourceVersion)
    return this.#backoff.nextMs()
  }

  async #list(): Promise<void> {
    const { signal } = this.#stopping
    this.#doing = 'list'
    this.#opened = false
    const onMalformed = (entry: Entry<T>) => this.#reportOdd(entry)
    const listing = await listAll(this.#options, { signal, onMalformed }).catch((error: unknown) =>
      this.#missing(error)
    )
    signal.throwIfAborted()
    this.#lifeAt = performance.now()
    this.#absent = listing === undefined
    try {
      this.#tell((store) => store.replace(listing?.items ?? new Map<string, T>()))
    } finally {
      this.#synced = true
      this.#firstSync.resolve()
    }
    this.#resourceVersion = listing?.resourceVersion
    this.#unheard = 0
  }

  async #confirm(resourceVersion: string): Promise<void> {
    const { signal } = this.#stopping
    this.#doing = 'watch'
    this.#opened = false
    await confirmVersion(this.#options, { resourceVersion, signal })
    this.#unheard = 0
  }

  #missing(error: unknown): undefined {
    if (this.#options.optional !== true || !(error instanceof ApiError) || error.status !== 404) throw error
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { signal } = this.#stopping
    const { watchSeconds, quietMs, steadyMs } = this.#timings
    const [least, most] = watchSeconds
    this.#doing = 'watch'
    this.#opened = false
    const began = performance.now()
    const onOpen = () => {
      this.#opened = true
      this.#unheard++
      this.#lifeAt = performance.now()
    }
    try {
      const seconds = randomInt(least, most + 1)
      for await (const event of watchFrom(this.#options, { resourceVersion, seconds, quietMs, onOpen, signal })) {
        signal.throwIfAborted()
        this.#lifeAt = performance.now()
        this.#unheard = 0
        this.#take(event)
        this.#resourceVersion = event.resourceVersion
      }
    } finally {
      if (performance.now() - began >= steadyMs) this.#backoff.reset()
    }
  }

  #take({ type, object }: WatchEvent): void {
    if (type === 'bookmark') return
    const entry = type === 'delete' ? { key: keyOf(object), item: undefined } : toEntry(this.#options, object)
    if (entry.error !== undefined) this.#reportOdd(entry)
    const { key, item } = entry
    this.#tell((store) => (item === undefined ? store.delete(key) : store.set(key, item)))
  }

  #tell(change: (store: Store<T>) => void): void {
    try {
      change(this.#options.store)
    } catch (cause) {
      throw new HandlerFailure('a handler failed', { cause })
    }
  }

  /** Gives how long to wait. */
  #recover(error: unknown): number {
    // A watch that fell silent may only have had nothing to say: whether the server is there, the next one shows.
    const quiet = this.#opened && error instanceof DOMException && error.name === 'TimeoutError'
    if (!canResume(error, this.#opened)) this.#resourceVersion = undefined
    // Whatever answers after a failure may be another server: it is asked as soon as the next watch tells nothing.
    else if (!quiet) this.#unheard = Math.max(this.#unheard, mostUnheard - 1)
    const retryAfterSeconds = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0
    const nextMs = this.#backoff.nextMs() + retryAfterSeconds * 1000
    if (error instanceof HandlerFailure) this.#report({ in: 'handler', error: error.cause, nextMs })
    else if (!quiet) this.#report({ in: this.#doing, error, nextMs })
    return nextMs
  }

  #reportOdd({ key, error }: Entry<T>): void {
    this.#report({ in: 'object', key, error })
  }

  #report(problem: Omit<Problem, 'path'>): void {
    if (this.#stopping.signal.aborted) return
    try {
      this.#options.onProblem({ path: this.path, ...problem })
    } catch {
      // A failure to report a failure can be reported to nobody; the reflector goes on all the same.
    }
  }
}

/** Lists the collection and watches it from there on. It lists again only where a watch cannot go on from the last version. */
export function startReflector<T>(options: ReflectorOptions<T>): Reflector {
  const reflector = new RunningReflector(options)
  void reflector.run()
  return reflector
}
