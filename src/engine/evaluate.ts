import type { EvaluationContext } from './evaluation-context.ts'
import type { Finding } from './finding.ts'
import { byWeight } from './in-short.ts'
import type { AnyContext, Subject } from './policy.ts'
import { commonContext, contextOf, recordedIn } from './policy-context.ts'
import type { Rule } from './ruleset.ts'
import { cut, cutMiddle } from './text.ts'
import { hedgeOf, longestMeaning, type Violation } from './violation.ts'

/**
 * How one policy judged one subject. `spared`: it is required and violated, but the operation is not denied for it, because the object that
 * resolves it may still come.
 */
export interface PolicyVerdict {
  policy: string
  verdict: 'pass' | 'violated' | 'spared' | 'exempt' | 'unknown'
}

/** What the rules find in a subject: verdicts in list order, of findings the required ones first. */
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
  const common = commonContext(context, recordedIn(subject.metadata, context.ruleset))
  for (const rule of context.ruleset.rulesFor(subject.kind)) {
    const { id } = rule.policy
    const found = findingsIn(contextOf(rule, subject, common), rule)
    const isExempt = found.length > 0 && context.exemptions.reasons.has(id)
    verdicts.push(verdictsOf(id)[outcomeOf(found, isExempt)])
    for (const finding of found) (isExempt ? exempt : findings).push(finding)
  }
  return { findings: byWeight(findings), exempt, verdicts }
}

/** The most findings of a policy in one object. More are of no use, and a hostile object must not make the answer arbitrarily large. */
const mostViolations = 1000
const longestField = 512

/** What one rule finds, before exemptions. */
export function findingsOf(
  rule: Rule,
  subject: Subject,
  context: Pick<EvaluationContext, 'facts' | 'ruleset'>
): readonly Finding[] {
  const common = commonContext(context, recordedIn(subject.metadata, context.ruleset))
  return findingsIn(contextOf(rule, subject, common), rule)
}

const nothing: readonly Finding[] = []

function findingsIn(context: AnyContext, rule: Rule): readonly Finding[] {
  const violations = rule.policy.check(context)
  if (violations.length === 0) return nothing
  const some = violations.length > mostViolations ? violations.slice(0, mostViolations) : violations
  let findings: Finding[] | undefined
  for (const violation of some) {
    const finding = toFinding(rule, violation)
    // Most policies find one thing: a list that begins with it has no room to spare.
    if (findings === undefined) findings = [finding]
    else findings.push(finding)
  }
  return findings ?? nothing
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

function outcomeOf(findings: readonly Finding[], exempt: boolean): PolicyVerdict['verdict'] {
  if (findings.length === 0) return 'pass'
  if (exempt) return 'exempt'
  for (const { severity } of findings) if (severity !== 'unknown') return 'violated'
  return 'unknown'
}

type Verdicts = Readonly<Record<PolicyVerdict['verdict'], PolicyVerdict>>

/** The verdicts of each policy, made once: every review has one of each policy. */
const madeVerdicts = new Map<string, Verdicts>()

export function verdictsOf(policy: string): Verdicts {
  const made = madeVerdicts.get(policy)
  if (made !== undefined) return made
  const of = (verdict: PolicyVerdict['verdict']): PolicyVerdict => Object.freeze({ policy, verdict })
  const verdicts = {
    pass: of('pass'),
    violated: of('violated'),
    spared: of('spared'),
    exempt: of('exempt'),
    unknown: of('unknown')
  }
  madeVerdicts.set(policy, verdicts)
  return verdicts
}
