import { sameJson, valueAt } from '../../kube/json.ts'
import { hasSameTemplate, isPodField, isWorkload } from '../../kube/workload.ts'
import type { Change } from '../decide.ts'
import { commonContext, contextOf, recordedIn } from '../policy-context.ts'
import type { EvaluationContext } from '../evaluation-context.ts'
import type { Finding } from '../finding.ts'
import type { Addition, Subject } from '../policy.ts'
import { refusesInjection } from './additions.ts'
import type { Patchable } from './patch-builder.ts'

/**
 * The policies all of whose findings an injection would mend, by what their remedies add: of a denied request what a namespace with
 * repairs would have let through. It is asked for each denial, so it makes neither a patch nor a record.
 */
export function repairablePolicies(findings: readonly Finding[], change: Change, context: EvaluationContext): string[] {
  const { subject } = change
  if (!isPatchable(subject) || !mayInject(subject, change)) return []
  const common = commonContext(context, recordedIn(subject.metadata, context.ruleset))
  const repairable: string[] = []
  for (const rule of context.ruleset.repairsFor(subject.kind)) {
    const { policy } = rule
    if (!hasFinding(findings, policy.id)) continue
    const additions = policy.remedy(contextOf(rule, subject, common))
    if (additions.length > 0 && mendsAll(additions, policy.id, findings, subject)) repairable.push(policy.id)
  }
  return repairable
}

function hasFinding(findings: readonly Finding[], id: string): boolean {
  for (const { policy } of findings) if (policy === id) return true
  return false
}

/**
 * Whether all findings of a policy are at fields that its remedy fills. Both are in the order of the containers, so each search begins
 * where the last one ended: a pod may have a thousand containers.
 */
function mendsAll(
  additions: readonly Addition[],
  policy: string,
  findings: readonly Finding[],
  subject: Patchable
): boolean {
  let next = 0
  for (const finding of findings) {
    if (finding.policy !== policy) continue
    const found = indexFrom(next, additions, finding.field, subject)
    if (found < 0) return false
    next = found + 1
  }
  return true
}

/** The index of the addition at a field, looked for from `start` to the end, and then from the beginning. */
function indexFrom(start: number, additions: readonly Addition[], field: string, subject: Patchable): number {
  for (let step = 0; step < additions.length; step++) {
    const index = (start + step) % additions.length
    const addition = additions[index]
    if (addition !== undefined && isFieldAt(subject, addition.at, field)) return index
  }
  return -1
}

/** A pod template that an UPDATE leaves as it was is not patched, nor is a Pod that runs. */
function mayInject(subject: Patchable, { old: oldOf }: Change): boolean {
  if (refusesInjection(subject)) return false
  const old = oldOf?.()
  if (old === undefined || !isPatchable(old)) return true
  if (isWorkload(subject) && isWorkload(old)) return subject.kind !== 'Pod' && !hasSameTemplate(subject, old)
  return !sameJson(valueAt(subject.object, ['spec']), valueAt(old.object, ['spec']))
}

function isPatchable(subject: Subject): subject is Subject & Patchable {
  return isWorkload(subject) || subject.kind === 'PodDisruptionBudget'
}

/** Whether a field is the one that an addition at a place fills. */
function isFieldAt(subject: Patchable, at: string, field: string): boolean {
  return isWorkload(subject) ? isPodField(subject, at, field) : field === `spec.${at}`
}
