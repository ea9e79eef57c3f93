import type { LimitRange } from '../../kube/limit-range.ts'
import type { Metadata } from '../../kube/metadata.ts'
import { known } from '../fact.ts'
import type { FactDefinition, FactProvider } from '../fact-definition.ts'

const ofNamespace: FactProvider<{ metadata: Metadata }, readonly LimitRange[]> = {
  from: ['limitRanges'],
  find: ({ metadata: { namespace = '' } }, { inventory }) => known(inventory.limitRanges.of(namespace))
}

/** For a workload or an autoscaler: the LimitRanges of its namespace. */
export const limitRanges: FactDefinition<readonly LimitRange[]> = { workload: ofNamespace, autoscaler: ofNamespace }
