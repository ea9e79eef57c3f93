import type { Autoscaler } from '../../kube/autoscaler.ts'
import { type WorkloadRef, workloadKey } from '../../kube/workload-key.ts'
import { isSameAutoscaler, targetKeyOf } from '../autoscalers.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import type { Inventory } from '../inventory.ts'
import { parentRefOf, refOfSubject } from '../subject-workload.ts'

/**
 * For a workload, or the parent of a Scale: the autoscalers that target it. For an autoscaler: the other autoscalers with the same
 * target. The autoscaler's own old version does not count as another.
 */
export const autoscalers: FactDefinition<readonly Autoscaler[]> = {
  workload: {
    from: ['autoscalers'],
    find: (workload, { inventory }) => known(autoscalersOf(refOfSubject(workload), inventory))
  },
  autoscaler: {
    from: ['autoscalers'],
    find: (autoscaler, { inventory }) => known(otherAutoscalers(autoscaler, inventory))
  },
  scale: {
    from: ['autoscalers'],
    find: (scale, { inventory }) => known(autoscalersOf(parentRefOf(scale), inventory))
  }
}

export function autoscalersOf(target: WorkloadRef, inventory: Inventory): readonly Autoscaler[] {
  return inventory.autoscalers.of(workloadKey(target))
}

/** The autoscalers with the same target, except this one and its KEDA counterpart. */
export function otherAutoscalers(autoscaler: Autoscaler, inventory: Inventory): Autoscaler[] {
  const all = inventory.autoscalers.of(targetKeyOf(autoscaler))
  return all.filter((other) => !isSameAutoscaler(autoscaler, other))
}
