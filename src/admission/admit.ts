import { injectEnabled, injectKey, type Mode } from '../engine/api.ts'
import { type Before, type Change, decide, type Decision, verdictsOn } from '../engine/decide.ts'
import type { Finding } from '../engine/finding.ts'
import { type Injection, injectionFor, noInjection } from '../engine/injection/injection.ts'
import { repairablePolicies } from '../engine/injection/repairable.ts'
import { type NamespaceRules, remarksOnNamespace } from '../engine/own-keys.ts'
import { inShort } from '../engine/in-short.ts'
import { buildJudge, type JudgeOptions, type Judgement } from '../engine/judge.ts'
import type { Subject } from '../engine/policy.ts'
import { isCompanionBudget, isPart, objectName } from '../engine/subject.ts'
import { label } from '../kube/label-selector.ts'
import { controllerOf, type OwnerReference } from '../kube/metadata.ts'
import type { Admit, Answer, DecisionRecord, Endpoint } from './answer.ts'
import { type Controller, controllerBehind, isMachine, isRunByHand, type OperatorRules } from './author.ts'
import { auditFindings, auditList, costOf, toAuditInjection } from './audit-list.ts'
import { type Response, toPatch, toReview, toStatus, toWarnings } from './response.ts'
import { arePlain } from './plain-text.ts'
import { repairRemarks } from './repair-remarks.ts'
import { type AdmissionRequest, parseReview } from './review.ts'
import { changeIn, namespaceIn, resourceOf } from './subjects.ts'

export interface AdmitOptions extends JudgeOptions, NamespaceRules {
  operators: OperatorRules
  /** The URL of a policy page, with `{policy}` for its id. */
  policyPages?: string | undefined
  /** Whether the author of a request is told what was added to its object. */
  warnsOfRepairs: boolean
}

/** Turns the body of a call into its answer: parses it, finds the subject, judges it, decides, and builds the response. */
export function buildAdmit(options: AdmitOptions): Admit {
  const judge = buildJudge(options)
  return (endpoint, body) => {
    const request = parseReview(body)
    if (endpoint === 'labels') return toAnswer(endpoint, request, remarkOnLabels(request, options))
    const asked = changeIn(request)
    if (asked === undefined) return toAnswer(endpoint, request, ignored)
    const { subject } = asked
    const namespace = request.namespace ?? ''
    const user = request.userInfo?.username ?? ''
    const judgement = judge(subject, namespace)
    const owners = ownersOf(judgement)
    const controller = controllerBehind({ user, namespace }, owners, options.operators)
    if (controller !== undefined && isPart(subject)) return toAnswer(endpoint, request, ignored)
    // Such as our controller, which keeps companions as they have to be.
    if (controller === 'trusted' && isCompanionBudget(subject)) return toAnswer(endpoint, request, ignored)
    const change: Change = { ...asked, byController: controller !== undefined || isRunByHand(subject) }
    const evaluateOld = (old: Subject) => judge(old, namespace).evaluation
    const review: Review = { change, controller, owners, user, options, namespace, evaluateOld, judgement }
    return toAnswer(endpoint, request, endpoint === 'mutate' ? mutate(review) : validate(endpoint, review))
  }
}

/** The owners of a subject, or of what a Scale scales; undefined if that has not been seen. */
function ownersOf({ subject, facts }: Judgement): readonly OwnerReference[] | undefined {
  if (subject.kind !== 'Scale') return subject.metadata.ownerReferences ?? []
  return facts.workloads.known ? (facts.workloads.value[0]?.metadata.ownerReferences ?? []) : undefined
}

/** A request as it is judged. */
interface Review {
  change: Change
  /** Why the request counts as a controller's; undefined if it does not. */
  controller: Controller | undefined
  owners: readonly OwnerReference[] | undefined
  user: string
  judgement: Judgement
  evaluateOld: Before['evaluateOld']
  namespace: string
  options: AdmitOptions
}

type Outcome = { response: Response } & Pick<
  DecisionRecord,
  'verdict' | 'verdicts' | 'findings' | 'reasons' | 'profile' | 'denied' | 'warned' | 'patched'
