import { known, unknown } from '../engine/facts.ts'
import type { Autoscaler } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import { sameJson } from '../kube/json.ts'
import { type WorkloadKey, workloadRef } from '../kube/workload-key.ts'
import { targetKeyOf } from '../inventory/autoscalers.ts'
import { ownerKeyOf } from '../inventory/budgets.ts'
import type { ClusterCache } from './cluster-cache.ts'
import type { ClusterView, ExistingNamespace, Surroundings } from './cluster-view.ts'
import type { Inventory, Listener } from '../inventory/inventory.ts'
import type { KeptWorkload } from '../inventory/transform.ts'
import { keyOfWorkload } from '../inventory/workloads.ts'
import { budgetsReaching, workloadsReached } from '../inventory/runtime-labels.ts'

/** Apart from its version, which every change of its status moves. */
function saysTheSame(before: Budget, after: Budget): boolean {
  const { resourceVersion } = after.metadata
  if (resourceVersion === undefined) return sameJson(before, after)
  return sameJson({ ...before, metadata: { ...before.metadata, resourceVersion } }, after)
}

/** What those that share pods with a workload ask about it. */
function shownToOthers({ podLabels, selector, metadata: { ownerReferences = [] } }: KeptWorkload): unknown {
  return [podLabels, selector ?? 'none', ownerReferences]
}

function isSameToOthers(before: KeptWorkload | undefined, after: KeptWorkload | undefined): boolean {
  if (before === undefined || after === undefined) return false
  return before === after || sameJson(shownToOthers(before), shownToOthers(after))
}

function present<T>(...things: readonly (T | undefined)[]): T[] {
  return things.filter((thing) => thing !== undefined)
}

/** Finds out on which workloads a change bears. */
class Bearings implements Listener {
  readonly #inventory: Inventory
  readonly #tell: (keys: ReadonlySet<WorkloadKey>) => void

  constructor(inventory: Inventory, tell: (keys: ReadonlySet<WorkloadKey>) => void) {
    this.#inventory = inventory
    this.#tell = tell
  }

  /** Where thousands share their labels, to tell all of them of each that scales, or comes again in a fresh list, would take minutes. */
  workload(_key: string, before: KeptWorkload | undefined, after: KeptWorkload | undefined): void {
    const keys = new Set<WorkloadKey>()
    for (const workload of new Set(present(before, after))) {
      keys.add(keyOfWorkload(workload))
      if (isSameToOthers(before, after)) continue
      for (const other of this.#inventory.workloads.overlapping(workload)) keys.add(keyOfWorkload(other))
    }
    this.#say(keys)
  }

  autoscaler(_key: string, ...versions: readonly [Autoscaler | undefined, Autoscaler | undefined]): void {
    this.#say(new Set(present(...versions).map(targetKeyOf)))
  }

  budget(_key: string, before: Budget | undefined, after: Budget | undefined): void {
    const unmoved = before !== undefined && after !== undefined && before !== after && saysTheSame(before, after)
    if (unmoved) return
    const keys = new Set<WorkloadKey>()
    for (const budget of new Set(present(before, after))) {
      const { metadata, spec } = budget
      const selected = this.#inventory.workloads.matching(metadata.namespace ?? '', spec.selector)
      for (const workload of selected) keys.add(keyOfWorkload(workload))
      for (const workload of workloadsReached(this.#inventory, budget)) keys.add(keyOfWorkload(workload))
      const owner = ownerKeyOf(budget)
      if (owner !== undefined) keys.add(owner)
    }
    this.#say(keys)
  }

  namespace(name: string, before: ExistingNamespace | undefined, after: ExistingNamespace | undefined): void {
    if (before === undefined && after === undefined) return
    this.#say(new Set(Array.from(this.#inventory.workloads.matching(name, {}), keyOfWorkload)))
  }

  #say(keys: ReadonlySet<WorkloadKey>): void {
    if (keys.size > 0) this.#tell(keys)
  }
}

function around(inventory: Inventory, key: WorkloadKey): Surroundings {
  const { workloads, namespaces, budgets } = inventory
  const ref = workloadRef(key)
  const kept = workloads.get(ref)
  return {
    workload: kept === undefined ? undefined : inventory.whole(kept),
    namespace: namespaces.get(ref.namespace),
    budgets:
      kept === undefined
        ? []
        : [...budgets.selecting(ref.namespace, kept.podLabels), ...budgetsReaching(inventory, kept)],
    // Only where a companion is wanted does anybody ask, and anybody may have thousands of workloads with the same labels.
    get overlapping() {
      return kept === undefined ? [] : Array.from(workloads.overlapping(kept), (other) => inventory.whole(other))
    },
    companions: budgets.companionsOf(key)
  }
}

/** What the controller reads of the cache. */
export function buildClusterView(cache: ClusterCache): ClusterView {
  const { inventory } = cache
  const { workloads, budgets, listeners } = inventory
  return {
    *keys() {
      for (const workload of workloads.all()) yield keyOfWorkload(workload)
      for (const owner of budgets.owners()) if (workloads.get(workloadRef(owner)) === undefined) yield owner
    },
    around: (key) => {
      const doubt = cache.doubtOf('workloads', 'namespaces', 'budgets', 'autoscalers')
      return doubt === undefined ? known(around(inventory, key)) : unknown(doubt)
    },
    budgetNamed: (namespace, name) => {
      const doubt = cache.doubtOf('budgets')
      return doubt === undefined ? known(budgets.get(namespace, name)) : unknown(doubt)
    },
    onChange: (tell) => {
      const bearings = new Bearings(inventory, tell)
      listeners.add(bearings)
      return () => listeners.delete(bearings)
    }
  }
}
