import type { Facts } from '../inventory/facts/index.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain } from '../engine/violation.ts'
import { boundFields } from '../kube/autoscaler.ts'
import type { Scale } from '../kube/scale.ts'
import type { Workload } from '../kube/workload.ts'

const field = 'spec.replicas'
const place = ['spec', 'replicas']

export const minReplicas = definePolicy({
  id: 'min-replicas',
  title: 'Enough replicas run to survive losing one',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'ReplicaSet', 'Scale'],
  needs: ['autoscaler', 'workloads'],
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
  check({ subject, facts: { autoscaler, workloads }, parameters: { minimum } }) {
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
    const isAlone = floor === 1 && mayHoldData(subject, workloads)
    const fix = `set it to ${minimum} or more${isAlone ? ' if replicas can share the data' : ''}`
    const shortfall = { field, problem: `runs ${count}`, fix }
    if (!autoscaler.known) return [uncertain('autoscaler', shortfall)]
    // What it scales may be exempt.
    if (subject.kind === 'Scale' && !workloads.known) return [uncertain('workloads', shortfall)]
    if (isAlone) return [uncertain('intent', shortfall)]
    // A manifest leaves the number to an autoscaler that is applied after it.
    const isOpen = subject.kind !== 'Scale' && replicas === 1 && subject.provenance.of(place) !== 'written'
    return [isOpen ? certain(shortfall, { sparedOn: 'CREATE' }) : certain(shortfall)]
  }
})

/**
 * Whether the only replica may hold data that no other can use: a StatefulSet with a claim, or a Deployment that stops the pod with its claim
 * before it starts the next. The Scale of a StatefulSet does not show its claims, but replicas that were seen to run side by side can share the data.
 */
function mayHoldData(subject: Workload | Scale, workloads: Facts['workloads']): boolean {
  if (subject.kind === 'Scale') {
    const [parent] = workloads.known ? workloads.value : []
    return subject.parentKind === 'StatefulSet' && (parent?.replicas ?? 1) <= 1
  }
  const { kind, strategy, podSpec } = subject
  const claims = (podSpec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)
  if (kind === 'StatefulSet') return claims || (subject.spec.volumeClaimTemplates ?? []).length > 0
  return strategy.type === 'Recreate' && claims
}