>

const none: readonly never[] = []
const ignored = allowed('ignored', { allowed: true })

/** An outcome of which nothing is counted but what is given. */
function allowed(
  verdict: Outcome['verdict'],
  response: Response,
  { warned = none, patched = none }: Partial<Pick<Outcome, 'warned' | 'patched'>> = {}
): Outcome {
  return {
    response,
    verdict,
    verdicts: none,
    findings: none,
    reasons: none,
    profile: undefined,
    denied: none,
    warned,
    patched
  }
}

function mutate(review: Review): Outcome {
  const { change, options } = review
  const injection = injectionIn(review)
  const { operations, injected } = injection
  const patched = policiesOf(injected)
  if (operations.length === 0) return allowed('allow', { allowed: true }, { patched })
  const auditAnnotations = { injected: JSON.stringify(auditList(patched)) }
  const object = objectName(change.subject)
  const remarks = options.warnsOfRepairs ? repairRemarks(object, injection) : []
  const { texts, findings } = toWarnings(object, remarks, injected.flatMap(costOf))
  const response = { allowed: true, warnings: someOf(texts), auditAnnotations, patch: toPatch(operations) }
  return allowed('patch', response, { warned: policiesOf(findings), patched })
}

function injectionIn(review: Review): Injection {
  const { change, judgement } = review
  return isMaintained(review) ? noInjection : injectionFor(change.subject, change.old?.(), judgement)
}

/**
 * Whether a controller maintains the object, and would revert a remedy again and again. Here every owner counts,
 * because nobody gains anything by going without a remedy.
 */
function isMaintained({ change: { subject }, controller, owners = [], user }: Review): boolean {
  if (controller !== undefined || controllerOf(subject.metadata) !== undefined) return true
  return owners.length > 0 && isMachine(user)
}

function validate(mode: Mode, review: Review): Outcome {
  const { change, judgement } = review
  const { evaluation, ruleset } = judgement
  const decision = decide(mode, change, evaluation, { evaluateOld: review.evaluateOld, ruleset })
  const told = inShort(decision.warnings, change.subject)
  const warnings = toWarnings(objectName(change.subject), remarksIn(mode, decision, judgement), told)
  const reasons = decision.verdict === 'deny' ? decision.reasons : none
  const denied = policiesOf(reasons)
  const plain = arePlain(evaluation.findings)
  const status = decision.verdict === 'deny' ? statusOf(review, { reasons, denied, plain }) : undefined
  return {
    response: {
      allowed: status === undefined,
      status,
      warnings: someOf(warnings.texts),
      auditAnnotations: auditOf(mode, review, decision, plain)
    },
    verdict: decision.verdict,
    verdicts: verdictsOn(change, evaluation),
    findings: evaluation.findings,
    reasons,
    profile: ruleset.profile,
    denied,
    warned: policiesOf(warnings.findings),
    patched: none
  }
}

interface Denied {
  reasons: readonly Finding[]
  denied: readonly string[]
  /** Whether all their texts are plain. */
  plain: boolean
}

function statusOf(review: Review, { reasons, denied, plain }: Denied): string {
  const { change, judgement, options } = review
  const denial = {
    object: objectName(change.subject),
    profile: judgement.ruleset.profile,
    policies: denied,
    exemptible: options.exemptions.allowed,
    repairable: repairable(review, reasons),
    claimant: claimantOf(review),
    policyPages: options.policyPages
  }
  return toStatus(reasons, denial, plain)
}

/** An answer has no empty list. */
function someOf(texts: readonly string[]): readonly string[] | undefined {
  return texts.length === 0 ? undefined : texts
}

/** A namespace is never denied: its labels are only remarked on. */
function remarkOnLabels(request: AdmissionRequest, rules: NamespaceRules): Outcome {
  const namespace = namespaceIn(request)
  if (namespace === undefined) return ignored
  const name = `namespace/${namespace.name ?? ''}`
  const remarks = remarksOnNamespace(namespace, rules).map((remark) => `${name}: ${remark}`)
  return allowed('allow', { allowed: true, warnings: someOf(toWarnings(name, remarks, []).texts) })
}

