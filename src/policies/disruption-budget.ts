import { definePolicy } from '../engine/policy.ts'
import { leastReplicas } from '../kube/least-replicas.ts'

const field = 'spec.selector'
const problem = 'no budget selects its pods'
const fix = 'add one with maxUnavailable: 1'

export const disruptionBudget = definePolicy({
  id: 'disruption-budget',
  title: 'A budget selects the pods of a workload that has two or more',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['budgets', 'companion', 'autoscaler'],
  parameters: {},
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  atMost: 'advised',
  injects: [],
  check({ subject: { replicas = 1 }, facts: { budgets, companion, autoscaler } }) {
    if (replicas === 0 || (autoscaler.known && leastReplicas(replicas, autoscaler.value) < 2)) return []
    if ((budgets.known && budgets.value.length > 0) || (companion.known && companion.value)) return []
    if (!budgets.known) return [{ field, problem, fix, unless: 'budgets', quiet: true }]
    if (!companion.known) return [{ field, problem, fix, unless: 'companion' }]
    return [autoscaler.known ? { field, problem, fix } : { field, problem, fix, unless: 'autoscaler' }]
  }
})
