import type { LabelSelector } from '../../kube/label-selector.ts'
import { workloadKey } from '../../kube/workload-key.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import { refOfSubject } from '../subject-workload.ts'
import { keyOfWorkload } from '../workloads.ts'

/** The other workloads of the namespace, of the kinds that an inventory keeps: Jobs and single pods are not among them. */
export interface Neighbours {
  /** Whether the selector matches the pods of one of them. An absent selector matches nothing. */
  someSelectedBy(selector: LabelSelector | undefined): boolean
}

/** For a workload: the others in its namespace. Its own old version is not a neighbour. */
export const neighbours: FactDefinition<Neighbours> = {
  workload: {
    from: ['workloads'],
    find: (workload, { inventory: { workloads } }) => {
      const own = refOfSubject(workload)
      return known({
        someSelectedBy: (selector) => {
          for (const other of workloads.matching(own.namespace, selector)) {
            if (keyOfWorkload(other) !== workloadKey(own)) return true
          }
          return false
        }
      })
    }
  }
}
