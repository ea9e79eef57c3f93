import type { Labels } from '../../kube/label-selector.ts'
import type { FactDefinition } from '../fact-definition.ts'
import { namespaceLabels as labelsOf } from '../namespace-labels.ts'

/** For a Service: the labels of its namespace, as far as they are kept (transform.ts); the last known ones, because they seldom change. */
export const namespaceLabels: FactDefinition<Labels> = {
  service: {
    from: ['namespaces'],
    asLastKnown: true,
    find: ({ metadata: { namespace = '' } }, inputs) => labelsOf(namespace, inputs)
  }
}
