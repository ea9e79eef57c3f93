import { isShallow } from '../../kube/json.ts'
import { annotation, type Metadata } from '../../kube/metadata.ts'
import { handlerIn } from '../../kube/probe.ts'
import { isApplied } from '../../kube/provenance.ts'
import { anything, integer, isObject, type JsonObject, list, object, string } from '../../kube/shape.ts'
import { defaultGraceSeconds } from '../../kube/termination.ts'
import type { Workload } from '../../kube/workload.ts'
import { injectedKey } from '../api.ts'
import type { Addition, PolicyAddition } from '../policy.ts'
import type { Ruleset } from '../ruleset.ts'
import type { Shortfall } from '../violation.ts'

export const recordPlace = ['metadata', 'annotations', injectedKey]

/** One injected value in the record of a workload. */
export interface RecordEntry {
  policy: string
  /** The place below the pod spec. */
  at: string
  /** The value as it was when it was injected, or as much of it as it takes to know it again. */
  value: unknown
  /** The default that the first injection replaced. */
  instead?: number
  /** The mark of the manifest that states the place, although somebody took its value out of the object before the injection. */
  manifest?: string
}

/** What was put into an object: an entry of its record, with what the addition tells. */
export interface Injected extends RecordEntry {
  tells?: Shortfall
}

/** More entries than fit into the record's text, for any pod. */
export const mostEntries = 256
/** Enough for any pod with a dozen containers, and far below what the API server allows for all annotations together. */
const recordLimit = 16 * 1024
/** Of the API server, for all annotations of an object. */
const annotationsLimit = 256 * 1024

/** Tells the places that a policy may inject to. */
export type Places = Pick<Ruleset, 'mayInject'>

/**
 * Reads the record. Anyone may write the annotation: what is not a record counts as none, and an entry counts only where its policy may
 * inject.
 */
export function recordOf(metadata: Metadata, { mayInject }: Places): readonly RecordEntry[] {
  const text = annotation(metadata, injectedKey)
  if (text === undefined || text.length > recordLimit) return []
  try {
    const parsed: unknown = JSON.parse(text)
    if (recordShape(parsed) !== undefined || !Array.isArray(parsed)) return []
    return parsed.filter(isEntry).filter(({ policy, at }) => mayInject(policy, at))
  } catch {
    return [] // not JSON: somebody else's text
  }
}

/**
 * What is injected in an object. A record that a person's manifest carries, exported and applied again, makes all that it names
 * theirs: it stands in the manifest too.
 */
export function injectedIn(workload: Workload, places: Places): readonly RecordEntry[] {
  const entries = recordOf(workload.metadata, places)
  return entries.length > 0 && isApplied(workload.object, recordPlace) ? [] : entries
}

/** Whether two versions of an object have the same injected, as far as their records and manifests say. */
export function hasSameRecord(one: Workload, other: Workload): boolean {
  if (annotation(one.metadata, injectedKey) !== annotation(other.metadata, injectedKey)) return false
  return isApplied(one.object, recordPlace) === isApplied(other.object, recordPlace)
}

/** The record with an entry for each addition. An entry that the record has for the place leaves it what the first injection replaced. */
export function withAdditions(
  record: readonly RecordEntry[],
  additions: readonly PolicyAddition[]
): readonly Injected[] {
  const entries: Injected[] = []
  for (const addition of additions) entries.push(injectedBy(addition, record))
  return withEntries(record, entries)
}

function injectedBy(addition: PolicyAddition, record: readonly RecordEntry[]): Injected {
  const { policy, at, tells } = addition
  const value = recordedValue(addition)
  const earlier = record.length === 0 ? undefined : record.find((one) => one.at === at)
  if (earlier === undefined && value === addition.value) return addition
  const { instead } = earlier ?? addition
  const entry: Injected = { policy, at, value }
  if (tells !== undefined) entry.tells = tells
  if (instead !== undefined) entry.instead = instead
  return entry
}

/** The record with other entries in it. Those that it has for the same places give way. */
export function withEntries<E extends RecordEntry>(record: readonly E[], entries: readonly E[]): readonly E[] {
  if (record.length === 0) return entries
  const places = new Set(entries.map(({ at }) => at))
  return [...record.filter(({ at }) => !places.has(at)), ...entries]
}

/** What a record holds of an added value. Spread constraints repeat the workload's selector, which would fill the record. */
function recordedValue({ at, value }: Addition): unknown {
  if (at !== 'topologySpreadConstraints' || !Array.isArray(value)) return value
  return value.filter(isObject).map(recordedConstraint)
}

function recordedConstraint({ topologyKey, whenUnsatisfiable }: JsonObject): JsonObject {
  return { topologyKey, whenUnsatisfiable }
}

/** The record as annotation text, the same whatever the order of its entries; or undefined where it would not fit. */
export function recordText(entries: readonly RecordEntry[]): string | undefined {
  const text = JSON.stringify(entries.toSorted(byPlace).map(written))
  return text.length <= recordLimit ? text : undefined
}

function byPlace(one: RecordEntry, other: RecordEntry): number {
  return one.at < other.at ? -1 : 1
}

/** An entry with its keys in the order of the text. */
function written({ policy, at, value, instead, manifest }: RecordEntry): object {
  return { policy, at, value, instead, manifest }
}

/** Whether the record fits beside the other annotations: the API server bounds them all together. */
export function hasRoom({ metadata: { annotations = {} } }: Workload, record: string): boolean {
  let text = `${injectedKey}${record}`
  for (const key of Object.keys(annotations)) if (key !== injectedKey) text += `${key}${annotations[key]}`
  // A character takes three bytes at most: most texts need not be measured.
  return text.length * 3 <= annotationsLimit || Buffer.byteLength(text) <= annotationsLimit
}

const recordShape = list(object({ policy: string, at: string, value: anything, instead: integer, manifest: string }))

function isEntry(entry: { policy?: string; at?: string; value?: unknown; instead?: number }): entry is RecordEntry {
  return entry.policy !== undefined && entry.at !== undefined && isInjectable(entry.value, entry.instead)
}

/** Of the shapes that are ever injected: a number, perhaps over a default; a probe or a hook; a list that holds something. */
function isInjectable(value: unknown, instead: number | undefined): boolean {
  if (typeof value === 'number') return value !== instead && (instead === undefined || instead === defaultGraceSeconds)
  if (instead !== undefined || !isShallow(value)) return false
  return Array.isArray(value) ? value.length > 0 : handlerIn(value) !== undefined
}
