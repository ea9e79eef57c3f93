import { podSelectorOf } from '../../kube/service.ts'
import { lowest } from '../autoscalers.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import { parentOf, targetOf } from '../subject-workload.ts'
import type { ExistingWorkload } from '../workloads.ts'
import { otherAutoscalers } from './autoscalers.ts'

/**
 * For a budget or a Service: the workloads whose pods it selects. For an autoscaler: its target, which it already drives. For a Scale: its parent.
 * Each comes with the autoscaler that drives it.
 */
export const workloads: FactDefinition<readonly ExistingWorkload[]> = {
  budget: {
    from: ['workloads', 'autoscalers'],
    find: ({ metadata: { namespace = '' }, spec: { selector } }, { inventory }) => {
      return known(Array.from(inventory.workloads.matching(namespace, selector), (each) => inventory.whole(each)))
    }
  },
  autoscaler: {
    from: ['workloads', 'autoscalers'],
    find: (autoscaler, { inventory }) => {
      const target = targetOf(autoscaler, inventory)
      if (!target.known) return target
      if (target.value === undefined) return known([])
      return known([{ ...target.value, autoscaler: lowest([...otherAutoscalers(autoscaler, inventory), autoscaler]) }])
    }
  },
  service: {
    from: ['workloads', 'autoscalers'],
    find: ({ metadata: { namespace = '' }, selector }, { inventory }) => {
      const selected = inventory.workloads.matching(namespace, podSelectorOf({ selector }))
      return known(Array.from(selected, (each) => inventory.whole(each)))
    }
  },
  scale: {
    from: ['workloads', 'autoscalers'],
    find: (scale, { inventory }) => {
      const parent = parentOf(scale, inventory)
      return parent.known ? known([inventory.whole(parent.value)]) : parent
    }
  }
}
