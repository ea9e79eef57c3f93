import type { Budget } from '../kube/budget.ts'
import { type WorkloadKey, workloadRef } from '../kube/workload-key.ts'
import { AffectedWorkloads, type IsAsked } from './affected-workloads.ts'
import { type Fact, known, unknown } from './fact.ts'
import type { Inventory } from './inventory.ts'
import { type Readiness, whyUnready } from './readiness.ts'
import type { Source } from './source.ts'
import { RuntimeLabels } from './runtime-labels.ts'
import type { ExistingNamespace } from './transform.ts'
import { type ExistingWorkload, keyOfWorkload } from './workloads.ts'

/** A workload and everything that decides about its companion, at one moment. */
export interface Surroundings {
  /** With the autoscaler that drives it. Undefined once it is gone. */
  workload: ExistingWorkload | undefined
  namespace: ExistingNamespace | undefined
  /**
   * The budgets that select its pods, including companions, with uid and owners. Other budgets that may select its pods by labels that
   * the template does not have are included too.
   */
  budgets: readonly Budget[]
  /** The other workloads that share pods with it: its selector matches theirs, or theirs its. */
  overlapping: readonly ExistingWorkload[]
  /** The companions that name it as their controller, whatever their selector and uid. */
  companions: readonly Budget[]
}

/** What the controller reads of a cluster. It answers from memory. */
export interface ClusterView {
  /** Every existing workload, and every workload that a companion names as its controller. */
  keys(): Iterable<WorkloadKey>
  /** Unknown while one of its lists is missing or stale: then the controller must change nothing. */
  around(key: WorkloadKey): Fact<Surroundings>
  /** The budget with that name, companion or not. */
  budgetNamed(namespace: string, name: string): Fact<Budget | undefined>
  /**
   * Calls back with the workloads that a change affects, and their namespace, once the view shows the change. A budget affects the workloads
   * that it selected before and selects now, and its controller; an autoscaler its targets; a namespace all its workloads. The workloads
   * are found while the listener goes through them, which it may do later. An error of the callback goes to the feeder of the inventory.
   * Returns a function that unsubscribes.
   */
  onChange(listener: (keys: Iterable<WorkloadKey>, namespace: string) => void): () => void
}

const surrounding: readonly Source[] = ['workloads', 'namespaces', 'budgets', 'autoscalers']

/**
 * What the controller reads of an inventory. Where no workload may have a companion, a change affects only the workload itself, or the one
 * that it names; by default all may.
 */
export function buildClusterView(
  inventory: Inventory,
  readiness: Readiness,
  isAsked: IsAsked = () => true
): ClusterView {
  const { workloads, budgets, listeners } = inventory
  const runtimeLabels = new RuntimeLabels(inventory)
  return {
    *keys() {
      for (const workload of workloads.all()) yield keyOfWorkload(workload)
      for (const owner of budgets.owners()) if (workloads.get(workloadRef(owner)) === undefined) yield owner
    },
    around: (key) => {
      const why = whyUnready(readiness, surrounding) ?? inventory.whyPartial(surrounding, workloadRef(key).namespace)
      return why === undefined ? known(around(inventory, key, runtimeLabels)) : unknown(why)
    },
    budgetNamed: (namespace, name) => {
      const why = readiness.whyUnready('budgets') ?? inventory.whyPartial(['budgets'], namespace)
      return why === undefined ? known(budgets.get(namespace, name)) : unknown(why)
    },
    onChange: (tell) => {
      const affected = new AffectedWorkloads({ inventory, runtimeLabels, isAsked, tell })
      listeners.add(affected)
      return () => listeners.delete(affected)
    }
  }
}

function around(inventory: Inventory, key: WorkloadKey, runtimeLabels: RuntimeLabels): Surroundings {
  const { workloads, namespaces, budgets } = inventory
  const ref = workloadRef(key)
  const kept = workloads.get(ref)
  let overlapping: ExistingWorkload[] | undefined
  return {
    workload: kept === undefined ? undefined : inventory.whole(kept),
    namespace: namespaces.get(ref.namespace),
    // Only where a companion is wanted does anybody ask for these two: anybody may have thousands of objects with the same labels.
    get budgets() {
      if (kept === undefined) return []
      return [...budgets.selecting(ref.namespace, kept.podLabels), ...runtimeLabels.budgetsReaching(kept)]
    },
    get overlapping() {
      if (kept === undefined) return []
      return (overlapping ??= Array.from(workloads.overlapping(kept), (other) => inventory.whole(other)))
    },
    companions: budgets.companionsOf(key)
  }
}
