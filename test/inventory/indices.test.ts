import * as fc from 'fast-check'
import t from 'tap'
import { LabelIndex } from '../../src/inventory/label-index.ts'
import { PerNamespace } from '../../src/inventory/per-namespace.ts'
import { SelectorIndex } from '../../src/inventory/selector-index.ts'
import { type Labels, type LabelSelector, selectorMatches } from '../../src/kube/label-selector.ts'

interface Labelled {
  labels: Labels
}
interface Selecting {
  selector: LabelSelector | undefined
}

const keys = ['app', 'tier', 'part-of', '__proto__', 'constructor', '']
const values = ['web', 'db', 'shop', '__proto__', '']
const key = fc.constantFrom(...keys)
const value = fc.constantFrom(...values)

/** As JSON gives it: `__proto__` is a key like any other. */
function asJson<T>(given: T): T {
  return JSON.parse(JSON.stringify(given)) as T
}

const labels = fc
  .array(fc.tuple(key, value), { maxLength: 4 })
  .map((pairs): Labels => JSON.parse(`{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join()}}`))
const requirement = fc.record({
  key,
  operator: fc.constantFrom('In', 'In', 'NotIn', 'Exists', 'DoesNotExist', 'Near'),
  values: fc.oneof(
    fc.array(value, { maxLength: 3 }),
    fc.constant(Array.from({ length: 20 }, (_, index) => values[index] ?? `v${index}`))
  )
})
const matchExpressions = fc.array(requirement, { maxLength: 2 })
const selector: fc.Arbitrary<LabelSelector | undefined> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ matchLabels: labels, matchExpressions }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant(undefined) }
)
/** Whether each item is taken out again, and what is looked up at the end. */
const flags = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })

function kept<T>(items: readonly T[], out: readonly boolean[]): T[] {
  return items.filter((_, index) => out[index] !== true)
}

/** Adds all, takes out some, and adds half of those again. */
function fill<T>(index: { add(item: T): void; delete(item: T): void }, items: readonly T[], out: readonly boolean[]) {
  for (const item of items) index.add(item)
  const gone = items.filter((_, position) => out[position] === true)
  for (const item of gone) index.delete(item)
  for (const item of gone) index.add(item)
  for (const item of gone.toReversed()) index.delete(item)
}

void t.test('things with labels are found by selector as by trying each', (test) => {
  const things = fc.array(fc.record({ labels }), { maxLength: 12 })
  fc.assert(
    fc.property(things, flags, selector, (all, out, asked) => {
      const index = new LabelIndex<Labelled>((item) => item.labels)
      fill(index, all, out)
      const left = kept(all, out)
      const wanted = left.filter((item) => selectorMatches(asked, item.labels))
      const found = [...index.matching(asked)]
      if (index.size !== left.length) throw new Error(`a size of ${index.size}`)
      if (found.length !== new Set(found).size) throw new Error('found twice')
      return found.length === wanted.length && wanted.every((item) => found.includes(item))
    }),
    { numRuns: 2000 }
  )
  test.end()
})

void t.test('things with selectors are found by labels as by trying each', (test) => {
  const things = fc.array(fc.record({ selector }), { maxLength: 12 })
  fc.assert(
    fc.property(things, flags, labels, (all, out, asked) => {
      const index = new SelectorIndex<Selecting>((item) => item.selector)
      fill(index, all, out)
      const left = kept(all, out)
      const wanted = left.filter((item) => selectorMatches(item.selector, asked))
      const found = [...index.selecting(asked)]
      if (index.size !== left.filter((item) => item.selector !== undefined).length)
        throw new Error(`a size of ${index.size}`)
      if (found.length !== new Set(found).size) throw new Error('found twice')
      return found.length === wanted.length && wanted.every((item) => found.includes(item))
    }),
    { numRuns: 2000 }
  )
  test.end()
})

/** Counts how often it is asked for what an item is matched by: how much a look-up goes through. */
class Counted {
  reads = 0
  read<T>(given: T): T {
    this.reads++
    return given
  }
}

const partOf = { 'app.kubernetes.io/part-of': 'shop' }

void t.test('a label that all have makes a look-up by selector no longer', (test) => {
  const counted = new Counted()
  const index = new LabelIndex<Labelled>((item) => counted.read(item.labels))
  for (let n = 0; n < 10_000; n++) index.add({ labels: { ...partOf, app: `web-${n}`, tier: `t${n % 3}` } })
  counted.reads = 0
  const tier = { key: 'tier', operator: 'Exists' }
  const found = [...index.matching({ matchLabels: { ...partOf, app: 'web-77' }, matchExpressions: [tier] })]
  test.equal(found.length, 1)
  test.equal(counted.reads, 1)
  const inTwo = { key: 'app', operator: 'In', values: ['web-1', 'web-2'] }
  test.equal([...index.matching({ matchLabels: partOf, matchExpressions: [inTwo] })].length, 2)
  test.equal(counted.reads, 3)
  test.end()
})

void t.test('a label that all ask for makes a look-up by labels no longer, in whichever order it stands', (test) => {
  for (const selectorOf of [
    (n: number) => ({ matchLabels: { ...partOf, app: `web-${n}` } }),
    (n: number) => ({ matchLabels: { app: `web-${n}`, ...partOf } }),
    (n: number) => ({ matchLabels: partOf, matchExpressions: [{ key: 'app', operator: 'In', values: [`web-${n}`] }] })
  ]) {
    const counted = new Counted()
    const index = new SelectorIndex<Selecting>((item) => counted.read(item.selector))
    for (let n = 0; n < 10_000; n++) index.add({ selector: selectorOf(n) })
    counted.reads = 0
    test.equal([...index.selecting({ ...partOf, app: 'web-77' })].length, 1)
    test.ok(counted.reads <= 3, `${counted.reads} were tried`)
  }
  test.end()
})

void t.test('a namespace has its own, and leaves nothing behind', (test) => {
  const indices = new PerNamespace<Selecting, SelectorIndex<Selecting>>(
    () => new SelectorIndex((item) => item.selector)
  )
  const everything = { selector: asJson({}) }
  const nothing = { selector: undefined }
  indices.add('shop', everything)
  indices.add('bank', nothing)
  test.strictSame([...(indices.in('shop')?.selecting({}) ?? [])], [everything])
  test.equal(indices.in('bank'), undefined)
  indices.delete('bank', nothing)
  indices.delete('shop', everything)
  test.equal(indices.in('shop'), undefined)
  test.end()
})
