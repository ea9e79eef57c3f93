import { annotation } from '../../kube/metadata.ts'
import { isWorkload } from '../../kube/workload.ts'
import { injectDisabled, injectKey } from '../api.ts'
import { contextOf } from '../evaluate.ts'
import type { EvaluationContext } from '../evaluation-context.ts'
import type { Addition } from '../policy.ts'
import { type Patchable, PatchBuilder } from './patch-builder.ts'
import { injectedIn, mostEntries, type RecordEntry } from './record.ts'

/** An addition, and the policy whose remedy makes it. */
export interface PolicyAddition extends Addition {
  policy: string
}

/**
 * What the remedies add to a subject: the remedy alone, apart from the patch and the record that an admission makes of it. It promises:
 *
 * - It edits nothing. The same subject in the same context has the same additions.
 * - Policies run in list order, and each sees what those before it added: the grace period has to hold a sleep that was added.
 * - An addition goes where nothing is, or over a value that nobody wrote, which it names in `instead`.
 * - An addition goes only where its policy declares that it injects. A policy that adds elsewhere is broken, and this throws.
 * - A place has one addition, the last one.
 * - A policy that is off, or that the subject is exempt from, adds nothing. Neither does any to a subject that is annotated
 *   `holdfast.dev/inject: disabled`.
 *
 * The values of additions may be parts of the subject: do not edit them.
 */
export function additionsFor(subject: Patchable, context: EvaluationContext): readonly PolicyAddition[] {
  return addRemedies(new PatchBuilder(subject), context, isWorkload(subject) ? injectedIn(subject) : [])
}

/**
 * Runs the remedies on what a builder holds, puts what they add into it, and returns that. `recorded` is what policies are told of
 * earlier injections; `kept` is how many of them stay beside the additions.
 */
export function addRemedies(
  builder: PatchBuilder,
  { facts, ruleset, exemptions }: EvaluationContext,
  recorded: readonly RecordEntry[] = [],
  kept = 0
): readonly PolicyAddition[] {
  const added: PolicyAddition[] = []
  if (refusesInjection(builder.subject)) return added
  for (const rule of ruleset.rulesFor(builder.subject.kind)) {
    const { policy } = rule
    if (policy.remedy === undefined || exemptions.reasons.has(policy.id)) continue
    const additions = policy.remedy(contextOf(rule, builder.subject, { facts, ruleset }, () => recorded))
    if (kept + added.length + additions.length > mostEntries) continue
    for (const addition of additions) {
      const { at, value, instead } = addition
      const place = builder.placeOf(at)
      // Its container is gone, or something else stands there.
      if (place === undefined || builder.valueAt(place) !== instead) continue
      if (!ruleset.mayInject(policy.id, at)) throw new Error(`${policy.id} may not inject ${at}`)
      builder.set(at, place, value)
      const earlier = added.findIndex((one) => one.at === at)
      const [{ instead: first }] = earlier < 0 ? [addition] : added.splice(earlier, 1)
      added.push(
        first === undefined ? { policy: policy.id, at, value } : { policy: policy.id, at, value, instead: first }
      )
    }
  }
  return added
}

/** Whether the subject's own annotation keeps remedies away from it. */
export function refusesInjection({ metadata }: Patchable): boolean {
  return annotation(metadata, injectKey) === injectDisabled
}
