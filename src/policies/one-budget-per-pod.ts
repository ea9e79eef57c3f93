import type { ExistingBudget, Fact } from '../engine/facts.ts'
import { definePolicy, type Violation } from '../engine/policy.ts'

/** The API server answers 500 to the eviction of a pod that several budgets select (registry/core/pod/storage/eviction.go). */
const consequence = 'evictions fail'

function list(names: readonly string[]): string {
  const [last, ...others] = names.toReversed()
  return `${others.toReversed().join(', ')} and ${last}`
}

/** A companion gives way to any other budget: the controller withdraws it. */
function foreign(budgets: Fact<readonly ExistingBudget[]>): readonly string[] {
  return budgets.known ? budgets.value.filter(({ companion }) => !companion).map(({ name }) => name) : []
}

function ofBudget(name: string, others: readonly string[]): Violation[] {
  if (others.length === 0) return []
  const many = others.length === 1 ? 'another budget' : `${others.length} other budgets`
  const problem = `selects pods of ${many}: ${consequence}`
  return [{ field: 'spec.selector', problem, fix: `keep one of ${list([name, ...others])}` }]
}

export const oneBudgetPerPod = definePolicy({
  id: 'one-budget-per-pod',
  title: 'No pod is selected by two budgets',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'],
  needs: ['budgets'],
  parameters: {},
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  injects: [],
  check({ subject, facts: { budgets } }) {
    const names = foreign(budgets)
    const isBudget = subject.kind === 'PodDisruptionBudget'
    const field = isBudget ? 'spec.selector' : [...subject.templateAt, 'metadata', 'labels'].join('.')
    if (!budgets.known) {
      return [{ field, problem: 'may share pods with another budget', fix: 'keep one', unless: 'budgets', quiet: true }]
    }
    if (isBudget) return ofBudget(subject.metadata.name ?? 'this one', names)
    if (names.length < 2) return []
    const problem = `selected by ${names.length} budgets: ${consequence}`
    return [{ field, problem, fix: `keep one of ${list(names)}` }]
  }
})
