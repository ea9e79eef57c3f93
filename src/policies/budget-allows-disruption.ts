import { definePolicy } from '../engine/policy.ts'
import { blockageOf } from '../kube/budget.ts'

const fix = 'set maxUnavailable to 1'

export const budgetAllowsDisruption = definePolicy({
  id: 'budget-allows-disruption',
  title: 'No budget leaves zero allowed disruptions at full health',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget'],
  needs: [],
  parameters: {},
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  injects: [],
  check({ subject: { spec } }) {
    const { minAvailable, maxUnavailable } = spec
    switch (blockageOf(spec)) {
      case 'maxUnavailable is 0':
        return [{ field: 'spec.maxUnavailable', problem: `${maxUnavailable} blocks every drain`, fix }]
      case 'minAvailable is 100%':
        return [{ field: 'spec.minAvailable', problem: `${minAvailable} blocks every drain`, fix: `drop it; ${fix}` }]
      case 'no bound':
        return [{ field: 'spec', problem: 'without maxUnavailable and minAvailable it blocks every drain', fix }]
      default:
        return []
    }
  }
})