/** Each once: there are no more than there are policies. */
function policiesOf(items: readonly { policy: string }[]): string[] {
  const ids: string[] = []
  for (const { policy } of items) if (!ids.includes(policy)) ids.push(policy)
  return ids
}

/** The warnings that are not findings: none in audit. */
function remarksIn(mode: Mode, decision: Decision, { subject, remarks }: Judgement): readonly string[] {
  if (mode === 'audit') return []
  if (mode !== 'warn' || decision.verdict === 'deny' || decision.wouldDeny.length === 0) return remarks
  const denying = policiesOf(decision.wouldDeny)
  const list = denying.length > 3 ? `${denying.length} policies` : denying.join(', ')
  return [...remarks, `${objectName(subject)}: enforce mode would deny this for ${list}`]
}

function allowsRepairs({ namespace, options }: Review): boolean {
  const labels = options.namespaceLabels(namespace)
  return labels.known && label(labels.value, injectKey) === injectEnabled
}

/** The policies that would not deny the request if the namespace allowed repairs; none if it already does. */
function repairable(review: Review, reasons: readonly Finding[]): string[] {
  if (allowsRepairs(review)) return []
  return isMaintained(review) ? [] : repairablePolicies(reasons, review.change, review.judgement)
}

/** The author of a denied request, where it may be a controller that nobody has listed. */
function claimantOf({ owners = [], user }: Review): string | undefined {
  return owners.length > 0 && isMachine(user) ? user : undefined
}

/** As strings of JSON. Undefined if there is nothing to record. */
function auditOf(mode: Mode, review: Review, decision: Decision, plain: boolean): Record<string, string> | undefined {
  const { controller } = review
  const { evaluation, exemptions } = review.judgement
  const { findings, exempt } = evaluation
  const reason = (policy: string) => exemptions.reasons.get(policy)
  const repairs = mode === 'audit' && allowsRepairs(review)
  const injected = repairs ? injectionIn(review).injected : none
  const wouldDeny = wouldDenyFor(review, decision, repairs)
  const isSilent = findings.length + exempt.length + wouldDeny.length + injected.length === 0
  if (isSilent) return undefined
  const annotations: Record<string, string> = {}
  if (findings.length > 0) annotations['findings'] = auditFindings(findings, plain)
  if (findings.length > 0 && controller !== undefined) annotations['controller'] = JSON.stringify(controller)
  if (exempt.length > 0) {
    const exempted = policiesOf(exempt).map((policy) => ({ policy, reason: reason(policy) }))
    annotations['exempt'] = JSON.stringify(auditList(exempted))
  }
  if (wouldDeny.length > 0) annotations['would-deny'] = JSON.stringify(auditList(wouldDeny))
  if (injected.length > 0) annotations['would-inject'] = JSON.stringify(auditList(injected.map(toAuditInjection)))
  return annotations
}

/** The policies that enforce mode would deny for: in audit, where the namespace allows repairs, those that are left after them. */
function wouldDenyFor(review: Review, decision: Decision, repairs: boolean): readonly string[] {
  if (decision.verdict === 'deny' || decision.wouldDeny.length === 0) return none
  const denying = policiesOf(decision.wouldDeny)
  if (!repairs || isMaintained(review)) return denying
  const mended = new Set(repairablePolicies(decision.wouldDeny, review.change, review.judgement))
  return denying.filter((policy) => !mended.has(policy))
}

function toAnswer(endpoint: Endpoint, request: AdmissionRequest, outcome: Outcome): Answer {
  const { uid, operation } = request
  const { response, verdict, verdicts, findings, reasons, profile, denied, warned, patched } = outcome
  const record: DecisionRecord = {
    uid,
    endpoint,
    operation,
    resource: resourceOf(request),
    namespace: request.namespace ?? '',
    name: request.name ?? '',
    user: request.userInfo?.username ?? '',
    dryRun: request.dryRun === true,
    verdict,
    verdicts,
    findings,
    reasons,
    profile,
    denied,
    warned,
    patched
  }
  return { body: toReview(uid, response), record }
}
