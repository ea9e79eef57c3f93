import type { Logger } from 'pino'
import { ApiError } from '../cluster/api/api-error.ts'
import { jittered } from '../cluster/api/backoff.ts'
import type { ClusterView } from '../cluster/cluster-view.ts'
import type { CompanionRules } from '../engine/companion-wish.ts'
import type { Budget } from '../kube/budget.ts'
import { controllerOf } from '../kube/metadata.ts'
import type { ResourceKind } from '../kube/resource-kind.ts'
import type { WorkloadKey } from '../kube/workload-key.ts'
import type { CompanionApi } from './companion-api.ts'
import type { Announcement } from './event.ts'
import { type Look, lookAt } from './look.ts'
import type { CompanionMetrics } from './metrics.ts'
import { Notices } from './notices.ts'
import { stateOf, States } from './state.ts'
import type { Step } from './steps.ts'
import type { Rate } from './token-bucket.ts'
import { type Task, WorkQueue } from './work-queue.ts'

export interface ReconcilerOptions {
  view: ClusterView
  api: CompanionApi
  announce: (announcement: Announcement) => void
  rules: CompanionRules
  /** Those that the rules name, and where the API server has them. */
  kinds: readonly ResourceKind[]
  /** Of writes, but for those that end a collision. */
  rate: Rate
  /** How often all is looked at, changed or not. */
  resyncMs: number
  metrics: CompanionMetrics
  log: Logger
}

const againMs = 15_000

/** As long as an overloaded API server asks for. */
function pauseMs(error: unknown): number {
  return error instanceof ApiError && error.status === 429 ? (error.retryAfterSeconds ?? 1) * 1000 : 0
}

/** Brings the companions to where they should be, and keeps them there, for as long as this process leads. */
class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #kinds: ReadonlyMap<string, ResourceKind>
  readonly #queue: WorkQueue<WorkloadKey>
  readonly #states = new States()
  readonly #notices: Notices

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#kinds = new Map(options.kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]))
    this.#notices = new Notices(options.announce)
    this.#queue = new WorkQueue({
      rate: options.rate,
      taskFor: (key) => this.#taskFor(key),
      onError: (key, error, nextMs) => this.#failed(key, error, nextMs),
      pauseMs
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    // At once, so that what the end breaks off does not count as failed.
    signal.addEventListener('abort', () => resolve(this.#queue.stop()), { once: true })
    const { view, metrics, resyncMs } = this.#options
    metrics.states = () => this.#states.counts
    metrics.queueDepth = () => this.#queue.depth
    const unsubscribe = view.onChange((keys) => this.#addAll(keys))
    const resync = setInterval(() => this.#addAll(view.keys()), resyncMs)
    this.#addAll(view.keys())
    await ended
    unsubscribe()
    clearInterval(resync)
    metrics.states = () => new Map()
  }

  #addAll(keys: Iterable<WorkloadKey>): void {
    for (const key of keys) this.#queue.add(key)
  }

  #taskFor(key: WorkloadKey): Task | undefined {
    const { view, rules, log } = this.#options
    const look = lookAt(key, { view, rules, kinds: this.#kinds })
    const state = stateOf(look)
    const isNew = this.#states.set(key, state)
    if (isNew && state === 'would-keep') log.info({ workload: key }, 'a companion would be kept')
    this.#notices.looked(key, look)
    // Nobody tells when a list is fresh again, or when a name is free that was taken for other pods.
    if (state === 'unknown' || state === 'name-taken') this.#queue.addAfter(key, jittered(againMs))
    return look.steps.length === 0 ? undefined : { urgent: look.urgent, run: () => this.#take(key, look) }
  }

  async #take(key: WorkloadKey, look: Look): Promise<void> {
    for (const step of look.steps) {
      const { name: budget } = (step.do === 'remove' ? step.live : step.manifest).metadata
      if (!(await this.#write(step, look))) continue
      this.#options.metrics.wrote(step.do)
      const why = step.do === 'remove' ? step.why : undefined
      this.#options.log.info({ workload: key, budget, action: step.do, why }, 'companion')
      if (step.do === 'remove') this.#notices.removed(look, step)
    }
  }

  /** Whether it was written. Else things have changed: the cache will show how, and then there is another look. */
  async #write(step: Step, look: Look): Promise<boolean> {
    const { owner, kind } = look
    const { api } = this.#options
    if (step.do === 'remove') return !(await this.#isStillThere(step.live, look)) && api.remove(step.live, owner)
    if (step.do === 'update') return api.update(step.manifest, step.live, owner)
    // The cache learns of deletions a moment late, and of the companion's sooner than of the workload's, perhaps.
    if (kind === undefined || !(await api.isThere(owner, kind))) return false
    await api.create(step.manifest)
    return true
  }

  /** Of a workload that looks gone: one that says what cannot be read is on no list of ours either. */
  async #isStillThere(companion: Budget, { desired, owner: { ref }, kind }: Look): Promise<boolean> {
    if (desired.verdict !== 'gone' || kind === undefined) return false
    return this.#options.api.isThere({ ref, uid: controllerOf(companion.metadata)?.uid }, kind)
  }

  #failed(key: WorkloadKey, err: unknown, nextMs: number): void {
    const { metrics, log } = this.#options
    metrics.failed()
    log.warn({ err, workload: key, nextMs }, 'a companion is not up to date yet')
  }
}

/** Settles once the signal has ended it and nothing is under way any more. */
export function reconcile(options: ReconcilerOptions, signal: AbortSignal): Promise<void> {
  return new Reconciler(options).run(signal)
}
