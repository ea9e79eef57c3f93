import { definePolicy } from '../engine/policy.ts'
import { boundFields } from '../kube/autoscaler.ts'
import { provenanceOf } from '../kube/provenance.ts'

const field = ['spec', 'replicas']

export const minReplicas = definePolicy({
  id: 'min-replicas',
  title: 'Enough replicas run, so that losing one is not losing all',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'ReplicaSet', 'Scale'],
  needs: ['autoscaler'],
  parameters: {
    minimum: {
      type: 'integer',
      description: 'How many replicas, or how high a floor of the autoscaler, is enough',
      minimum: 1,
      maximum: 100,
      default: 2,
      profiles: { critical: 3 }
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'required' },
  injects: [],
  check({ subject, facts: { autoscaler }, parameters: { minimum } }) {
    const { replicas = 1 } = subject
    const driver = autoscaler.known ? autoscaler.value : null
    const floor = driver?.minReplicas ?? replicas
    // To go to zero is a choice; at zero replicas an autoscaler stands still, too.
    if (replicas === 0 || floor === 0 || floor >= minimum) return []
    // Beside an autoscaler a Scale decides nothing that lasts; KEDA itself writes one to wake a workload.
    if (driver !== null && subject.kind === 'Scale') return []
    const count = floor === 1 ? '1 replica' : `${floor} replicas`
    if (driver !== null) {
      const fix = `set the ${boundFields[driver.kind].min} of ${driver.metadata.name ?? 'it'} to ${minimum} or more`
      return [{ field: 'spec.replicas', problem: `its autoscaler may go down to ${count}`, fix }]
    }
    const violation = { field: 'spec.replicas', problem: `runs ${count}`, fix: `set it to ${minimum} or more` }
    if (!autoscaler.known) return [{ ...violation, unless: 'autoscaler' }]
    // A manifest leaves the number to an autoscaler that is applied after it.
    const open = subject.kind !== 'Scale' && replicas === 1 && provenanceOf(subject.object, field) !== 'written'
    return [open ? { ...violation, spares: 'CREATE' } : violation]
  }
})
