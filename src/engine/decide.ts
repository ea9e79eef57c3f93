import type { Evaluation } from './evaluate.ts'
import type { Finding } from './finding.ts'

export const modes = ['audit', 'warn', 'enforce'] as const
/** Of a namespace, as its label says; the API server routes by it. */
export type Mode = (typeof modes)[number]

/** What comes of an evaluation in a mode. */
export type Decision =
  | { verdict: 'allow'; warnings: readonly Finding[]; wouldDeny: readonly Finding[] }
  | { verdict: 'deny'; warnings: readonly Finding[]; reasons: readonly Finding[] }

function identity({ policy, field }: Finding): string {
  return `${policy} ${field}`
}

/** Of the required findings, those that the old object does not have: only what a request brings in can be held against it. */
function broughtIn(required: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  const had = new Set(before.map(identity))
  return required.filter((finding) => !had.has(identity(finding)))
}

/**
 * Decides. `before` gives the findings of the old object, and is asked only where something could be denied; a CREATE has none.
 * In audit nobody is told anything; what would be denied is recorded. In warn it is said. In enforce it is denied, and the rest said.
 */
export function decide(mode: Mode, { findings }: Evaluation, before: () => readonly Finding[]): Decision {
  const required = findings.filter(({ severity }) => severity === 'required')
  const reasons = required.length === 0 ? required : broughtIn(required, before())
  if (mode === 'enforce' && reasons.length > 0) {
    return { verdict: 'deny', reasons, warnings: findings.filter((finding) => !reasons.includes(finding)) }
  }
  return { verdict: 'allow', warnings: mode === 'audit' ? [] : findings, wouldDeny: reasons }
}
