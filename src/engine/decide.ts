import type { Evaluation } from './evaluate.ts'
import type { Finding } from './finding.ts'

export const modes = ['audit', 'warn', 'enforce'] as const
/** Of a namespace, as its label says; the API server routes by it. */
export type Mode = (typeof modes)[number]

/** What comes of an evaluation in a mode. */
export type Decision =
  | { verdict: 'allow'; warnings: readonly Finding[]; wouldDeny: readonly Finding[] }
  | { verdict: 'deny'; warnings: readonly Finding[]; reasons: readonly Finding[] }

/** Policy and field. An item of a list keeps its identity when it moves or is renamed: its number and its name do not count. */
function identity({ policy, field }: Finding): string {
  return `${policy} ${field.replaceAll(/\[[^\]]*\]/g, '[]')}`
}

/** Of the required findings, those beyond what the old object had: only what a request brings in can be held against it. */
function broughtIn(required: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  const had = new Map<string, number>()
  for (const finding of before) had.set(identity(finding), (had.get(identity(finding)) ?? 0) + 1)
  return required.filter((finding) => {
    const left = had.get(identity(finding)) ?? 0
    had.set(identity(finding), left - 1)
    return left <= 0
  })
}

/**
 * Decides. `before` gives the findings of the old object, and is asked only where something could be denied; a CREATE has none.
 * In audit nobody is told anything; what would be denied is recorded. In warn it is said. In enforce it is denied, and the rest said.
 */
export function decide(
  mode: Mode,
  { findings }: Evaluation,
  before: () => readonly Finding[],
  creates = false
): Decision {
  const loud = findings.filter(({ quiet }) => quiet !== true && !(quiet === 'CREATE' && creates))
  const required = findings.filter(({ severity }) => severity === 'required')
  const reasons = required.length === 0 ? required : broughtIn(required, before())
  if (mode === 'enforce' && reasons.length > 0) {
    const denied = new Set(reasons)
    return { verdict: 'deny', reasons, warnings: loud.filter((finding) => !denied.has(finding)) }
  }
  return { verdict: 'allow', warnings: mode === 'audit' ? [] : loud, wouldDeny: reasons }
}
