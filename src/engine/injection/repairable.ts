import { sameJson, valueAt } from '../../kube/json.ts'
import { hasSameTemplate, isWorkload, podField } from '../../kube/workload.ts'
import type { Change } from '../decide.ts'
import { contextsOf } from '../evaluate.ts'
import type { EvaluationContext } from '../evaluation-context.ts'
import type { Finding } from '../finding.ts'
import type { Subject } from '../policy.ts'
import { refusesInjection } from './additions.ts'
import type { Patchable } from './patch-builder.ts'
import { recordOf } from './record.ts'

/**
 * The policies all of whose findings an injection would mend, by what their remedies add: of a denied request what a namespace with
 * repairs would have let through. It is asked for each denial, so it makes neither a patch nor a record.
 */
export function repairablePolicies(findings: readonly Finding[], change: Change, context: EvaluationContext): string[] {
  const { subject } = change
  if (!isPatchable(subject) || !mayInject(subject, change)) return []
  const contextOf = contextsOf(context, () => recordOf(subject.metadata, context.ruleset))
  const byPolicy = Map.groupBy(findings, ({ policy }) => policy)
  const repairable: string[] = []
  for (const rule of context.ruleset.rulesFor(subject.kind)) {
    const { policy } = rule
    const own = byPolicy.get(policy.id)
    if (own === undefined || policy.remedy === undefined) continue
    const additions = policy.remedy(contextOf(rule, subject))
    if (additions.length === 0) continue
    const mended = new Set(additions.map(({ at }) => fieldOf(subject, at)))
    if (own.every(({ field }) => mended.has(field))) repairable.push(policy.id)
  }
  return repairable
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

/** The field of what is added at a place. */
function fieldOf(subject: Patchable, at: string): string {
  return isWorkload(subject) ? podField(subject, at) : `spec.${at}`
}
