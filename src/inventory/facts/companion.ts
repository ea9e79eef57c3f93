import { wantsCompanion } from '../../engine/companion-wish.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import { namespaceLabels } from '../namespace-labels.ts'
import { refOfSubject } from '../subject-workload.ts'

/**
 * For a workload: whether the controller keeps a companion budget for it, or will once it exists. It uses the last known labels of the
 * namespace, because the wish of its owner outlasts a silence of the API server.
 */
export const companion: FactDefinition<boolean> = {
  workload: {
    from: ['namespaces'],
    asLastKnown: true,
    find: (workload, inputs) => {
      const { metadata } = workload
      const labels = namespaceLabels(metadata.namespace ?? '', inputs)
      if (!labels.known) return labels
      return known(wantsCompanion({ ...refOfSubject(workload), metadata }, labels.value, inputs.companions))
    }
  }
}
