/** A flaw in the shape of an object: its `path` from the checked value, and the expected value. */
export interface Flaw {
  path: string
  expected: string
}

/** A check of one JSON value. It returns the first flaw, never a copy: policies read the object as it came. */
export interface Shape<T> {
  (value: unknown): Flaw | undefined
  readonly infers?: T
}

/** The type of what a shape lets through. A field that no shape names does not exist for the code that reads it. */
export type Infer<S> = S extends Shape<infer T> ? T : never

type Fields = Record<string, Shape<unknown>>
type ObjectOf<F extends Fields> = { readonly [K in keyof F]?: Infer<F[K]> }

export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function flawOf(expected: string): Flaw {
  return Object.freeze({ path: '', expected })
}

const [noString, noBoolean, noInteger, neither] = [
  flawOf('a string'),
  flawOf('true or false'),
  flawOf('an integer'),
  flawOf('an integer or a string')
]

export const string: Shape<string> = (value) => (typeof value === 'string' ? undefined : noString)
export const boolean: Shape<boolean> = (value) => (typeof value === 'boolean' ? undefined : noBoolean)
export const integer: Shape<number> = (value) => (Number.isInteger(value) ? undefined : noInteger)
export const integerOrString: Shape<number | string> = (value) => {
  return typeof value === 'string' || Number.isInteger(value) ? undefined : neither
}
/** Any value that is present; no code reads it. */
export const anything: Shape<unknown> = () => undefined

function within(key: string, flaw: Flaw): Flaw {
  const joint = flaw.path === '' || flaw.path.startsWith('[') ? '' : '.'
  return { path: `${key}${joint}${flaw.path}`, expected: flaw.expected }
}

/**
 * An object whose named fields, where present, have the given shapes. A null field is an absent one, as in Kubernetes'
 * own decoding, and is taken out of the value, so that nothing behind this check meets null.
 */
export function object<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const shapes = new Map(Object.entries(fields))
  const order = Object.keys(fields)
  return (value) => {
    if (!isObject(value)) return { path: '', expected: 'an object' }
    let first: Flaw | undefined
    let rank = Infinity
    // By the fields that are present: objects leave out most of what their kinds have.
    for (const key in value) {
      const shape = shapes.get(key)
      if (shape === undefined) continue
      const field = value[key]
      if (field === undefined) continue
      if (field === null) {
        delete value[key]
        continue
      }
      const flaw = shape(field)
      if (flaw === undefined) continue
      const own = order.indexOf(key)
      if (own < rank) first = within(key, flaw)
      rank = Math.min(rank, own)
    }
    return first
  }
}

export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return { path: '', expected: 'a list' }
    for (let index = 0; index < value.length; index++) {
      const flaw = item(value[index])
      if (flaw !== undefined) return within(`[${index}]`, flaw)
    }
    return undefined
  }
}

/** A map of strings to strings, as labels and annotations are; null is the empty string, as in Kubernetes' decoding. Read it with `Object.hasOwn`: a key may be `__proto__`. */
export const strings: Shape<Readonly<Record<string, string>>> = (value) => {
  if (!isObject(value)) return { path: '', expected: 'an object' }
  for (const key in value) {
    const text = value[key]
    if (typeof text === 'string') continue
    if (text !== null) return { path: `[${JSON.stringify(key)}]`, expected: 'a string' }
    value[key] = ''
  }
  return undefined
}

/** Of a path in a message; a key may be as long as the object. */
const longestPath = 200

/** An object whose fields do not have the shape of its kind. The message names the field and the expected value. */
export class MalformedObject extends Error {
  override name = 'MalformedObject'
}

/** Narrows `value` to what the shape describes, or throws MalformedObject. */
export function expectShape<T>(shape: Shape<T>, value: unknown): asserts value is T {
  const flaw = shape(value)
  if (flaw === undefined) return
  const path = flaw.path.length > longestPath ? `${flaw.path.slice(0, longestPath).toWellFormed()}…` : flaw.path
  throw new MalformedObject(`${path === '' ? 'the object' : path}: expected ${flaw.expected}`)
}
