import type { Autoscaler } from './autoscaler.ts'
import { blockageOf, type BudgetSpec } from './budget.ts'
import { type LabelSelector, selectorIsWithin } from './label-selector.ts'
import type { Provenance } from './provenance.ts'

/** The pods of one workload. */
export interface Group {
  replicas: number | undefined
  selector: LabelSelector | undefined
  autoscaler: Autoscaler | null
  /** Of a workload that just came: it may show that somebody wrote the number. */
  provenance?: Provenance
}

/** One replica may be the default of a manifest that leaves the number to an autoscaler, which comes after it. */
function numberStands({ replicas, autoscaler, provenance }: Group): boolean {
  return replicas !== 1 || autoscaler !== null || provenance?.of(['spec', 'replicas']) === 'written'
}

/**
 * How much is seen of what a budget leaves over of these pods. `whole`: no object that is yet to come can change it. The budget is for them
 * alone, since it has every requirement of the workload's own selector, and their number stands or does not matter. `alone`: their
 * number may yet change. `part`: other pods may be under the budget, too.
 */
export function viewOf(spec: BudgetSpec, group: Group): 'whole' | 'alone' | 'part' {
  if (!selectorIsWithin(spec.selector, group.selector)) return 'part'
  return blockageOf(spec) !== undefined || numberStands(group) ? 'whole' : 'alone'
}
