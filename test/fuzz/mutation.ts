import * as fc from 'fast-check'

const deepest = 40

/** Every place in a value that is not too deep, the outermost first. */
export function placesIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || at.length > deepest) return [at]
  return [at, ...Object.entries(value).flatMap(([key, below]) => placesIn(below, [...at, key]))]
}

/** A copy with something else at a place. */
export function spoiled(root: unknown, at: readonly string[], value: unknown): unknown {
  return changedAt(root, at, () => value)
}

function changedAt(root: unknown, [key, ...rest]: readonly string[], change: (value: unknown) => unknown): unknown {
  if (key === undefined || typeof root !== 'object' || root === null) return change(root)
  const copy: object = Array.isArray(root) ? [...root] : { ...root }
  set(copy, key, changedAt(Reflect.get(root, key), rest, change))
  return copy
}

/** An own property, whatever its name. */
function set(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
}

/** What to do to the value at a place, which is picked by number. */
export interface Mutation {
  pick: number
  what: string
  change: (value: unknown) => unknown
}

/** Text that a terminal, a log or a page would take for something else. */
const oddTexts = [
  '',
  ']',
  'a]b',
  '[[',
  '\u0000\n',
  '\u009b31m',
  '\u202egnp.exe',
  '\u2028',
  '\ud800',
  '👩‍👩',
  '%s',
  '\\u0000',
  '${x}'
]
const oddNumbers = [0, -0, -1, 1.5, 1e300, -1e300, 2 ** 31, 2 ** 53, 2 ** 63]
const oddKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'a/b~0', ...oddTexts]

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, '3', '100%', [], {}, [null], [{}], ...oddTexts, ...oddNumbers),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(...oddKeys).map((key) => named(key, { x: 1 })),
  fc.constantFrom(300, 5000, 70_000).map((length) => 'x'.repeat(length))
)

function named(key: string, below: unknown): unknown {
  const made = {}
  set(made, key, below)
  return made
}

const replace = value.map((other) => ({
  what: `another value, ${JSON.stringify(other).slice(0, 40)}`,
  change: () => other
}))
const remove = fc.constant({ what: 'nothing', change: () => undefined })
const nest = fc.constantFrom(50, 1000).map((depth) => ({
  what: `itself, ${depth} deep`,
  change: (below: unknown) => {
    let nested = below
    for (let level = 0; level < depth; level++) nested = level % 2 === 0 ? [nested] : { a: nested }
    return nested
  }
}))
const key = fc.tuple(fc.constantFrom(...oddKeys), value).map(([name, below]) => ({
  what: `another field, ${JSON.stringify(name)}`,
  change: (root: unknown) => {
    if (typeof root !== 'object' || root === null || Array.isArray(root)) return root
    const copy = { ...root }
    set(copy, name, below)
    return copy
  }
}))
const items = fc.constantFrom(
  { what: 'its items twice', change: (list: unknown) => (Array.isArray(list) ? [...list, ...list] : list) },
  { what: 'its items reversed', change: (list: unknown) => (Array.isArray(list) ? list.toReversed() : list) },
  { what: 'its items without the first', change: (list: unknown) => (Array.isArray(list) ? list.slice(1) : list) },
  { what: 'its items a hundred times', change: (list: unknown) => (Array.isArray(list) ? repeated(list) : list) }
)

function repeated(list: readonly unknown[]): unknown[] {
  return Array.from({ length: 100 }, () => list.slice(0, 2)).flat()
}

const mutation: fc.Arbitrary<Mutation> = fc
  .tuple(
    fc.nat(),
    fc.oneof(
      { arbitrary: replace, weight: 6 },
      { arbitrary: remove, weight: 2 },
      { arbitrary: key, weight: 2 },
      { arbitrary: items, weight: 3 },
      { arbitrary: nest, weight: 1 }
    )
  )
  .map(([pick, { what, change }]) => ({ pick, what, change }))

export function mutations(most: number): fc.Arbitrary<Mutation[]> {
  return fc.array(mutation, { maxLength: most })
}

/** A copy with all mutations, one after the other. */
export function mutated(root: unknown, all: readonly Mutation[]): unknown {
  return all.reduce((before: unknown, { pick, change }) => {
    const places = placesIn(before)
    return changedAt(before, places[pick % places.length] ?? [], change)
  }, root)
}
