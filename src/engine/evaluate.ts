import type { Exemptions } from './exemption.ts'
import type { Facts } from './facts.ts'
import { cut, type Finding } from './finding.ts'
import { type Injected, recordOf } from './injection/record.ts'
import type { AnyContext, Subject, Violation } from './policy.ts'
import type { Rule, Ruleset } from './ruleset.ts'

/** How one policy judged one subject. */
export interface PolicyVerdict {
  policy: string
  verdict: 'pass' | 'violated' | 'exempt' | 'unknown'
}

/** All that the rules say of a subject, in list order. */
export interface Evaluation {
  findings: readonly Finding[]
  /** Findings that an exemption takes the weight from. */
  exempt: readonly Finding[]
  verdicts: readonly PolicyVerdict[]
}

/** What a rule's policy is called with. */
export function contextOf(
  { parameters }: Rule,
  subject: Subject,
  facts: Facts,
  record: () => readonly Injected[]
): AnyContext {
  return { subject, facts, parameters, recorded: (at) => record().find((entry) => entry.at === at)?.value }
}

function toFinding({ policy, severity }: Rule, violation: Violation): Finding {
  return {
    policy: policy.id,
    severity: violation.unless === undefined ? severity : 'unknown',
    ...violation,
    field: cut(violation.field, longestField)
  }
}

function verdictOf(findings: readonly Finding[], exempt: boolean): PolicyVerdict['verdict'] {
  if (findings.length === 0) return 'pass'
  if (exempt) return 'exempt'
  return findings.every(({ severity }) => severity === 'unknown') ? 'unknown' : 'violated'
}

/** Of one policy in one object. Nobody reads more, and an answer must not be as large as a hostile object makes it. */
const mostViolations = 1000
const longestField = 512

/** What one rule finds, exemptions aside. */
export function findingsOf(rule: Rule, subject: Subject, facts: Facts): Finding[] {
  let record: readonly Injected[] | undefined
  const context = contextOf(rule, subject, facts, () => (record ??= recordOf(subject.metadata)))
  return rule.policy
    .check(context)
    .slice(0, mostViolations)
    .map((violation) => toFinding(rule, violation))
}

/** Runs every rule that applies, in list order. A policy that throws is a bug, and passes on. */
export function evaluate(subject: Subject, facts: Facts, ruleset: Ruleset, exemptions: Exemptions): Evaluation {
  const findings: Finding[] = []
  const exempt: Finding[] = []
  const verdicts: PolicyVerdict[] = []
  for (const rule of ruleset.rulesFor(subject.kind)) {
    const found = findingsOf(rule, subject, facts)
    const isExempt = exemptions.reasons.has(rule.policy.id)
    verdicts.push({ policy: rule.policy.id, verdict: verdictOf(found, isExempt) })
    for (const finding of found) (isExempt ? exempt : findings).push(finding)
  }
  return { findings, exempt, verdicts }
}
