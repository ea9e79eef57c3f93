import { injectEnabled, injectKey, type Mode } from '../engine/api.ts'
import { type Before, type Change, decide, type Decision } from '../engine/decide.ts'
import type { Finding } from '../engine/finding.ts'
import { type Injection, injectionFor } from '../engine/injection/injection.ts'
import { repairablePolicies } from '../engine/injection/repairable.ts'
import { buildJudge, type JudgeOptions, type Judgement } from '../engine/judge.ts'
import type { Subject } from '../engine/policy.ts'
import { objectName } from '../engine/subject.ts'
import { label } from '../kube/label-selector.ts'
import { controllerKind } from '../kube/metadata.ts'
import type { Admit, Answer, DecisionRecord, Endpoint } from './answer.ts'
import { auditList, type Response, toAuditFinding, toPatch, toReview, toStatus, toWarnings } from './response.ts'
import { type AdmissionRequest, parseReview } from './review.ts'
import { changeIn, resourceOf } from './subjects.ts'

export interface AdmitOptions extends JudgeOptions {
  /** The URL of a policy page, with `{policy}` for its id. */
  policyPages?: string | undefined
}

/** Turns the body of a call into its answer: parses it, finds the subject, judges it, decides, and builds the response. */
export function buildAdmit(options: AdmitOptions): Admit {
  const judge = buildJudge(options)
  return (endpoint, body) => {
    const request = parseReview(body)
    const change = changeIn(request)
    if (change === undefined) return toAnswer(endpoint, request, ignored)
    const namespace = request.namespace ?? ''
    const evaluateOld = (old: Subject) => judge(old, namespace).evaluation
    const review = { change, options, namespace, evaluateOld, judgement: judge(change.subject, namespace) }
    return toAnswer(endpoint, request, endpoint === 'mutate' ? mutate(review) : validate(endpoint, review))
  }
}

/** A request as it is judged. */
interface Review {
  change: Change
  judgement: Judgement
  evaluateOld: Before['evaluateOld']
  namespace: string
  options: AdmitOptions
}

type Outcome = { response: Response } & Pick<DecisionRecord, 'verdict' | 'verdicts' | 'denied' | 'warned' | 'patched'>

const silent = { verdicts: [], denied: [], warned: [], patched: [] }
const ignored: Outcome = { response: { allowed: true }, verdict: 'ignored', ...silent }

function mutate(review: Review): Outcome {
  const { operations, injected } = injectionIn(review)
  const patched = policiesOf(injected)
  if (operations.length === 0) return { response: { allowed: true }, verdict: 'allow', ...silent, patched }
  const auditAnnotations = { injected: auditList(patched) }
  const response = { allowed: true, auditAnnotations, ...toPatch(operations) }
  return { response, verdict: 'patch', ...silent, patched }
}

const nothing: Injection = { operations: [], injected: [] }

/** An object that another controller maintains gets no remedy: the controller would revert it again and again. */
function injectionIn({ change, judgement }: Review): Injection {
  const { subject, old } = change
  if (controllerKind(subject.metadata) !== undefined) return nothing
  return injectionFor(subject, old?.(), judgement)
}

function validate(mode: Mode, review: Review): Outcome {
  const { change, judgement, options } = review
  const { evaluation, ruleset } = judgement
  const decision = decide(mode, change, evaluation, { evaluateOld: review.evaluateOld, ruleset })
  const warnings = toWarnings(objectName(change.subject), remarksIn(mode, decision, judgement), decision.warnings)
  const auditAnnotations = auditOf(mode, review, decision)
  const said: Partial<Response> = {
    ...(warnings.texts.length > 0 && { warnings: warnings.texts }),
    ...(Object.keys(auditAnnotations).length > 0 && { auditAnnotations })
  }
  const denied = decision.verdict === 'deny' ? policiesOf(decision.reasons) : []
  const counted = { verdicts: evaluation.verdicts, denied, warned: policiesOf(warnings.findings), patched: [] }
  if (decision.verdict === 'allow') return { response: { allowed: true, ...said }, verdict: 'allow', ...counted }
  const status = toStatus(decision.reasons, {
    object: objectName(change.subject),
    profile: ruleset.profile,
    exemptible: options.exemptions.allowed,
    repairable: repairable(review, decision.reasons),
    policyPages: options.policyPages
  })
  return { response: { allowed: false, status, ...said }, verdict: 'deny', ...counted }
}

function policiesOf(items: readonly { policy: string }[]): string[] {
  return [...new Set(items.map(({ policy }) => policy))]
}

/** The warnings that are not findings: none in audit. */
function remarksIn(mode: Mode, decision: Decision, { subject, remarks }: Judgement): readonly string[] {
  if (mode === 'audit') return []
  if (mode !== 'warn' || decision.verdict === 'deny' || decision.wouldDeny.length === 0) return remarks
  const denying = policiesOf(decision.wouldDeny)
  const list = denying.length > 3 ? `${denying.length} policies` : denying.join(', ')
  return [...remarks, `${objectName(subject)}: enforce mode would deny this for ${list}`]
}

/** The policies that would not deny the request if the namespace allowed repairs; none if it already does. */
function repairable(review: Review, reasons: readonly Finding[]): string[] {
  const { subject } = review.change
  const labels = review.options.namespaceLabels(review.namespace)
  if (labels.known && label(labels.value, injectKey) === injectEnabled) return []
  return controllerKind(subject.metadata) === undefined
    ? repairablePolicies(reasons, review.change, review.judgement)
    : []
}

function auditOf(mode: Mode, review: Review, decision: Decision): Record<string, string> {
  const { evaluation, exemptions } = review.judgement
  const { findings, exempt } = evaluation
  const reason = (policy: string) => exemptions.reasons.get(policy)
  const injected = mode === 'audit' ? injectionIn(review).injected : []
  const wouldDeny = decision.verdict === 'allow' ? policiesOf(decision.wouldDeny) : []
  return {
    ...(findings.length > 0 && { findings: auditList(findings.map(toAuditFinding)) }),
    ...(exempt.length > 0 && {
      exempt: auditList(policiesOf(exempt).map((policy) => ({ policy, reason: reason(policy) })))
    }),
    ...(wouldDeny.length > 0 && { 'would-deny': auditList(wouldDeny) }),
    ...(injected.length > 0 && { 'would-inject': auditList(injected) })
  }
}

function toAnswer(endpoint: Endpoint, request: AdmissionRequest, outcome: Outcome): Answer {
  const { uid, operation } = request
  const { response, ...counted } = outcome
  const record: DecisionRecord = {
    uid,
    endpoint,
    operation,
    resource: resourceOf(request),
    namespace: request.namespace ?? '',
    name: request.name ?? '',
    user: request.userInfo?.username ?? '',
    dryRun: request.dryRun === true,
    ...counted
  }
  return { body: toReview(uid, response), record }
}
