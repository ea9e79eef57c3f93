import { isShallow, valueAt } from '../kube/json.ts'
import { annotation } from '../kube/metadata.ts'
import { provenanceOf } from '../kube/provenance.ts'
import { defaultGraceSeconds } from '../kube/termination.ts'
import type { Workload } from '../kube/workload.ts'
import type { Circumstances } from './circumstances.ts'
import type { Draft, Place } from './draft.ts'
import { type Injected, injectedIn, injectedKey } from './injected.ts'
import { isOurs, placeOf, rivalled } from './ours.ts'

/** The value that the old object still has as we injected it; what others have changed since is theirs. */
function stillOurs(old: Workload, entry: Injected): unknown {
  const place = placeOf(old, entry.at)
  const value = place === undefined ? undefined : valueAt(old.object, place)
  return value !== undefined && isOurs(value, entry) && isShallow(value) ? value : undefined
}

/**
 * Whether the request merely leaves a value out. A default that the API server filled in again counts as left out where the record is
 * left out too: then the whole object is written anew. Beside the record it is a change to the object as it stands, and a person's.
 */
function isOmitted({ object, metadata }: Workload, place: Place, { instead }: Injected): boolean {
  const value = valueAt(object, place)
  if (value === undefined) return true
  if (annotation(metadata, injectedKey) !== undefined) return false
  return instead === defaultGraceSeconds && value === instead && provenanceOf(object, place) !== 'written'
}

function restoreOne(draft: Draft, old: Workload, entry: Injected): void {
  const value = stillOurs(old, entry)
  const place = placeOf(draft.workload, entry.at)
  if (value === undefined || place === undefined) return
  const present = draft.valueAt(place)
  const omitted = isOmitted(draft.workload, place, entry)
  const rival = omitted ? undefined : rivalled(present, entry)
  if (omitted) draft.set(entry.at, place, value)
  if (rival !== undefined) draft.set(`${entry.at}.${rival}`, [...place, rival], undefined)
  const kept = omitted || (rival === undefined && isOurs(present, entry))
  const others = draft.record.filter(({ at }) => at !== entry.at)
  draft.record = kept ? [...others, entry] : others
}

/**
 * Puts back, as it is in the old object, what was injected there and the new object omits, and withdraws what a person has replaced.
 * Anyone may write the record, so only places that a policy declares are put back. An exemption from a policy is a person's word
 * against its injections: those are left out as the request has it.
 */
export function restore(
  draft: Draft,
  old: Workload,
  { ruleset, exemptions }: Pick<Circumstances, 'ruleset' | 'exemptions'>
): void {
  for (const entry of injectedIn(old)) {
    if (!ruleset.mayInject(entry.policy, entry.at) || exemptions.reasons.has(entry.policy)) continue
    restoreOne(draft, old, entry)
  }
}
