import { isShallow, type Place, type Token } from '../../kube/json.ts'
import { annotation, type Metadata } from '../../kube/metadata.ts'
import { isApplied } from '../../kube/provenance.ts'
import { defaultGraceSeconds } from '../../kube/termination.ts'
import { anything, integer, isObject, list, object, string } from '../../kube/shape.ts'
import type { Workload } from '../../kube/workload.ts'
import { injectedKey } from '../api.ts'
import type { Injection } from '../policy.ts'

export const recordPlace = ['metadata', 'annotations', injectedKey]

/** Enough for any pod with a dozen containers, and far below what the API server allows for all annotations together. */
const recordLimit = 16 * 1024

/** One injected value, as it was when it was put in. */
export interface Injected extends Injection {
  policy: string
}

const record = list(object({ policy: string, at: string, value: anything, instead: integer }))

export const handlers: ReadonlySet<string> = new Set(['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'])

/** The handler of a probe or a hook; undefined for anything else. */
export function handlerIn(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  for (const key in value) if (handlers.has(key) && Object.hasOwn(value, key)) return key
  return undefined
}

/** Of the shapes that are ever injected: a number, perhaps in the place of a default; a probe or a hook; a list that holds something. */
function isInjectable(value: unknown, instead: number | undefined): boolean {
  if (typeof value === 'number') return value !== instead && (instead === undefined || instead === defaultGraceSeconds)
  if (instead !== undefined || !isShallow(value)) return false
  return Array.isArray(value) ? value.length > 0 : handlerIn(value) !== undefined
}

function isInjected(entry: { policy?: string; at?: string; value?: unknown; instead?: number }): entry is Injected {
  return entry.policy !== undefined && entry.at !== undefined && isInjectable(entry.value, entry.instead)
}

/** Reads the record. Anyone may write the annotation: what is not a record counts as none. */
export function recordOf(metadata: Metadata): readonly Injected[] {
  const text = annotation(metadata, injectedKey)
  if (text === undefined || text.length > recordLimit) return []
  try {
    const parsed: unknown = JSON.parse(text)
    if (record(parsed) !== undefined || !Array.isArray(parsed)) return []
    return parsed.filter(isInjected)
  } catch {
    return [] // not JSON: somebody else's text
  }
}

/**
 * What is injected in an object. A record that a person's manifest carries, exported and applied again, makes all that it names
 * theirs: it stands in the manifest too.
 */
export function injectedIn(workload: Workload): readonly Injected[] {
  const entries = recordOf(workload.metadata)
  return entries.length > 0 && isApplied(workload.object, recordPlace) ? [] : entries
}

/** Whether the same is injected in two versions of an object, as far as their records and manifests say. */
export function hasSameRecord(one: Workload, other: Workload): boolean {
  if (annotation(one.metadata, injectedKey) !== annotation(other.metadata, injectedKey)) return false
  return isApplied(one.object, recordPlace) === isApplied(other.object, recordPlace)
}

/** The record as annotation text, the same whatever the order of its entries; or undefined where it would not fit. */
export function recordText(entries: readonly Injected[]): string | undefined {
  const sorted = entries.toSorted((one, other) => (one.at < other.at ? -1 : 1))
  const text = JSON.stringify(sorted.map(({ policy, at, value, instead }) => ({ policy, at, value, instead })))
  return text.length <= recordLimit ? text : undefined
}

const step = '[A-Za-z]+(?:\\[name=[a-z0-9]+(?:-[a-z0-9]+)*\\])?'
const steps = new RegExp(`^${step}(?:\\.${step})*$`)
const named = '[name='

interface Step {
  field: string
  /** Of the item that is meant, where the field is a list. */
  name: string | undefined
}

function toStep(part: string): Step {
  const bracket = part.indexOf(named)
  if (bracket < 0) return { field: part, name: undefined }
  return { field: part.slice(0, bracket), name: part.slice(bracket + named.length, -1) }
}

/** Places that were read before: containers have the same few names again and again, and reading a place takes longer than a policy. */
const known = new Map<string, readonly Step[]>()
const mostKnown = 1000
const longestKnown = 128

/** The steps of a place below a pod spec; none where it is not one, or its container has no name that the API takes. */
export function stepsOf(at: string): readonly Step[] {
  const before = known.get(at)
  if (before !== undefined) return before
  const read = steps.test(at) ? at.split('.').map(toStep) : []
  if (known.size >= mostKnown) known.clear()
  if (at.length <= longestKnown) known.set(at, read)
  return read
}

function indexOfNamed(items: unknown, name: string): number {
  return Array.isArray(items) ? items.findIndex((item) => isObject(item) && item['name'] === name) : -1
}

/** The tokens of a place below a pod spec, after those `above`; undefined where its container is not there. */
export function tokensOf(spec: object, at: string, above: Place = []): Token[] | undefined {
  const tokens = [...above]
  for (const { field, name } of stepsOf(at)) {
    tokens.push(field)
    if (name === undefined) continue
    const index = indexOfNamed(Reflect.get(spec, field), name)
    if (index < 0) return undefined
    tokens.push(index)
  }
  return tokens.length === above.length ? undefined : tokens
}
