import type { ClusterView, Surroundings } from '../../src/inventory/cluster-view.ts'
import { claimOf } from '../../src/companion/claim.ts'
import { type Action, type Plan, planFor } from '../../src/companion/plan.ts'
import { Withheld } from '../../src/companion/withheld.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { RuntimeLabels } from '../../src/inventory/runtime-labels.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import { known } from '../../src/inventory/fact.ts'
import type { Budget } from '../../src/kube/budget.ts'
import type { BudgetStatus } from '../../src/kube/budget-status.ts'
import { disruptionsOf, podsOfWorkload } from '../../src/kube/disruptions.ts'
import { labelsOfJobPods } from '../../src/kube/job-pods.ts'
import { sameJson } from '../../src/kube/json.ts'
import { type Labels, selectorMatches } from '../../src/kube/label-selector.ts'
import { type WorkloadKey, workloadKey, workloadRef } from '../../src/kube/workload-key.ts'
import { optedIn, rules, web } from './scene.ts'

export const giveWayAfterMs = 600_000

export const kinds = new Map([
  ['apps/Deployment', { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' }]
])

/** Pods that are no workload's. None has a controller with a scale. */
export interface Stranger {
  podLabels: Labels
  /** Of a Job, whose label it then has. */
  isJob: boolean
}

const start = Date.parse('2026-11-21T04:00:00Z')

/** What a controller that keeps blocking does not do. */
export type Flaw = 'never gives way' | 'never withdraws' | 'sees templates only'

/**
 * A namespace, what the API server makes of writes to it, and what the disruption controller makes of both. Every change makes new objects,
 * so a copy of the maps is a moment kept.
 */
export class World {
  readonly flaw: Flaw | undefined
  optedIn = true
  /** Milliseconds since the epoch. */
  now = start
  readonly strangers = new Map<string, Stranger>()
  /** How many pods of a workload are not ready, and stay so. */
  readonly unready = new Map<string, number>()
  /** What the controller remembers. */
  withheld = new Withheld(() => this.now)
  /** What the configuration of the controller says. */
  maxUnavailable: number | string = 1
  readonly workloads = new Map<string, ExistingWorkload>()
  readonly budgets = new Map<string, Budget>()
  /** The labels of pods of older templates, which run on. */
  readonly older = new Map<string, readonly Labels[]>()
  /** The labels that a controller has given one pod of a workload beside those of its template. */
  readonly given = new Map<string, Labels>()
  #version = 0

  constructor(flaw?: Flaw) {
    this.flaw = flaw
  }

  get version(): string {
    this.#version += 1
    return String(this.#version)
  }

  /** As it is now, whatever happens afterwards. */
  snapshot(): World {
    const copy = new World(this.flaw)
    copy.optedIn = this.optedIn
    for (const [name, workload] of this.workloads) copy.workloads.set(name, workload)
    for (const [name, budget] of this.budgets) copy.budgets.set(name, budget)
    return copy
  }

  putBudget(name: string, metadata: Budget['metadata'], spec: Budget['spec']): void {
    const uid = this.budgets.get(name)?.metadata.uid ?? `uid-${this.version}`
    const whole = { ...metadata, name, namespace: 'shop', uid, resourceVersion: this.version }
    this.budgets.set(name, {
      kind: 'PodDisruptionBudget',
      metadata: whole,
      spec,
      ...staleOf(this.budgets.get(name)),
      object: {}
    })
  }

  /** Writes the status of every budget, as the disruption controller does sooner or later. */
  count(): void {
    for (const [name, budget] of this.budgets) {
      const { metadata, status: before } = budget
      const after = this.#statusOf(budget)
      const since = before?.stall?.since ?? this.now
      const status = after.stall === undefined ? after : { ...after, stall: { ...after.stall, since } }
      if (sameJson(before, status)) continue
      this.budgets.set(name, { ...budget, metadata: { ...metadata, resourceVersion: this.version }, status })
    }
  }

  /** The labels of the pods of a workload, each once. */
  podsOf(name: string): readonly Labels[] {
    const templates = [this.workloads.get(name)?.podLabels ?? {}, ...(this.older.get(name) ?? [])]
    const more = this.given.get(name)
    return more === undefined ? templates : templates.flatMap((labels) => [labels, { ...labels, ...more }])
  }

  /** How many pods of a workload are ready. */
  healthyOf({ replicas = 0, metadata: { name = '' } }: ExistingWorkload): number {
    return Math.max(0, replicas - (this.unready.get(name) ?? 0))
  }

  #statusOf({ spec, status }: Budget): BudgetStatus {
    const workloads = [...this.workloads.values()].filter(({ podLabels }) => selectorMatches(spec.selector, podLabels))
    const strangers = [...this.strangers.values()].filter(({ podLabels, isJob }) => {
      return selectorMatches(spec.selector, isJob ? labelsOfJobPods(podLabels) : podLabels)
    })
    const healthy = workloads.reduce((sum, workload) => sum + this.healthyOf(workload), 0)
    const uncounted = strangers.map(() => ({ kind: 'Workflow', replicas: 1, scalable: false }))
    const counts = disruptionsOf(spec, [...workloads.map(podsOfWorkload), ...uncounted], healthy)
    if (typeof counts !== 'object') {
      const { expectedPods = 0, currentHealthy = 0, isCurrent = false } = status ?? {}
      const message = 'workflows.example.com does not implement the scale subresource'
      return { isCurrent, expectedPods, currentHealthy, stall: { reason: 'SyncFailed', message, since: 0 } }
    }
    const { expectedPods, disruptionsAllowed } = counts
    const stall = disruptionsAllowed > 0 ? undefined : { reason: 'InsufficientPods', message: '', since: 0 }
    return { isCurrent: true, expectedPods, currentHealthy: healthy, stall }
  }

  selecting({ podLabels }: ExistingWorkload): readonly Budget[] {
    return [...this.budgets.values()].filter(({ spec }) => selectorMatches(spec.selector, podLabels))
  }

  /** Does what the controller would, seeing the world as `seen`. Whether there was anything to do. */
  act(key: WorkloadKey, seen: World): boolean {
    const { maxUnavailable, now, flaw, withheld } = this
    const giveWayMs = flaw === 'never gives way' ? 0 : giveWayAfterMs
    const view = viewOf(flaw === 'never withdraws' ? withoutFailures(seen) : seen, flaw !== 'sees templates only')
    const why = (uid: string) => withheld.why(uid)
    const { owner, actions, desired } = planFor(key, {
      view,
      rules,
      maxUnavailable,
      giveWayMs,
      kinds,
      now,
      withheld: why
    })
    for (const action of actions) this.#write(action, owner)
    const isWithdrawn = actions.length > 0 && desired.verdict === 'none' && desired.reason === 'withdrawn'
    if (isWithdrawn && owner.uid !== undefined) withheld.hold(owner.uid, desired.why)
    return actions.length > 0
  }

  #write(action: Action, owner: Plan['owner']): void {
    if (action.do === 'create') {
      const { metadata, spec } = action.manifest
      const isThere = this.workloads.get(owner.ref.name)?.metadata.uid === owner.uid
      if (isThere && !this.budgets.has(metadata.name)) this.putBudget(metadata.name, metadata, spec)
      return
    }
    const { name = '', uid } = action.live.metadata
    const live = this.budgets.get(name)
    if (live === undefined || live.metadata.uid !== uid || claimOf(live, owner.ref, owner.uid) === 'foreign') return
    if (action.do === 'remove') this.budgets.delete(name)
    // Both bounds at once are refused. Who saw the budget before it got the other one looks again; who goes on never comes to rest.
    else if (live.spec.minAvailable === undefined)
      this.putBudget(name, action.manifest.metadata, { ...live.spec, ...action.manifest.spec })
  }
}

/** A new spec has to be counted again. */
function staleOf(before: Budget | undefined): { status?: BudgetStatus } {
  return before?.status === undefined ? {} : { status: { ...before.status, isCurrent: false } }
}

function withoutFailures(seen: World): World {
  for (const [name, { status, ...budget }] of seen.budgets) {
    if (status?.stall?.reason === 'SyncFailed') seen.budgets.set(name, budget)
  }
  return seen
}

export function keyOf(name: string): WorkloadKey {
  return workloadKey({ ...web, name })
}

/** The inventory of a controller that has just started. */
function inventoryOf({ workloads, budgets }: World): Inventory {
  const inventory = new Inventory()
  inventory.visitKinds(({ kind, store }) => {
    const objects = kind.kind === 'Deployment' ? workloads : kind.kind === 'PodDisruptionBudget' ? budgets : new Map()
    for (const [name, object] of objects) store.set(`shop/${name}`, object as never)
  })
  return inventory
}

function around(world: World, key: WorkloadKey, byRuntimeLabels: boolean): Surroundings {
  const ref = workloadRef(key)
  const workload = world.workloads.get(ref.name)
  const all = [...world.budgets.values()]
  const others = [...world.workloads.values()].filter((other) => other !== workload)
  return {
    workload,
    namespace: { labels: world.optedIn ? optedIn : {}, terminating: false },
    budgets:
      workload === undefined
        ? []
        : [
            ...world.selecting(workload),
            ...(byRuntimeLabels ? new RuntimeLabels(inventoryOf(world)).budgetsReaching(workload) : [])
          ],
    overlapping:
      workload === undefined
        ? []
        : others.filter(
            ({ podLabels, selector }) =>
              selectorMatches(workload.selector, podLabels) || selectorMatches(selector, workload.podLabels)
          ),
    companions: all.filter((budget) => claimOf(budget, ref, workload?.metadata.uid) !== 'foreign')
  }
}

function viewOf(world: World, byRuntimeLabels: boolean): ClusterView {
  return {
    keys: () => [...world.workloads.keys()].map(keyOf),
    around: (key) => known(around(world, key, byRuntimeLabels)),
    budgetNamed: (_namespace, name) => known(world.budgets.get(name)),
    onChange: () => () => {}
  }
}
