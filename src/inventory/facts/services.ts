import type { Service } from '../../kube/service.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'

/** For a workload: the Services that select its pods. */
export const services: FactDefinition<readonly Service[]> = {
  workload: {
    from: ['services'],
    find: ({ metadata: { namespace = '' }, podLabels }, { inventory }) => {
      return known([...inventory.services.selecting(namespace, podLabels)])
    }
  }
}
