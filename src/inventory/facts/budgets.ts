import { isCompanion } from '../../engine/api.ts'
import type { Budget, BudgetSpec } from '../../kube/budget.ts'
import { type Labels, selectorMatches } from '../../kube/label-selector.ts'
import { type Fact, known, unknown } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import type { Inventory } from '../inventory.ts'
import { parentOf } from '../subject-workload.ts'

/** A budget that is there. */
export interface ExistingBudget {
  name: string
  spec: BudgetSpec
  /** Ours: it is withdrawn as soon as another budget selects the same pods. */
  companion: boolean
}

/**
 * Of a workload, and of a Scale its parent: the budgets that select its pods. Of a budget: the others that select a pod of a workload
 * that it selects. A budget that comes takes the place of its old version, which is no other.
 */
export const budgets: FactDefinition<readonly ExistingBudget[]> = {
  workload: {
    from: ['budgets'],
    find: ({ metadata: { namespace = '' }, podLabels }, { inventory }) =>
      known(selecting(namespace, podLabels, inventory))
  },
  budget: { from: ['workloads', 'budgets'], find: (budget, { inventory }) => budgetsBeside(budget, inventory) },
  scale: {
    from: ['workloads', 'budgets'],
    find: (scale, { inventory }) => {
      const parent = parentOf(scale, inventory)
      if (!parent.known) return parent
      return known(selecting(scale.metadata.namespace ?? '', parent.value.podLabels, inventory))
    }
  }
}

function existing({ metadata, spec }: Budget): ExistingBudget {
  return { name: metadata.name ?? '', spec, companion: isCompanion(metadata) }
}

function selecting(namespace: string, podLabels: Labels, inventory: Inventory): ExistingBudget[] {
  return Array.from(inventory.budgets.selecting(namespace, podLabels), existing)
}

/**
 * Pairs of a workload and a budget that are compared for one fact, at most: some 20 ms of them. There are as many only where thousands
 * of each share their labels, and no other review waits longer for those who made them.
 */
const mostCompared = 200_000

function budgetsBeside(
  { metadata: { namespace = '', name }, spec: { selector } }: Budget,
  { workloads, budgets: all }: Inventory
): Fact<readonly ExistingBudget[]> {
  const beside = new Set<Budget>()
  let compared = 0
  for (const { podLabels } of workloads.matching(namespace, selector)) {
    for (const budget of all.candidates(namespace, podLabels)) {
      if (++compared > mostCompared)
        return unknown('its namespace has too many workloads and budgets to compare them all')
      if (beside.has(budget) || budget.metadata.name === name) continue
      if (selectorMatches(budget.spec.selector, podLabels)) beside.add(budget)
    }
  }
  return known(Array.from(beside, existing))
}
