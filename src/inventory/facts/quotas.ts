import type { Quota } from '../../kube/quota.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'

/** For a workload: the ResourceQuotas of its namespace. */
export const quotas: FactDefinition<readonly Quota[]> = {
  workload: {
    from: ['quotas'],
    find: ({ metadata: { namespace = '' } }, { inventory }) => known(inventory.quotas.of(namespace))
  }
}
