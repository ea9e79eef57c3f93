import { type VerticalAutoscaler, verticalTargetKey } from '../../kube/vertical-autoscaler.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import { refOfSubject, targetRefOf } from '../subject-workload.ts'

/** For a workload, or the target of an autoscaler: the VerticalPodAutoscalers that target it. */
export const verticalAutoscalers: FactDefinition<readonly VerticalAutoscaler[]> = {
  workload: {
    from: ['verticalAutoscalers'],
    find: (workload, { inventory }) =>
      known(inventory.verticalAutoscalers.of(verticalTargetKey(refOfSubject(workload))))
  },
  autoscaler: {
    from: ['verticalAutoscalers'],
    find: (one, { inventory }) => known(inventory.verticalAutoscalers.of(verticalTargetKey(targetRefOf(one))))
  }
}
