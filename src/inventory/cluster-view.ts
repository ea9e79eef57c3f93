import type { Budget } from '../kube/budget.ts'
import { type WorkloadKey, workloadRef } from '../kube/workload-key.ts'
import { AffectedWorkloads } from './affected-workloads.ts'
import { type Fact, known, unknown } from './fact.ts'
import type { Inventory } from './inventory.ts'
import { type Readiness, whyUnready } from './readiness.ts'
import type { Source } from './source.ts'
import { budgetsReaching } from './runtime-labels.ts'
import type { ExistingNamespace } from './transform.ts'
import { type ExistingWorkload, keyOfWorkload } from './workloads.ts'

/** A workload and everything that decides about its companion, at one moment. */
export interface Surroundings {
  /** With the autoscaler that drives it. Undefined once it is gone. */
  workload: ExistingWorkload | undefined
  namespace: ExistingNamespace | undefined
  /**
   * The budgets that select its pods, including companions, with uid, resourceVersion and owners. Other budgets that may select its pods
   * by labels that pods get only at run time are included too.
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
   * Calls back with the workloads that a change affects, synchronously, once the view shows the change. A budget affects the workloads
   * that it selected before and selects now, and its controller; an autoscaler its targets; a namespace all its workloads. An error of the
   * callback goes to the feeder of the inventory. Returns a function that unsubscribes.
   */
  onChange(listener: (keys: Iterable<WorkloadKey>) => void): () => void
}

const surrounding: readonly Source[] = ['workloads', 'namespaces', 'budgets', 'autoscalers']

/** What the controller reads of an inventory. */
export function buildClusterView(inventory: Inventory, readiness: Readiness): ClusterView {
  const { workloads, budgets, listeners } = inventory
  return {
    *keys() {
      for (const workload of workloads.all()) yield keyOfWorkload(workload)
      for (const owner of budgets.owners()) if (workloads.get(workloadRef(owner)) === undefined) yield owner
    },
    around: (key) => {
      const why = whyUnready(readiness, surrounding) ?? inventory.whyPartial(surrounding, workloadRef(key).namespace)
      return why === undefined ? known(around(inventory, key)) : unknown(why)
    },
    budgetNamed: (namespace, name) => {
      const why = readiness.whyUnready('budgets') ?? inventory.whyPartial(['budgets'], namespace)
      return why === undefined ? known(budgets.get(namespace, name)) : unknown(why)
    },
    onChange: (tell) => {
      const affected = new AffectedWorkloads(inventory, tell)
      listeners.add(affected)
      return () => listeners.delete(affected)
    }
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
