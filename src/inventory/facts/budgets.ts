import type { Budget, BudgetSpec } from '../../kube/budget.ts'
import { type Labels, selectorMatches } from '../../kube/label-selector.ts'
import { workloadRef } from '../../kube/workload-key.ts'
import { ownerKeyOf } from '../budgets.ts'
import { type Fact, known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import type { Inventory } from '../inventory.ts'
import { parentOf, targetOf } from '../subject-workload.ts'

/** An existing budget. */
export interface ExistingBudget {
  name: string
  spec: BudgetSpec
  /** A companion of a workload: the controller removes it as soon as another budget selects the same pods. */
  companion: boolean
}

/**
 * For a workload, the parent of a Scale, or the target of an autoscaler: the budgets that select its pods. For a budget: the other
 * budgets that select a pod of a workload that it selects. The budget's own old version does not count as another.
 */
export const budgets: FactDefinition<readonly ExistingBudget[]> = {
  workload: {
    from: ['budgets'],
    find: ({ metadata: { namespace = '' }, podLabels }, { inventory }) =>
      known(selecting(namespace, podLabels, inventory))
  },
  budget: { from: ['workloads', 'budgets'], find: (budget, { inventory }) => budgetsBeside(budget, inventory) },
  autoscaler: {
    from: ['workloads', 'budgets'],
    find: (autoscaler, { inventory }) => {
      const target = targetOf(autoscaler, inventory)
      if (!target.known) return target
      const { namespace = '' } = autoscaler.metadata
      return known(target.value === undefined ? [] : selecting(namespace, target.value.podLabels, inventory))
    }
  },
  scale: {
    from: ['workloads', 'budgets'],
    find: (scale, { inventory }) => {
      const parent = parentOf(scale, inventory)
      if (!parent.known) return parent
      return known(selecting(scale.metadata.namespace ?? '', parent.value.podLabels, inventory))
    }
  }
}

/**
 * Whoever is named as the controller of a companion, another uid included: what a workload that was created again leaves behind is removed
 * as well, by the controller or by the garbage collector.
 */
function existing(budget: Budget, { workloads }: Inventory): ExistingBudget {
  const { metadata, spec } = budget
  const owner = ownerKeyOf(budget)
  return { name: metadata.name ?? '', spec, companion: owner !== undefined && workloads.has(workloadRef(owner)) }
}

function selecting(namespace: string, podLabels: Labels, inventory: Inventory): ExistingBudget[] {
  return Array.from(inventory.budgets.selecting(namespace, podLabels), (budget) => existing(budget, inventory))
}

function budgetsBeside(
  { metadata: { namespace = '', name }, spec: { selector } }: Budget,
  inventory: Inventory
): Fact<readonly ExistingBudget[]> {
  const { workloads, budgets: all } = inventory
  const beside = new Set<Budget>()
  for (const { podLabels } of workloads.matching(namespace, selector)) {
    for (const budget of all.candidates(namespace, podLabels)) {
      if (beside.has(budget) || budget.metadata.name === name) continue
      if (selectorMatches(budget.spec.selector, podLabels)) beside.add(budget)
    }
  }
  return known(Array.from(beside, (budget) => existing(budget, inventory)))
}
