import type { Logger } from 'pino'
import { hasStatus } from '../cluster/api/api-error.ts'
import { jittered } from '../cluster/api/backoff.ts'
import type { ClusterView } from '../inventory/cluster-view.ts'
import type { CompanionRules } from '../engine/companion-wish.ts'
import type { Budget } from '../kube/budget.ts'
import { controllerOf } from '../kube/metadata.ts'
import type { ResourceKind } from '../kube/resource-kind.ts'
import { type WorkloadKey, workloadRef } from '../kube/workload-key.ts'
import type { CompanionApi } from './companion-api.ts'
import type { CompanionEvent } from './event.ts'
import type { CompanionMetrics } from './metrics.ts'
import { type Action, type Plan, planFor, type Removal } from './plan.ts'
import { type CompanionState, stateOf, States } from './state.ts'
import type { Rate } from './token-bucket.ts'
import { type Task, WorkQueue } from './work-queue.ts'
import { Withheld } from './withheld.ts'
import { WorkloadEvents } from './workload-events.ts'

export interface ReconcilerOptions {
  view: ClusterView
  api: CompanionApi
  recordEvent: (event: CompanionEvent) => void
  rules: CompanionRules
  /** What a companion allows whose workload does not say otherwise. */
  maxUnavailable: number | string
  /** How long unready pods may keep the healthy ones from being evicted; 0: for ever. */
  giveWayMs: number
  /** The kinds that the rules name, and where the API server has them. */
  kinds: readonly ResourceKind[]
  /** The rate of writes, except those that end a collision. */
  rate: Rate
  /** How often every workload is planned for, changed or not. */
  resyncMs: number
  metrics: CompanionMetrics
  log: Logger
}

const lookMs = 15_000
/** The turns in which all keys are gone through: those of no namespace. */
const everywhere = ''

/** As long as an overloaded API server asks for. */
function pauseMs(error: unknown): number {
  return hasStatus(error, 429) ? (error.retryAfterSeconds ?? 1) * 1000 : 0
}

/** Creates, updates and removes companions for as long as this process leads. */
class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #kinds: ReadonlyMap<string, ResourceKind>
  readonly #queue: WorkQueue<WorkloadKey>
  readonly #states = new States()
  readonly #events: WorkloadEvents
  readonly #withheld = new Withheld(() => performance.now())

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#kinds = new Map(options.kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]))
    this.#events = new WorkloadEvents(options.recordEvent)
    this.#queue = new WorkQueue({
      rate: options.rate,
      taskFor: (key) => this.#taskFor(key),
      groupOf: (key) => workloadRef(key).namespace,
      onError: (key, error, nextMs) => this.#failed(key, error, nextMs),
      pauseMs
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    // At once, so that a write that the end aborts does not count as failed.
    signal.addEventListener('abort', () => resolve(this.#queue.stop()), { once: true })
    const { view, metrics, resyncMs } = this.#options
    metrics.states = () => this.#states.counts
    metrics.queueDepth = () => this.#queue.depth
    const unsubscribe = view.onChange((keys, namespace) => this.#queue.addAll(namespace, keys))
    const resync = setInterval(() => this.#queue.addAll(everywhere, view.keys()), resyncMs)
    this.#queue.addAll(everywhere, view.keys())
    await ended
    unsubscribe()
    clearInterval(resync)
    metrics.states = () => new Map()
  }

  #taskFor(key: WorkloadKey): Task | undefined {
    const { view, rules, maxUnavailable, giveWayMs, log } = this.#options
    const withheld = (uid: string) => this.#withheld.why(uid)
    const now = Date.now()
    const plan = planFor(key, { view, rules, maxUnavailable, giveWayMs, kinds: this.#kinds, withheld, now })
    const state = stateOf(plan)
    const isNew = this.#states.set(key, state)
    if (isNew && state === 'would-keep') log.info({ workload: key }, 'a companion would be kept')
    if (state === 'opted-out') this.#withheld.forget(plan.owner.uid ?? '')
    this.#events.planned(key, plan)
    const againMs = this.#againMs(plan, state, now)
    if (againMs !== undefined) this.#queue.addAfter(key, againMs)
    return plan.actions.length === 0 ? undefined : { urgent: plan.urgent, run: () => this.#carryOut(key, plan) }
  }

  /** When to plan again though nothing changes: in so many milliseconds. Undefined if a change tells. */
  #againMs({ desired, owner: { uid = '' } }: Plan, state: CompanionState | undefined, now: number): number | undefined {
    // No change tells that a list is fresh again, or that a name is free that other pods' budget had.
    if (state === 'unknown' || state === 'name-taken') return jittered(lookMs)
    if (state === 'withdrawn') return this.#withheld.waitMs(uid) || undefined
    if (desired.verdict !== 'keep' || desired.lookAgainAt === undefined) return undefined
    return Math.max(0, desired.lookAgainAt - now)
  }

  async #carryOut(key: WorkloadKey, plan: Plan): Promise<void> {
    for (const action of plan.actions) {
      const { name: budget } = (action.do === 'remove' ? action.live : action.manifest).metadata
      if (!(await this.#write(key, action, plan))) continue
      this.#options.metrics.wrote(action.do)
      const why = action.do === 'remove' ? action.why : undefined
      this.#options.log.info({ workload: key, budget, action: action.do, why }, 'companion')
      if (action.do === 'remove') this.#removed(plan, action)
    }
  }

  #removed(plan: Plan, action: Removal): void {
    this.#events.removed(plan, action)
    const { desired, owner } = plan
    if (desired.verdict !== 'none' || desired.reason !== 'withdrawn' || owner.uid === undefined) return
    this.#withheld.hold(owner.uid, desired.why)
  }

  /** Whether it was written. Otherwise things have changed: the cache will show how, and then there is another plan. */
  async #write(key: WorkloadKey, action: Action, plan: Plan): Promise<boolean> {
    if (!(await this.#isStillDue(action, plan))) return false
    try {
      return await this.#send(action, plan)
    } catch (error) {
      this.#events.refused(key, plan, action, error)
      throw error
    }
  }

  /** The cache learns of deletions a moment late, and of the companion's sooner than of the workload's, perhaps. */
  async #isStillDue(action: Action, plan: Plan): Promise<boolean> {
    if (action.do === 'update') return true
    if (action.do === 'remove') return !(await this.#isStillThere(action.live, plan))
    return plan.kind !== undefined && this.#options.api.isThere(plan.owner, plan.kind)
  }

  async #send(action: Action, { owner }: Plan): Promise<boolean> {
    const { api } = this.#options
    if (action.do === 'remove') return api.remove(action.live, owner)
    if (action.do === 'update') return api.update(action.manifest, action.live, owner)
    await api.create(action.manifest)
    return true
  }

  /** Of a workload that looks gone: one that says what cannot be read is on no list of ours either. */
  async #isStillThere(companion: Budget, { desired, owner: { ref }, kind }: Plan): Promise<boolean> {
    if (desired.verdict !== 'gone' || kind === undefined) return false
    return this.#options.api.isThere({ ref, uid: controllerOf(companion.metadata)?.uid }, kind)
  }

  #failed(key: WorkloadKey, err: unknown, nextMs: number): void {
    const { metrics, log } = this.#options
    metrics.failed()
    log.warn({ err, workload: key, nextMs }, 'a companion is not up to date yet')
  }
}

/** Settles once the signal has aborted and no write is under way. */
export function reconcile(options: ReconcilerOptions, signal: AbortSignal): Promise<void> {
  return new Reconciler(options).run(signal)
}
