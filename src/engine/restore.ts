import { containsJson, isShallow, type Token, valueAt } from '../kube/json.ts'
import { annotation } from '../kube/metadata.ts'
import { provenanceOf } from '../kube/provenance.ts'
import { isObject } from '../kube/shape.ts'
import { defaultGraceSeconds } from '../kube/termination.ts'
import type { Workload } from '../kube/workload.ts'
import type { Exemptions } from './exemption.ts'
import { type Injected, injectedKey, recordOf, tokensOf } from './injected.ts'
import { addTo, type Draft, removeFrom, replaceIn } from './patch.ts'
import { advance, begin, type Progress } from './progress.ts'
import type { Ruleset } from './ruleset.ts'

const handlers: ReadonlySet<string> = new Set(['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'])

type Place = readonly Token[]

function placeOf({ templateAt, podSpec }: Workload, at: string): Place | undefined {
  const tokens = tokensOf(podSpec, at)
  return tokens === undefined ? undefined : [...templateAt, 'spec', ...tokens]
}

/** The value that the old object still has as we injected it; what others have changed since is theirs. */
function stillOurs(old: Workload, entry: Injected): unknown {
  const place = placeOf(old, entry.at)
  const value = place === undefined ? undefined : valueAt(old.object, place)
  return containsJson(value, entry.value) && isShallow(value) ? value : undefined
}

/**
 * Whether the request merely leaves a value out. A default that the API server filled in again counts as left out where the record is
 * left out too: then the whole object is written anew. Beside the record it is a change to the object as it stands, and a person's.
 */
function isOmitted(workload: Workload, place: Place, { instead }: Injected): boolean {
  const value = valueAt(workload.object, place)
  if (value === undefined) return true
  if (annotation(workload.metadata, injectedKey) !== undefined) return false
  return instead === defaultGraceSeconds && value === instead && provenanceOf(workload.object, place) !== 'written'
}

/**
 * A handler of ours beside one that a person has added since: apply merges the two, and the API server takes only one. Theirs stays.
 */
function rivalOf(value: unknown, ours: unknown): string | undefined {
  if (!isObject(value) || !isObject(ours)) return undefined
  const mine = Object.keys(ours).find((key) => handlers.has(key))
  if (mine === undefined || !containsJson(value[mine], ours[mine])) return undefined
  return Object.keys(value).some((key) => handlers.has(key) && key !== mine) ? mine : undefined
}

function restoreOne(progress: Progress, old: Workload, entry: Injected): Progress {
  const { workload, operations, record } = progress
  const value = stillOurs(old, entry)
  const place = placeOf(workload, entry.at)
  if (value === undefined || place === undefined) return progress
  const draft: Draft = { object: workload.object, operations }
  const kept = [...record.filter(({ at }) => at !== entry.at), entry]
  if (isOmitted(workload, place, entry)) {
    const put = valueAt(workload.object, place) === undefined ? addTo : replaceIn
    return advance(progress, put(draft, place, value), kept, [entry])
  }
  const present = valueAt(workload.object, place)
  const rival = rivalOf(present, entry.value)
  if (rival !== undefined) {
    return advance(
      progress,
      removeFrom(draft, [...place, rival]),
      record.filter(({ at }) => at !== entry.at)
    )
  }
  return { ...progress, record: containsJson(present, entry.value) ? kept : record.filter(({ at }) => at !== entry.at) }
}

/**
 * Puts back, as it is in the old object, what was injected there and the new object omits, and withdraws what a person has replaced.
 * Anyone may write the record, so only places that a policy declares are put back. An exemption from a policy is a person's word against its injections: those are left out as the request has it.
 */
export function restore(workload: Workload, old: Workload, ruleset: Ruleset, exemptions: Exemptions): Progress {
  const entries = recordOf(old.metadata).filter(({ policy, at }) => {
    return ruleset.mayInject(policy, at) && !exemptions.reasons.has(policy)
  })
  const start = begin(workload, recordOf(workload.metadata))
  return entries.reduce((progress, entry) => restoreOne(progress, old, entry), start)
}
