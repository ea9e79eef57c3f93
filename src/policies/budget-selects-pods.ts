import type { Facts } from '../inventory/facts/index.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import type { BudgetSpec } from '../kube/budget.ts'
import { asksForScale, disruptionsAtFullHealth, podsOfWorkload, type Selected } from '../kube/disruptions.ts'
import { jobNameLabel, labelsOfJobPods } from '../kube/job-pods.ts'
import { selectorIsEmpty, selectorMatches } from '../kube/label-selector.ts'
import type { Workload } from '../kube/workload.ts'

const field = 'spec.selector'
const fix = 'use the labels of the pods it protects'
const selectsNone = { field, problem: 'selects the pods of no workload', fix }
const countByNumber = 'use minAvailable with a number instead'

export const budgetSelectsPods = definePolicy({
  id: 'budget-selects-pods',
  title: 'A budget selects the pods of a workload, and can count them',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget', 'Job', 'CronJob'],
  needs: ['workloads', 'jobs', 'budgets'],
  profiles: { baseline: 'advised', standard: 'advised', critical: 'advised' },
  check({ subject, facts, amended }) {
    if (subject.kind !== 'PodDisruptionBudget') return amended('v2') ? uncountedJob(subject, facts) : []
    const { spec } = subject
    const { selector } = spec
    const { workloads } = facts
    if (selector === undefined) return [certain({ field, problem: 'missing, so it selects no pods', fix })]
    if (selectorIsEmpty(selector)) {
      return [certain({ field, problem: 'empty, so it selects every pod in the namespace', fix })]
    }
    if (!workloads.known) return [uncertain('workloads', selectsNone, 'never')]
    const selected = workloads.value
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(podsOfWorkload)
    const uncounted = amended('v2') ? uncountedJobs(spec, selected, facts) : []
    if (uncounted.some(({ certainty }) => certainty.kind === 'certain')) return uncounted
    // In most releases the budget comes first.
    if (selected.length === 0) return [uncertain('intent', selectsNone, 'on-update')]
    return [...uncountedWorkload(spec, selected), ...uncounted]
  }
})

/** Where the budget also selects pods that it can count, it blocks those too: budget-allows-disruption reports that. */
function uncountedWorkload(spec: BudgetSpec, selected: readonly Selected[]): Violation[] {
  const uncounted = selected.find(({ scalable }) => !scalable)
  const counted = selected.some(({ scalable, replicas }) => scalable && replicas !== 0)
  if (counted || uncounted === undefined || disruptionsAtFullHealth(spec, selected) !== 'cannot be counted') return []
  const problem = `a ${uncounted.kind} cannot be counted, so this blocks every drain`
  return [certain({ field: boundOf(spec), problem, fix: countByNumber })]
}

/** A Job has no scale, and its pods exist for as long as it does. So a Job that has ended blocks drains, too. */
function uncountedJobs(spec: BudgetSpec, selected: readonly Selected[], { jobs }: Pick<Facts, 'jobs'>): Violation[] {
  if (!asksForScale(spec)) return []
  const leaveOut = `add the matchExpression ${jobNameLabel} DoesNotExist`
  if (!jobs.known) {
    const problem = 'may select pods of Jobs, which cannot be counted'
    return [uncertain('jobs', { field, problem, fix: leaveOut }, 'never')]
  }
  const [job] = jobs.value
  if (job === undefined) return []
  const problem = `pods of ${job.kind} ${nameText(job.name)} cannot be counted, so it blocks every drain while they exist`
  const isAlone = selected.length === 0
  const shortfall = { field: isAlone ? boundOf(spec) : field, problem, fix: isAlone ? countByNumber : leaveOut }
  return [certain(shortfall, { sparedOn: 'CREATE' })]
}

/** A companion leaves the pods of Jobs out. */
function uncountedJob({ podLabels, templateAt }: Workload, { budgets }: Pick<Facts, 'budgets'>): Violation[] {
  const labels = [...templateAt, 'metadata', 'labels'].join('.')
  const other = 'use labels that no budget selects'
  if (!budgets.known) {
    const problem = 'a budget may select these pods, but cannot count them'
    return [uncertain('budgets', { field: labels, problem, fix: other }, 'never')]
  }
  const asking = budgets.value.find(({ spec, companion }) => {
    return !companion && asksForScale(spec) && selectorMatches(spec.selector, labelsOfJobPods(podLabels))
  })
  if (asking === undefined) return []
  const problem = `budget ${nameText(asking.name)} cannot count these pods, which block every drain while they exist`
  return [certain({ field: labels, problem, fix: other }, { sparedOn: 'CREATE' })]
}

function boundOf({ minAvailable }: BudgetSpec): string {
  return `spec.${minAvailable === undefined ? 'maxUnavailable' : 'minAvailable'}`
}
