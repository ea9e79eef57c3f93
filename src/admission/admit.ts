import type { EvaluationContext } from '../engine/evaluation-context.ts'
import { type Decision, decide, type Mode } from '../engine/decide.ts'
import { evaluate, type Evaluation, findingsOf } from '../engine/evaluate.ts'
import { type ExemptionRules, readExemptions } from '../engine/exemption.ts'
import type { Fact, Facts, FactsFor } from '../engine/facts.ts'
import type { Finding } from '../engine/finding.ts'
import type { Policy, Subject } from '../engine/policy.ts'
import type { ChooseRuleset } from '../engine/profile.ts'
import { type Remedied, remedyCreate, remedyUpdate } from '../engine/injection/remedy.ts'
import { remedyBudget } from '../engine/injection/remedy-budget.ts'
import type { Ruleset } from '../engine/ruleset.ts'
import type { Labels } from '../kube/label-selector.ts'
import { sameJson, valueAt } from '../kube/json.ts'
import { controllerKind, type Metadata } from '../kube/metadata.ts'
import { isWorkload, type Workload } from '../kube/workload.ts'
import type { Admit, Answer, DecisionRecord, Endpoint } from './answer.ts'
import { auditList, type Response, toPatch, toReview, toStatus, toWarnings } from './response.ts'
import { type AdmissionRequest, parseReview } from './review.ts'
import { type Judged, resourceOf, subjectOf } from './subjects.ts'

export interface AdmitOptions {
  policies: readonly Policy[]
  chooseRuleset: ChooseRuleset
  exemptions: ExemptionRules
  factsFor: FactsFor<Subject>
  /** The labels of a namespace. */
  namespaceLabels: (name: string) => Fact<Labels>
  /** The UTC date, YYYY-MM-DD. */
  today: () => string
}

/** All that judging one subject takes. */
interface Case extends Judged, EvaluationContext {
  factsFor: FactsFor<Subject>
  notices: readonly string[]
}

type Outcome = { response: Response } & Pick<DecisionRecord, 'verdict' | 'verdicts' | 'patched'>

const ignored: Outcome = { response: { allowed: true }, verdict: 'ignored', verdicts: [], patched: [] }

const nothing: Remedied = { operations: [], injected: [] }

/** What another controller keeps is left alone: it would put back what it wants, again and again. */
function remedied({ subject, before, facts, ruleset, exemptions }: Case): Remedied {
  const context = { facts, ruleset, exemptions }
  if (controllerKind(subject.metadata) !== undefined) return nothing
  const old = before?.()
  if (subject.kind === 'PodDisruptionBudget') {
    return remedyBudget(subject, old?.kind === 'PodDisruptionBudget' ? old : undefined, context)
  }
  if (!isWorkload(subject)) return nothing
  if (old === undefined || !isWorkload(old)) return remedyCreate(subject, context)
  return remedyUpdate(subject, old, context)
}

function mutate(judged: Case): Outcome {
  const { operations, injected } = remedied(judged)
  const patched = [...new Set(injected.map(({ policy }) => policy))]
  if (operations.length === 0) return { response: { allowed: true }, verdict: 'allow', verdicts: [], patched }
  const auditAnnotations = { injected: auditList(patched) }
  return {
    response: { allowed: true, auditAnnotations, ...toPatch(operations) },
    verdict: 'patch',
    verdicts: [],
    patched
  }
}

function required(old: Subject, facts: Facts, ruleset: Ruleset): Finding[] {
  const rules = ruleset.rulesFor(old.kind).filter(({ severity }) => severity === 'required')
  return rules.flatMap((rule) => findingsOf(rule, old, facts))
}

/** The old object at the replicas of the new one, if those are more: what was hidden by having few was there all the same. */
function raised<W extends Workload>(old: W, { replicas }: Workload): W {
  return old.replicas === undefined || replicas === undefined || replicas <= old.replicas ? old : { ...old, replicas }
}

/**
 * What the old object already lacked of what may be denied. A CREATE has no old object. To scale to zero is never denied, and neither is
 * what a controller does with its own: there all counts as having been lacking before. So does what the operation is spared.
 */
function findingsBefore(
  { subject, byController, before, factsFor, ruleset }: Case,
  { findings }: Evaluation
): readonly Finding[] {
  if (byController) return findings
  const old = before?.()
  const spared = findings.filter(({ spares }) => spares === (old === undefined ? 'CREATE' : 'UPDATE'))
  if (old === undefined) return spared
  if (!isWorkload(subject) || !isWorkload(old)) return [...required(old, factsFor(old), ruleset), ...spared]
  if (subject.replicas === 0 && old.replicas !== 0 && hasSameTemplate(subject, old)) return findings
  const highest = raised(old, subject)
  return [...required(highest, factsFor(highest), ruleset), ...spared]
}

