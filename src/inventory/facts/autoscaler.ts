import type { Autoscaler } from '../../kube/autoscaler.ts'
import { lowest } from '../autoscalers.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import { parentRefOf, refOfSubject } from '../subject-workload.ts'
import { autoscalersOf } from './autoscalers.ts'

/**
 * The autoscaler that drives the workload (for a Scale, its parent), or null if there is none. If there are several, the one with the
 * lowest floor.
 */
export const autoscaler: FactDefinition<Autoscaler | null> = {
  workload: {
    from: ['autoscalers'],
    find: (workload, { inventory }) => known(lowest(autoscalersOf(refOfSubject(workload), inventory)))
  },
  scale: {
    from: ['autoscalers'],
    find: (scale, { inventory }) => known(lowest(autoscalersOf(parentRefOf(scale), inventory)))
  }
}
