import { isShallow, valueAt } from '../kube/json.ts'
import { annotation } from '../kube/metadata.ts'
import { provenanceOf } from '../kube/provenance.ts'
import { defaultGraceSeconds } from '../kube/termination.ts'
import type { Workload } from '../kube/workload.ts'
import type { Exemptions } from './exemption.ts'
import { type Injected, injectedIn, injectedKey } from './injected.ts'
import { isOurs, placeOf, rivalled } from './ours.ts'
import type { Place } from './patch.ts'
import { begin, edit, type Progress } from './progress.ts'
import type { Ruleset } from './ruleset.ts'

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

function restoreOne(progress: Progress, old: Workload, entry: Injected): Progress {
  const { workload, record } = progress
  const value = stillOurs(old, entry)
  const place = placeOf(workload, entry.at)
  if (value === undefined || place === undefined) return progress
  const others = record.filter(({ at }) => at !== entry.at)
  if (isOmitted(workload, place, entry)) return edit(progress, [{ at: entry.at, place, value }], [...others, entry])
  const present = valueAt(workload.object, place)
  const rival = rivalled(present, entry)
  if (rival !== undefined)
    return edit(progress, [{ at: `${entry.at}.${rival}`, place: [...place, rival], value: undefined }], others)
  return { ...progress, record: isOurs(present, entry) ? [...others, entry] : others }
}

/**
 * Puts back, as it is in the old object, what was injected there and the new object omits, and withdraws what a person has replaced.
 * Anyone may write the record, so only places that a policy declares are put back. An exemption from a policy is a person's word
 * against its injections: those are left out as the request has it.
 */
export function restore(workload: Workload, old: Workload, ruleset: Ruleset, exemptions: Exemptions): Progress {
  const entries = injectedIn(old).filter(({ policy, at }) => {
    return ruleset.mayInject(policy, at) && !exemptions.reasons.has(policy)
  })
  const start = begin(workload, injectedIn(workload))
  return entries.reduce((progress, entry) => restoreOne(progress, old, entry), start)
}
