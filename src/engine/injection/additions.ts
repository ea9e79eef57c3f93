import { isWorkload } from '../../kube/workload.ts'
import { commonContext, contextOf, recordedAmong } from '../policy-context.ts'
import type { EvaluationContext } from '../evaluation-context.ts'
import { optsOut } from '../opt-out.ts'
import type { Addition, PolicyAddition } from '../policy.ts'
import { type Patchable, PatchBuilder } from './patch-builder.ts'
import { injectedIn, mostEntries, type RecordEntry } from './record.ts'

/**
 * Runs the remedies on a subject, and returns what they add: without the patch and the record that an admission makes of it. It promises:
 *
 * - It edits nothing. The same subject in the same context gets the same additions.
 * - Policies run in list order, and each sees what those before it added: pre-stop-sleep adds a sleep, and the grace period has to hold it.
 * - An addition goes where nothing is, or replaces a value that nobody wrote, which it names in `instead`.
 * - An addition goes only where its policy declares that it injects. A policy that adds elsewhere is broken, and this throws.
 * - A place gets one addition: the last one, with what the first one replaced.
 * - A policy that is off, or that the subject is exempt from, adds nothing. A subject that is annotated `holdfast.dev/inject: disabled`
 *   gets nothing.
 *
 * Values may be parts of the subject: do not edit them.
 */
export function additionsFor(subject: Patchable, context: EvaluationContext): readonly PolicyAddition[] {
  return addRemedies(
    new PatchBuilder(subject),
    context,
    isWorkload(subject) ? injectedIn(subject, context.ruleset) : []
  )
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
  const common = commonContext({ facts, ruleset }, recordedAmong(recorded))
  for (const rule of ruleset.repairsFor(builder.subject.kind)) {
    const { policy } = rule
    if (exemptions.reasons.has(policy.id)) continue
    const additions = policy.remedy(contextOf(rule, builder.subject, common))
    if (kept + added.length + additions.length > mostEntries) continue
    for (const addition of additions) {
      const { at, value, instead } = addition
      const place = builder.placeOf(at)
      // Its container is gone, or something else stands there.
      if (place === undefined || builder.valueAt(place) !== instead) continue
      if (!ruleset.mayInject(policy.id, at)) throw new Error(`${policy.id} may not inject ${at}`)
      builder.set(at, place, value)
      take(added, policy.id, addition)
    }
  }
  return added
}

/** Takes up an addition. One that was made to the same place before gives way, and leaves it what it replaced. */
function take(added: PolicyAddition[], policy: string, { at, value, instead, tells }: Addition): void {
  const index = indexOfPlace(added, at)
  const replaced = index < 0 ? instead : added[index]?.instead
  if (index >= 0) added.splice(index, 1)
  const addition: PolicyAddition = { policy, at, value }
  if (tells !== undefined) addition.tells = tells
  if (replaced !== undefined) addition.instead = replaced
  added.push(addition)
}

function indexOfPlace(additions: readonly PolicyAddition[], at: string): number {
  for (let index = 0; index < additions.length; index++) if (additions[index]?.at === at) return index
  return -1
}

/** Whether the subject's own annotation keeps remedies away from it. */
export function refusesInjection({ metadata }: Patchable): boolean {
  return optsOut(metadata)
}
