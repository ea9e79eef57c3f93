import { definePolicy } from '../engine/policy.ts'
import { disruptionsAtFullHealth, podsOfWorkload } from '../kube/disruptions.ts'
import { selectorIsEmpty } from '../kube/label-selector.ts'

const field = 'spec.selector'
const fix = 'use the labels of its pods'

export const budgetSelectsPods = definePolicy({
  id: 'budget-selects-pods',
  title: 'A budget selects the pods of a workload, and can count them',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget'],
  needs: ['workloads'],
  parameters: {},
  profiles: { baseline: 'advised', standard: 'advised', critical: 'advised' },
  injects: [],
  check({ subject: { spec }, facts: { workloads } }) {
    const { selector } = spec
    if (selector === undefined) return [{ field, problem: 'missing, so it selects no pod', fix }]
    if (selectorIsEmpty(selector)) return [{ field, problem: 'empty, so it selects every pod of the namespace', fix }]
    if (!workloads.known) return [{ field, problem: 'selects no workload', fix, unless: 'workloads', quiet: true }]
    const selected = workloads.value
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(podsOfWorkload)
    // In most releases the budget is first.
    if (selected.length === 0)
      return [{ field, problem: 'selects no workload', fix, unless: 'intention', quiet: 'CREATE' }]
    const uncounted = selected.find(({ scalable }) => !scalable)
    const counted = selected.some(({ scalable, replicas }) => scalable && replicas !== 0)
    // Beside pods that are counted it takes those along: then the budget allows no disruption, which is the matter of another policy.
    if (counted || uncounted === undefined || disruptionsAtFullHealth(spec, selected) !== 'cannot be counted') return []
    const bound = spec.minAvailable === undefined ? 'maxUnavailable' : 'minAvailable'
    const problem = `a ${uncounted.kind} cannot be counted: no pod may go`
    return [{ field: `spec.${bound}`, problem, fix: 'use minAvailable with a number' }]
  }
})
