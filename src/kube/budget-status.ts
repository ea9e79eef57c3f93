import { expectShape, integer, list, object, string } from './shape.ts'

const statusShape = object({
  metadata: object({ generation: integer }),
  status: object({
    observedGeneration: integer,
    expectedPods: integer,
    currentHealthy: integer,
    conditions: list(
      object({ type: string, status: string, reason: string, message: string, lastTransitionTime: string })
    )
  })
})

/** Why a budget lets no healthy pod go, as the disruption controller says it. */
export interface Stall {
  /** `SyncFailed`: the pods cannot be counted. `InsufficientPods`: too few of them are healthy. */
  reason: string
  message: string
  /** Since when; milliseconds since the epoch. */
  since: number
}

/** What the disruption controller counted for a budget. */
export interface BudgetStatus {
  /** Whether the counts are for the present spec. The API server refuses every eviction until they are. */
  isCurrent: boolean
  expectedPods: number
  currentHealthy: number
  /** Undefined while healthy pods may go. */
  stall: Stall | undefined
}

/**
 * Reads the status of a budget; undefined before its first sync. A failed sync leaves the counts of the sync before it and only sets the
 * condition (failSafe in kubernetes pkg/controller/disruption/disruption.go). Throws MalformedObject, which names the field.
 */
export function parseBudgetStatus(raw: unknown): BudgetStatus | undefined {
  expectShape(statusShape, raw)
  const { status } = raw
  if (status === undefined) return undefined
  const { observedGeneration = 0, expectedPods = 0, currentHealthy = 0, conditions = [] } = status
  const condition = conditions.find(({ type }) => type === 'DisruptionAllowed')
  if (condition === undefined && observedGeneration === 0) return undefined
  const { reason = '', message = '', lastTransitionTime = '' } = condition ?? {}
  return {
    isCurrent: observedGeneration === (raw.metadata?.generation ?? 0),
    expectedPods,
    currentHealthy,
    stall: condition?.status === 'False' ? { reason, message, since: Date.parse(lastTransitionTime) || 0 } : undefined
  }
}
