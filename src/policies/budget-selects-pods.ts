import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain } from '../engine/violation.ts'
import { disruptionsAtFullHealth, podsOfWorkload } from '../kube/disruptions.ts'
import { selectorIsEmpty } from '../kube/label-selector.ts'

const field = 'spec.selector'
const fix = 'use the labels of the pods it protects'
const selectsNone = { field, problem: 'selects the pods of no workload', fix }

export const budgetSelectsPods = definePolicy({
  id: 'budget-selects-pods',
  title: 'A budget selects the pods of a workload, and can count them',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget'],
  needs: ['workloads'],
  profiles: { baseline: 'advised', standard: 'advised', critical: 'advised' },
  check({ subject: { spec }, facts: { workloads } }) {
    const { selector } = spec
    if (selector === undefined) return [certain({ field, problem: 'missing, so it selects no pods', fix })]
    if (selectorIsEmpty(selector)) {
      return [certain({ field, problem: 'empty, so it selects every pod in the namespace', fix })]
    }
    if (!workloads.known) return [uncertain('workloads', selectsNone, 'never')]
    const selected = workloads.value
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(podsOfWorkload)
    // In most releases the budget comes first.
    if (selected.length === 0) return [uncertain('intent', selectsNone, 'on-update')]
    const uncounted = selected.find(({ scalable }) => !scalable)
    const counted = selected.some(({ scalable, replicas }) => scalable && replicas !== 0)
    // With counted pods it blocks those too: the budget then allows no disruption, which budget-allows-disruption reports.
    if (counted || uncounted === undefined || disruptionsAtFullHealth(spec, selected) !== 'cannot be counted') return []
    const bound = spec.minAvailable === undefined ? 'maxUnavailable' : 'minAvailable'
    const problem = `a ${uncounted.kind} cannot be counted, so this blocks every drain`
    return [certain({ field: `spec.${bound}`, problem, fix: 'use minAvailable with a number' })]
  }
})
