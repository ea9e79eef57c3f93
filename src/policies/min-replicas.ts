import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain } from '../engine/violation.ts'
import { boundFields } from '../kube/autoscaler.ts'

const field = 'spec.replicas'
const place = ['spec', 'replicas']

export const minReplicas = definePolicy({
  id: 'min-replicas',
  title: 'Enough replicas run to survive losing one',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'ReplicaSet', 'Scale'],
  needs: ['autoscaler'],
  parameters: {
    minimum: {
      type: 'integer',
      description: 'Lowest number of replicas, or lowest floor of the autoscaler, that passes',
      minimum: 1,
      maximum: 100,
      default: 2,
      profiles: { critical: 3 }
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'required' },
  check({ subject, facts: { autoscaler }, parameters: { minimum } }) {
    const { replicas = 1 } = subject
    const driver = autoscaler.known ? autoscaler.value : null
    const floor = driver?.minReplicas ?? replicas
    // Scaling to zero is a choice; at zero replicas the autoscaler pauses too.
    if (replicas === 0 || floor === 0 || floor >= minimum) return []
    // With an autoscaler, a Scale has no lasting effect; KEDA itself writes one to wake a workload.
    if (driver !== null && subject.kind === 'Scale') return []
    const count = floor === 1 ? '1 replica' : `${floor} replicas`
    if (driver !== null) {
      const fix = `set the ${boundFields[driver.kind].min} of ${nameText(driver.metadata.name ?? '')} to ${minimum} or more`
      return [certain({ field, problem: `its autoscaler may scale down to ${count}`, fix })]
    }
    const shortfall = { field, problem: `runs ${count}`, fix: `set it to ${minimum} or more` }
    if (!autoscaler.known) return [uncertain('autoscaler', shortfall)]
    // A manifest leaves the number to an autoscaler that is applied after it.
    const isOpen = subject.kind !== 'Scale' && replicas === 1 && subject.provenance.of(place) !== 'written'
    return [isOpen ? certain(shortfall, { sparedOn: 'CREATE' }) : certain(shortfall)]
  }
})
