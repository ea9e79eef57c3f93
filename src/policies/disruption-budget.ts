import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain } from '../engine/violation.ts'
import { mostReplicas } from '../kube/most-replicas.ts'

const shortfall = {
  field: 'spec.selector',
  problem: 'no budget selects its pods',
  fix: 'add a PodDisruptionBudget with maxUnavailable: 1'
}

export const disruptionBudget = definePolicy({
  id: 'disruption-budget',
  title: 'A budget selects the pods of each workload that may run two or more replicas',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['budgets', 'companion', 'autoscaler'],
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  atMost: 'advised',
  check({ subject: { replicas = 1 }, facts: { budgets, companion, autoscaler } }) {
    if (replicas === 0 || (autoscaler.known && mostReplicas(replicas, autoscaler.value) < 2)) return []
    if ((budgets.known && budgets.value.length > 0) || (companion.known && companion.value)) return []
    if (!budgets.known) return [uncertain('budgets', shortfall, 'never')]
    if (!companion.known) return [uncertain('companion', shortfall)]
    return [autoscaler.known || replicas > 1 ? certain(shortfall) : uncertain('autoscaler', shortfall)]
  }
})
