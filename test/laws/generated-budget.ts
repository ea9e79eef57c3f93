import * as fc from 'fast-check'
import type { Json, JsonMap } from '../support/workloads.ts'
import { annotations } from './generated.ts'
import { labels, selector } from './generated-pod.ts'

const { constantFrom, record } = fc

const bound = constantFrom<Json>(0, 1, 2, 3, 5, '0%', '25%', '51%', '100%', '007%', 'half', -1, null)
const unhealthy = constantFrom<Json>('AlwaysAllow', 'IfHealthyBudget', 'Sometimes', '', null)

const spec = record<JsonMap>(
  { minAvailable: bound, maxUnavailable: bound, selector, unhealthyPodEvictionPolicy: unhealthy },
  { requiredKeys: [] }
)
const owner = constantFrom<Json>({ kind: 'Cluster', controller: true }, { kind: 'Cluster' }, { controller: false })

const metadata = record<JsonMap>(
  {
    name: fc.constant('web'),
    namespace: fc.constant('shop'),
    labels,
    annotations,
    ownerReferences: fc.array(owner, { maxLength: 1 })
  },
  { requiredKeys: ['name'] }
)

/** A budget, some of which the API server would refuse. */
export const budget: fc.Arbitrary<JsonMap> = record<JsonMap>(
  { kind: fc.constant('PodDisruptionBudget'), metadata, spec },
  { requiredKeys: ['kind', 'metadata'] }
)
