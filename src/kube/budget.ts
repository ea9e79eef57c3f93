import type { BudgetStatus } from './budget-status.ts'
import { percentOf } from './int-or-percent.ts'
import { labelSelector } from './label-selector.ts'
import { type Metadata, metadata } from './metadata.ts'
import { expectShape, type Infer, integerOrString, object, string } from './shape.ts'

const budgetSpec = object({
  minAvailable: integerOrString,
  maxUnavailable: integerOrString,
  selector: labelSelector,
  unhealthyPodEvictionPolicy: string
})
const budget = object({ metadata, spec: budgetSpec })

export type BudgetSpec = Infer<typeof budgetSpec>

/** A PodDisruptionBudget, pointing into the object as it came. */
export interface Budget {
  kind: 'PodDisruptionBudget'
  metadata: Metadata
  spec: BudgetSpec
  /** Of a companion in an inventory; undefined before its first sync. */
  status?: BudgetStatus
  object: unknown
}

/** Checks what we read of a budget and points at it. Throws MalformedObject, which names the field. */
export function parseBudget(raw: unknown): Budget {
  expectShape(budget, raw)
  return { kind: 'PodDisruptionBudget', metadata: raw.metadata ?? {}, spec: raw.spec ?? {}, object: raw }
}

/** Why a budget allows no disruption of healthy pods, whatever their number. */
export type Blockage = 'maxUnavailable is 0' | 'minAvailable is 100%' | 'no bound'

/**
 * Judges a budget seen alone by the disruption controller's arithmetic (kubernetes pkg/controller/disruption/disruption.go): allowed
 * is healthy - desired, and desired is all pods for `maxUnavailable: 0` and `minAvailable: 100%`; without either it stays at 0 expected
 * pods, which forces allowed to 0.
 */
export function blockageOf({ minAvailable, maxUnavailable }: BudgetSpec): Blockage | undefined {
  if (minAvailable === undefined && maxUnavailable === undefined) return 'no bound'
  if (maxUnavailable !== undefined && (maxUnavailable === 0 || percentOf(maxUnavailable) === 0))
    return 'maxUnavailable is 0'
  if (minAvailable !== undefined && (percentOf(minAvailable) ?? 0) >= 100) return 'minAvailable is 100%'
  return undefined
}