function hasSameTemplate(one: Workload, other: Workload): boolean {
  return sameJson(valueAt(one.object, one.templateAt), valueAt(other.object, other.templateAt))
}

function ids(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ policy }) => policy))]
}

function noticesOf(mode: Mode, decision: Decision, { notices }: Case): readonly string[] {
  if (mode === 'audit') return []
  if (mode !== 'warn' || decision.verdict === 'deny' || decision.wouldDeny.length === 0) return notices
  const denying = ids(decision.wouldDeny)
  const list = denying.length > 3 ? `${denying.length} policies` : denying.join(', ')
  return [...notices, `in enforce mode this would be denied: ${list}`]
}

function auditOf(mode: Mode, judged: Case, evaluation: Evaluation, decision: Decision): Record<string, string> {
  const { findings, exempt } = evaluation
  const reason = (policy: string) => judged.exemptions.reasons.get(policy)
  const injected = mode === 'audit' ? remedied(judged).injected : []
  const wouldDeny = decision.verdict === 'allow' ? ids(decision.wouldDeny) : []
  return {
    ...(findings.length > 0 && { findings: auditList(findings) }),
    ...(exempt.length > 0 && { exempt: auditList(ids(exempt).map((policy) => ({ policy, reason: reason(policy) }))) }),
    ...(wouldDeny.length > 0 && { 'would-deny': auditList(wouldDeny) }),
    ...(injected.length > 0 && { 'would-inject': auditList(injected) })
  }
}

function validate(mode: Mode, judged: Case, exemptible: boolean): Outcome {
  const { subject, facts, ruleset, exemptions } = judged
  const evaluation = evaluate(subject, facts, ruleset, exemptions)
  const decision = decide(mode, evaluation, () => findingsBefore(judged, evaluation), judged.before === undefined)
  const warnings = toWarnings(noticesOf(mode, decision, judged), decision.warnings)
  const auditAnnotations = auditOf(mode, judged, evaluation, decision)
  const said: Partial<Response> = {
    ...(warnings.length > 0 && { warnings }),
    ...(Object.keys(auditAnnotations).length > 0 && { auditAnnotations })
  }
  const verdicts = { verdicts: evaluation.verdicts, patched: [] }
  if (decision.verdict === 'allow') return { response: { allowed: true, ...said }, verdict: 'allow', ...verdicts }
  const status = toStatus(decision.reasons, ruleset.profile, exemptible)
  return { response: { allowed: false, status, ...said }, verdict: 'deny', ...verdicts }
}

function toAnswer(endpoint: Endpoint, request: AdmissionRequest, outcome: Outcome): Answer {
  const { uid, operation } = request
  const record: DecisionRecord = {
    uid,
    endpoint,
    operation,
    resource: resourceOf(request),
    namespace: request.namespace ?? '',
    name: request.name ?? '',
    user: request.userInfo?.username ?? '',
    dryRun: request.dryRun === true,
    verdict: outcome.verdict,
    verdicts: outcome.verdicts,
    patched: outcome.patched
  }
  return { body: toReview(uid, outcome.response), record }
}

/** Whose annotations exempt: a Scale has none of its own, its parent has. */
function annotatedBy({ kind, metadata }: Subject, { workloads }: Facts): Metadata {
  if (kind !== 'Scale' || !workloads.known) return metadata
  return workloads.value[0]?.metadata ?? metadata
}

/** The straight line from a call's body to its answer: parse, find the subject and its facts, judge, and say so. */
export function buildAdmit(options: AdmitOptions): Admit {
  const { policies, chooseRuleset, exemptions: rules, factsFor, namespaceLabels, today } = options
  const known = new Set(policies.map(({ id }) => id))
  return (endpoint, body) => {
    const request = parseReview(body)
    const judged = subjectOf(request)
    if (judged === undefined) return toAnswer(endpoint, request, ignored)
    const facts = factsFor(judged.subject)
    const exemptions = readExemptions(annotatedBy(judged.subject, facts), { known, rules, today })
    const { ruleset, notices: ofNamespace } = chooseRuleset(namespaceLabels(request.namespace ?? ''))
    const notices = [...ofNamespace, ...exemptions.notices]
    const whole: Case = { ...judged, facts, factsFor, exemptions, ruleset, notices }
    const outcome = endpoint === 'mutate' ? mutate(whole) : validate(endpoint, whole, rules.allowed)
    return toAnswer(endpoint, request, outcome)
  }
}
