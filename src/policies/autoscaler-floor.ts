import { definePolicy } from '../engine/policy.ts'
import { certain } from '../engine/violation.ts'
import { boundFields } from '../kube/autoscaler.ts'

export const autoscalerFloor = definePolicy({
  id: 'autoscaler-floor',
  title: 'An autoscaler keeps enough replicas to survive losing one',
  since: 'v1',
  appliesTo: ['HorizontalPodAutoscaler', 'ScaledObject'],
  parameters: {
    minimum: {
      type: 'integer',
      description: 'Lowest floor that passes',
      minimum: 1,
      maximum: 100,
      default: 2,
      profiles: { critical: 3 }
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'required' },
  check({ subject: { kind, minReplicas }, parameters: { minimum } }) {
    // Scaling to zero is a choice.
    if (minReplicas === 0 || minReplicas >= minimum) return []
    const count = minReplicas === 1 ? '1 replica' : `${minReplicas} replicas`
    const { min } = boundFields[kind]
    return [
      certain({ field: `spec.${min}`, problem: `may scale down to ${count}`, fix: `set it to ${minimum} or more` })
    ]
  }
})
