import type { Autoscaler } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import { sameJson } from '../kube/json.ts'
import type { WorkloadKey } from '../kube/workload-key.ts'
import { targetKeyOf } from './autoscalers.ts'
import { ownerKeyOf } from './budgets.ts'
import type { Inventory, Listener } from './inventory.ts'
import { workloadsReached } from './runtime-labels.ts'
import type { ExistingNamespace } from './transform.ts'
import { keyOfWorkload, type KeptWorkload } from './workloads.ts'

/** Finds the workloads that a change affects. */
export class AffectedWorkloads implements Listener {
  readonly #inventory: Inventory
  readonly #tell: (keys: ReadonlySet<WorkloadKey>) => void

  constructor(inventory: Inventory, tell: (keys: ReadonlySet<WorkloadKey>) => void) {
    this.#inventory = inventory
    this.#tell = tell
  }

  /**
   * If thousands of workloads share labels, notifying all of them of every change, or of every item of a fresh list, would take minutes.
   */
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

/** Ignores the resourceVersion, which every status change moves. */
function saysTheSame(before: Budget, after: Budget): boolean {
  const { resourceVersion } = after.metadata
  if (resourceVersion === undefined) return sameJson(before, after)
  return sameJson({ ...before, metadata: { ...before.metadata, resourceVersion } }, after)
}

/** The part of a workload that matters to other workloads that share its pods. */
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
