import type { ExistingBudget } from '../inventory/facts/budgets.ts'
import { companionKey, isCompanion } from '../engine/api.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { templateField } from '../kube/workload.ts'

/** The API server answers 500 to the eviction of a pod that several budgets select (registry/core/pod/storage/eviction.go). */
const consequence = 'so their eviction fails'

export const oneBudgetPerPod = definePolicy({
  id: 'one-budget-per-pod',
  title: 'No pod is selected by two budgets',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'],
  needs: ['budgets'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  check({ subject, facts: { budgets }, amended }) {
    const isBudget = subject.kind === 'PodDisruptionBudget'
    if (isBudget && amended('v2') && isCompanion(subject.metadata)) return [marked]
    const field = isBudget ? 'spec.selector' : templateField(subject, 'metadata.labels')
    if (!budgets.known) {
      const problem = 'another budget may select the same pods'
      return [uncertain('budgets', { field, problem, fix: 'keep one budget' }, 'never')]
    }
    const names = namesOf(budgets.value)
    return isBudget ? ofBudget(field, subject.metadata.name ?? 'this one', names) : ofWorkload(field, names)
  }
})

/**
 * A budget that looks like a companion, and is not: nobody removes it for another. The controller's own writes are not judged, so this is
 * somebody else's, such as a companion that was copied from the cluster into a repository.
 */
const marked = certain({
  field: 'metadata.labels',
  problem: `${companionKey} marks the budgets that Holdfast writes and removes`,
  fix: 'remove this label'
})

/** A companion gives way to any other budget: the controller withdraws it. */
function namesOf(budgets: readonly ExistingBudget[]): readonly string[] {
  return budgets.filter(({ companion }) => !companion).map(({ name }) => name)
}

/** A release that renames a budget creates the new one before it deletes the old one. */
function ofBudget(field: string, name: string, others: readonly string[]): Violation[] {
  if (others.length === 0) return []
  const many = others.length === 1 ? 'another budget' : `${others.length} other budgets`
  const problem = `shares pods with ${many}, ${consequence}`
  return [certain({ field, problem, fix: `keep one of ${listed([name, ...others])}` }, { sparedOn: 'CREATE' })]
}

/** A workload that comes to two budgets is not denied for them: it may have to come back in an emergency. */
function ofWorkload(field: string, names: readonly string[]): Violation[] {
  if (names.length < 2) return []
  const problem = `${names.length} budgets select its pods, ${consequence}`
  return [certain({ field, problem, fix: `keep one of ${listed(names)}` }, { sparedOn: 'CREATE' })]
}

/** In words: `one and two`, `one, two and 3 more`. */
function listed(names: readonly string[]): string {
  const [first = '', second = '', ...others] = names.map((name) => nameText(name))
  if (others.length === 0) return `${first} and ${second}`
  return others.length === 1 ? `${first}, ${second} and ${others[0]}` : `${first}, ${second} and ${others.length} more`
}
