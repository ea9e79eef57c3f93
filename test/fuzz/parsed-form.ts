import { readdirSync, readFileSync } from 'node:fs'
import { MalformedObject } from '../../src/kube/shape.ts'
import type { Json, JsonMap } from '../support/workloads.ts'

/** What a parser reads of a value, found out by what it refuses. */
export type Form =
  | { type: 'text' | 'number' | 'flag' }
  /** A map of texts. */
  | { type: 'texts' }
  | { type: 'list'; item: Form }
  | { type: 'object'; fields: ReadonlyMap<string, Form> }

type Parse = (raw: unknown) => unknown
/** A value that no shape accepts, wherever it stands. */
const unfit = Symbol('unfit')
/** Where a value is, from the root; a number is an index of a list. */
type Place = readonly (string | number)[]

const folder = new URL('../../src/kube/', import.meta.url)
/** Every word that may name a field: the parsers of objects are all in `kube/`. */
const words: readonly string[] = [
  ...new Set(
    readdirSync(folder).flatMap((file) => readFileSync(new URL(file, folder), 'utf8').match(/\b[a-z]\w+/g) ?? [])
  )
]

/** The form of the objects that a parser reads. Fields that it leaves to others, such as amounts, are not in it. */
export function formOf(parse: Parse): Form {
  return formAt(parse, [])
}

function formAt(parse: Parse, place: Place): Form {
  if (place.length === 0) return { type: 'object', fields: fieldsAt(parse, place) }
  const { expected } = refusalOf(parse, nested(place, unfit)) ?? { expected: 'a value' }
  if (expected === 'a list') return { type: 'list', item: formAt(parse, [...place, 0]) }
  if (expected === 'an object') {
    const isOpen = refusalOf(parse, nested(place, { 'no field': unfit })) !== undefined
    return isOpen ? { type: 'texts' } : { type: 'object', fields: fieldsAt(parse, place) }
  }
  if (expected === 'true or false') return { type: 'flag' }
  return { type: expected === 'an integer' ? 'number' : 'text' }
}

/** A parser names the first field that is wrong: without that it names the next. */
function fieldsAt(parse: Parse, place: Place): ReadonlyMap<string, Form> {
  const found = new Map<string, Form>()
  const raw: Record<string, unknown> = Object.fromEntries(words.map((word) => [word, unfit]))
  const whole = nested(place, raw)
  for (;;) {
    const refusal = refusalOf(parse, whole)
    const name = refusal === undefined ? undefined : fieldIn(refusal.path, place)
    if (name === undefined || found.has(name)) return found
    raw[name] = undefined
    found.set(name, formAt(parse, [...place, name]))
  }
}

function fieldIn(path: string, place: Place): string | undefined {
  const above = place.reduce<string>((text, token) => {
    return typeof token === 'number' ? `${text}[${token}]` : text === '' ? token : `${text}.${token}`
  }, '')
  return path.startsWith(above) ? /^\.?(\w+)$/.exec(path.slice(above.length))?.[1] : undefined
}

function nested(place: Place, value: unknown): unknown {
  return place.reduceRight<unknown>((below, token) => (typeof token === 'number' ? [below] : { [token]: below }), value)
}

function refusalOf(parse: Parse, raw: unknown): { path: string; expected: string } | undefined {
  try {
    parse(raw)
    return undefined
  } catch (error) {
    // Behind the shape, a parser may stumble over what it does not check.
    if (!(error instanceof MalformedObject)) return undefined
    const [path = '', expected = ''] = error.message.split(': expected ')
    return { path, expected }
  }
}

/** A collection of a form: the names that lead to it, through the first items of the lists around it. */
export interface Collection {
  at: Place
  form: Extract<Form, { type: 'texts' | 'list' }>
}

/** All collections of a form, also those within the items of others. */
export function collectionsIn(form: Form, at: Place = []): Collection[] {
  if (form.type === 'texts') return [{ at, form }]
  if (form.type === 'list') return [{ at, form }, ...collectionsIn(form.item, [...at, 0])]
  if (form.type !== 'object') return []
  return [...form.fields].flatMap(([name, below]) => collectionsIn(below, [...at, name]))
}

/** What the texts of well-known fields have to be, so that policies go on to read the rest. */
const meant: Readonly<Record<string, (index: number) => Json>> = {
  apiVersion: () => 'apps/v1',
  kind: () => 'Deployment',
  type: () => 'Resource',
  operator: () => 'NotIn',
  topologyKey: () => 'kubernetes.io/hostname',
  whenUnsatisfiable: () => 'DoNotSchedule',
  containerPort: (index) => 1 + (index % 65_535),
  port: (index) => 1 + (index % 65_535),
  maxSkew: () => 1,
  weight: () => 1,
  protocol: () => 'TCP',
  effect: () => 'NoSchedule',
  name: (index) => `n${index}`
}

/** The `index`th item of a collection: with all of its fields, but no collections of its own. */
function itemOf(form: Form, name: string, index: number): Json {
  if (form.type === 'object') {
    const fields = [...form.fields].filter(([, { type }]) => type !== 'list' && type !== 'texts' && type !== 'object')
    return Object.fromEntries(fields.map(([key, below]) => [key, itemOf(below, key, index)]))
  }
  const made = meant[name]?.(index)
  if (made !== undefined) return made
  if (form.type === 'number') return index
  return form.type === 'flag' ? false : `v${index}`
}

/** A collection of about so many bytes. */
export function filled({ at, form }: Collection, bytes: number): Json {
  const name = at.findLast((token) => typeof token === 'string') ?? ''
  if (form.type === 'texts') {
    return Object.fromEntries(Array.from({ length: Math.ceil(bytes / 14) }, (_, index) => [`l${index}`, 'a']))
  }
  const most = Math.max(2, Math.ceil(bytes / (JSON.stringify(itemOf(form.item, name, 0)).length + 3)))
  return Array.from({ length: most }, (_, index) => itemOf(form.item, name, index))
}

/** An object with another one laid over it. A list of the second lies over the first item of a list of the first. */
export function laidOver(below: Json | undefined, above: Json): Json {
  if (Array.isArray(above) && Array.isArray(below)) {
    const [first, ...rest] = above as readonly Json[]
    return first === undefined ? below : [laidOver((below as readonly Json[])[0], first), ...rest]
  }
  if (!isMap(above) || !isMap(below)) return above
  const entries = Object.entries(above).map(([key, value]) => [key, laidOver(below[key], value ?? null)] as const)
  return { ...below, ...Object.fromEntries(entries) }
}

function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The collection where it belongs in its object. */
export function placed({ at }: Collection, value: Json): Json {
  return nested(at, value) as Json
}
