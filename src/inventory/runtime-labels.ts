import { isCompanion } from '../engine/api.ts'
import type { Budget } from '../kube/budget.ts'
import { selectorCouldMatch } from '../kube/label-selector.ts'
import type { Inventory } from './inventory.ts'
import type { KeptWorkload } from './workloads.ts'

function isForSome({ workloads }: Inventory, { metadata: { namespace = '' }, spec: { selector } }: Budget): boolean {
  for (const _workload of workloads.matching(namespace, selector)) return true
  return false
}

/**
 * Budgets that are not companions, whose selector no template in the namespace satisfies, and that would select pods of this workload
 * once the pods get another label: such as the role of a database primary, or the name of one pod of a StatefulSet.
 */
export function budgetsReaching(inventory: Inventory, { metadata, podLabels }: KeptWorkload): Budget[] {
  const reaching: Budget[] = []
  for (const budget of inventory.budgets.foreignIn(metadata.namespace ?? '')) {
    if (selectorCouldMatch(budget.spec.selector, podLabels) && !isForSome(inventory, budget)) reaching.push(budget)
  }
  return reaching
}

/** The workloads that such a budget may reach. */
export function workloadsReached({ workloads }: Inventory, { metadata, spec }: Budget): KeptWorkload[] {
  if (isCompanion(metadata)) return []
  const all = workloads.matching(metadata.namespace ?? '', {})
  return Array.from(all).filter(({ podLabels }) => selectorCouldMatch(spec.selector, podLabels))
}
