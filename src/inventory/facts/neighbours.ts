import type { LabelSelector } from '../../kube/label-selector.ts'
import { workloadKey, type WorkloadRef } from '../../kube/workload-key.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import type { Inventory } from '../inventory.ts'
import { parentRefOf, refOfSubject, targetRefOf } from '../subject-workload.ts'
import { keyOfWorkload } from '../workloads.ts'

/** The other workloads of the namespace, of the kinds that an inventory keeps: Jobs and single pods are not among them. */
export interface Neighbours {
  /** Whether the selector matches the pods of one of them. An absent selector matches nothing. */
  someSelectedBy(selector: LabelSelector | undefined): boolean
}

/**
 * For a workload, the parent of a Scale, or the target of an autoscaler: the others in its namespace. Its own old version is not a
 * neighbour.
 */
export const neighbours: FactDefinition<Neighbours> = {
  workload: {
    from: ['workloads'],
    find: (workload, { inventory }) => known(othersThan(refOfSubject(workload), inventory))
  },
  autoscaler: {
    from: ['workloads'],
    find: (autoscaler, { inventory }) => known(othersThan(targetRefOf(autoscaler), inventory))
  },
  scale: { from: ['workloads'], find: (scale, { inventory }) => known(othersThan(parentRefOf(scale), inventory)) }
}

function othersThan(own: WorkloadRef, { workloads }: Inventory): Neighbours {
  return {
    someSelectedBy: (selector) => {
      for (const other of workloads.matching(own.namespace, selector)) {
        if (keyOfWorkload(other) !== workloadKey(own)) return true
      }
      return false
    }
  }
}
