import type { EvaluationContext } from './evaluation-context.ts'
import type { Finding } from './finding.ts'
import { type RecordEntry, recordOf } from './injection/record.ts'
import type { AnyContext, Subject } from './policy.ts'
import type { Rule } from './ruleset.ts'
import { cut, cutMiddle } from './text.ts'
import { includes } from './version.ts'
import { hedgeOf, longestMeaning, type Violation } from './violation.ts'

/** How one policy judged one subject. */
export interface PolicyVerdict {
  policy: string
  verdict: 'pass' | 'violated' | 'exempt' | 'unknown'
}

/** What the rules find in a subject, in list order. */
export interface Evaluation {
  findings: readonly Finding[]
  /** Findings that an exemption covers. */
  exempt: readonly Finding[]
  verdicts: readonly PolicyVerdict[]
}

/** Runs every rule that applies, in list order. A policy that throws has a bug; the error propagates. */
export function evaluate(subject: Subject, context: EvaluationContext): Evaluation {
  const findings: Finding[] = []
  const exempt: Finding[] = []
  const verdicts: PolicyVerdict[] = []
  for (const rule of context.ruleset.rulesFor(subject.kind)) {
    const found = findingsOf(rule, subject, context)
    const isExempt = context.exemptions.reasons.has(rule.policy.id)
    verdicts.push({ policy: rule.policy.id, verdict: verdictOf(found, isExempt) })
    for (const finding of found) (isExempt ? exempt : findings).push(finding)
  }
  return { findings, exempt, verdicts }
}

/** The most findings of a policy in one object. More are of no use, and a hostile object must not make the answer arbitrarily large. */
const mostViolations = 1000
const longestField = 512

type RuleContext = Pick<EvaluationContext, 'facts' | 'ruleset'>

/** What one rule finds, before exemptions. */
export function findingsOf(rule: Rule, subject: Subject, context: RuleContext): Finding[] {
  let record: readonly RecordEntry[] | undefined
  const violations = rule.policy.check(contextOf(rule, subject, context, () => (record ??= recordOf(subject.metadata))))
  return violations.slice(0, mostViolations).map((violation) => toFinding(rule, violation))
}

/** What a rule's policy is called with. */
export function contextOf(
  { parameters }: Rule,
  subject: Subject,
  { facts, ruleset }: RuleContext,
  record: () => readonly RecordEntry[]
): AnyContext {
  return {
    subject,
    facts,
    parameters,
    recorded: (at) => record().find((entry) => entry.at === at)?.value,
    amended: (since) => includes(ruleset.version, since)
  }
}

function toFinding({ policy, severity }: Rule, violation: Violation): Finding {
  const { field, problem, fix, certainty } = violation
  // Policies keep to it; what they forgot to cut must not crowd out everything else.
  const room = longestMeaning - hedgeOf(violation).length
  const shown = cutMiddle(fix, room / 2)
  return {
    policy: policy.id,
    severity: certainty.kind === 'certain' ? severity : 'unknown',
    field: cut(field, longestField),
    problem: cutMiddle(problem, room - shown.length),
    fix: shown,
    certainty
  }
}

function verdictOf(findings: readonly Finding[], exempt: boolean): PolicyVerdict['verdict'] {
  if (findings.length === 0) return 'pass'
  if (exempt) return 'exempt'
  return findings.every(({ severity }) => severity === 'unknown') ? 'unknown' : 'violated'
}
