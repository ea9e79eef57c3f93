import { isRunByHand } from '../../admission/author.ts'
import type { Mode } from '../../engine/api.ts'
import { type Change, decide } from '../../engine/decide.ts'
import type { Finding } from '../../engine/finding.ts'
import { repairablePolicies } from '../../engine/injection/repairable.ts'
import type { Judgement } from '../../engine/judge.ts'
import type { Result } from '../../report/report.ts'

export interface Denying {
  /** Of its namespace; undefined if it has none. */
  mode: Mode | undefined
  /** Whether repairs are made. */
  isRepaired: boolean
}

/**
 * For what the ratchet would deny a new object like this one. What another object owns is written by a controller, and is never denied.
 */
export function deniedFor(judgement: Judgement, { mode, isRepaired }: Denying): readonly Finding[] {
  if (mode !== 'enforce') return []
  const { subject, evaluation, ruleset } = judgement
  const byController = (subject.metadata.ownerReferences ?? []).length > 0 || isRunByHand(subject)
  const change: Change = { subject, old: undefined, byController }
  const decision = decide('enforce', change, evaluation, { evaluateOld: () => evaluation, ruleset })
  if (decision.verdict === 'allow') return []
  if (!isRepaired) return decision.reasons
  const mended = new Set(repairablePolicies(decision.reasons, change, judgement))
  return decision.reasons.filter(({ policy }) => !mended.has(policy))
}

/** Marks the results for which a new object like this one would be denied. What is exempt never is. */
export function withDenied(results: readonly Result[], reasons: readonly Finding[]): readonly Result[] {
  const denied = new Set(reasons.map(({ policy, field }) => `${policy} ${field}`))
  return results.map((result) => {
    const isDenied = result.suppressed === undefined && denied.has(`${result.policy} ${result.field}`)
    return isDenied ? { ...result, denied: true } : result
  })
}
