import { type VerticalAutoscaler, verticalTargetKey } from '../../kube/vertical-autoscaler.ts'
import { type Fact, known, unknown } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import { refOfSubject, targetRefOf } from '../subject-workload.ts'

/** For a workload, or the target of an autoscaler: the VerticalPodAutoscalers that target it. */
export const verticalAutoscalers: FactDefinition<readonly VerticalAutoscaler[]> = {
  workload: {
    from: ['verticalAutoscalers'],
    find: (workload, { inventory }) => few(inventory.verticalAutoscalers.of(verticalTargetKey(refOfSubject(workload))))
  },
  autoscaler: {
    from: ['verticalAutoscalers'],
    find: (one, { inventory }) => few(inventory.verticalAutoscalers.of(verticalTargetKey(targetRefOf(one))))
  }
}

/** More than anybody has for one workload. Each is asked about every container. */
const most = 16

function few(all: readonly VerticalAutoscaler[]): Fact<readonly VerticalAutoscaler[]> {
  return all.length > most ? unknown('too many VerticalPodAutoscalers have the same target') : known(all)
}
