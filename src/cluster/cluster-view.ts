import type { ExistingWorkload, Fact } from '../engine/facts.ts'
import type { Budget } from '../kube/budget.ts'
import type { Labels } from '../kube/label-selector.ts'
import type { WorkloadKey } from '../kube/workload-key.ts'

/** A namespace that is there. */
export interface ExistingNamespace {
  labels: Labels
  /** On its way out: nothing can be made in it any more. */
  terminating: boolean
}

/** A workload and what decides about its companion, as of one moment. */
export interface Surroundings {
  /** With the autoscaler that drives it. Undefined once it is gone. */
  workload: ExistingWorkload | undefined
  namespace: ExistingNamespace | undefined
  /**
   * The budgets that select its pods, companions among them, with uid, resourceVersion and owners; and those of others that may, by labels
   * that pods get only at run time.
   */
  budgets: readonly Budget[]
  /** The other workloads that share pods with it: its selector matches theirs, or theirs its. */
  overlapping: readonly ExistingWorkload[]
  /** The companions that name it as their controller, whatever they select and whichever uid they name. */
  companions: readonly Budget[]
}

/** What the controller reads of the cluster. It answers from memory. */
export interface ClusterView {
  /** Every workload that there is, and every one that a companion names as its controller. */
  keys(): Iterable<WorkloadKey>
  /** Unknown while a list that it is taken from is not there yet or is stale: then nothing is to be changed. */
  around(key: WorkloadKey): Fact<Surroundings>
  /** Whatever budget has that name. */
  budgetNamed(namespace: string, name: string): Fact<Budget | undefined>
  /**
   * Calls back with the workloads that a change bears on, at once, after the view shows it: of a budget those that it selected before and
   * selects now, and its controller; of an autoscaler its targets; of a namespace all in it. What it throws goes to whoever feeds the
   * view. Returns what ends it.
   */
  onChange(listener: (keys: Iterable<WorkloadKey>) => void): () => void
}
