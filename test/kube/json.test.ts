import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import t from 'tap'
import { containsJson, copyOf, isShallow, sameJson, toPointer, type Token, valueAt } from '../../src/kube/json.ts'
import { withValueAt } from '../support/edited.ts'

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const below of Object.values(value)) frozen(below)
  return Object.freeze(value)
}

function nested(levels: number, innermost: unknown, wrap: (value: unknown) => unknown): unknown {
  let value = innermost
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

const levels = (count: number): unknown => nested(count, 1, (value) => ({ value }))
const parsed = (text: string): unknown => JSON.parse(text)

void t.test('toPointer', (test) => {
  const cases: readonly (readonly [pointer: string, ...tokens: Token[]])[] = [
    [''],
    ['/', ''],
    ['/spec/replicas', 'spec', 'replicas'],
    ['/spec/containers/0/name', 'spec', 'containers', 0, 'name'],
    ['/metadata/annotations/holdfast.dev~1exempt', 'metadata', 'annotations', 'holdfast.dev/exempt'],
    ['/a~0b', 'a~b'],
    ['/~01', '~1'],
    ['/~00', '~0'],
    ['/~1~0~1', '/~/'],
    ['/a b/"/\\/é', 'a b', '"', '\\', 'é'],
    ['/list/-', 'list', '-'],
    ['/__proto__', '__proto__']
  ]
  for (const [pointer, ...tokens] of cases) test.equal(toPointer(tokens), pointer, JSON.stringify(tokens))
  test.end()
})

const key = fc.oneof(
  fc.constantFrom('', '~', '/', '~1', '~0', '0', '-', 'toString', 'a/b~c'),
  fc.string({ maxLength: 6, unit: 'grapheme' })
)
const anyKey = fc.oneof(key, fc.constantFrom('__proto__', 'constructor', 'prototype'))
const jsonValue = fc.jsonValue({ maxDepth: 3 }).map((value) => parsed(JSON.stringify(value)))
const jsonObject = fc.dictionary(anyKey, jsonValue, { maxKeys: 4 })

void t.test('a pointer names the same place for another JSON Patch library', (test) => {
  const banned = new Set(['__proto__', 'constructor', 'prototype'])
  const tokensArb = fc.array(
    key.filter((token) => !banned.has(token)),
    { minLength: 1, maxLength: 5 }
  )
  fc.assert(
    fc.property(tokensArb, jsonValue, (tokens, value) => {
      const before = withValueAt({}, tokens, 'before')
      const { newDocument } = jsonpatch.applyPatch(before, [{ op: 'add', path: toPointer(tokens), value }])
      return isDeepStrictEqual(newDocument, withValueAt({}, tokens, value))
    })
  )
  test.end()
})

void t.test('valueAt', (test) => {
  const root = frozen({ spec: { replicas: 0, list: [{ name: 'web' }, null], none: null }, '': 'empty' })
  const cases: readonly (readonly [fact: string, value: unknown, ...tokens: Token[]])[] = [
    ['no tokens are the root', root],
    ['a field', 0, 'spec', 'replicas'],
    ['an item of a list', 'web', 'spec', 'list', 0, 'name'],
    ['digits are no number of an item', undefined, 'spec', 'list', '0', 'name'],
    ['the length of a list is none of its items', undefined, 'spec', 'list', 'length'],
    ['null is a value', null, 'spec', 'none'],
    ['an empty key', 'empty', ''],
    ['nothing is below null', undefined, 'spec', 'none', 'name'],
    ['nothing is below a number', undefined, 'spec', 'replicas', 'toFixed'],
    ['nothing is below a string', undefined, 'spec', 'list', 0, 'name', 0],
    ['an item beyond the end', undefined, 'spec', 'list', 2],
    ['the item after the last', undefined, 'spec', 'list', '-'],
    ['an absent field', undefined, 'metadata', 'name'],
    ['toString is inherited', undefined, 'toString'],
    ['constructor is inherited', undefined, 'constructor', 'name'],
    ['__proto__ is inherited', undefined, '__proto__']
  ]
  for (const [fact, value, ...tokens] of cases) test.equal(valueAt(root, tokens), value, fact)
  test.equal(valueAt(parsed('{"__proto__":{"a":1}}'), ['__proto__', 'a']), 1, '__proto__ may be an own property')
  test.equal(valueAt(null, []), null, 'null is its own root')
  test.equal(valueAt(undefined, ['a']), undefined, 'nothing is below nothing')
  test.end()
})

void t.test('setValueAt', (test) => {
  const root = frozen({ metadata: { name: 'web' }, spec: { replicas: 1, items: [{ a: 1 }, { b: 2 }], empty: null } })
  const { metadata, spec } = root
  const cases: readonly (readonly [fact: string, result: unknown, value: unknown, ...tokens: Token[]])[] = [
    ['no tokens name nothing', root, 'new'],
    ['a field is replaced', { metadata, spec: { ...spec, replicas: 3 } }, 3, 'spec', 'replicas'],
    ['a field is added', { metadata, spec: { ...spec, paused: true } }, true, 'spec', 'paused'],
    ['null is written', { metadata, spec: { ...spec, replicas: null } }, null, 'spec', 'replicas'],
    ['parents are made', { ...root, status: { a: { b: 1 } } }, 1, 'status', 'a', 'b'],
    ['null gives way to a parent', { metadata, spec: { ...spec, empty: { a: 1 } } }, 1, 'spec', 'empty', 'a'],
    ['an item is replaced', { metadata, spec: { ...spec, items: [{ a: 1 }, 0] } }, 0, 'spec', 'items', 1],
    [
      'an item is reached into',
      { metadata, spec: { ...spec, items: [{ a: 9 }, { b: 2 }] } },
      9,
      'spec',
      'items',
      0,
      'a'
    ],
    ['undefined takes a field out', { metadata, spec: { replicas: 1, items: spec.items } }, undefined, 'spec', 'empty'],
    ['undefined takes a subtree out', { spec }, undefined, 'metadata'],
    ['undefined leaves what is not there', root, undefined, 'metadata', 'labels']
  ]
  for (const [fact, result, value, ...tokens] of cases) test.strictSame(withValueAt(root, tokens, value), result, fact)
  test.strictSame(withValueAt([1, 2], [2], 9), [1, 2, 9], 'a list grows at its end')
  test.strictSame(withValueAt([1, 2, 3], [1], undefined), [1, 3], 'and closes up where an item goes')
  test.throws(() => withValueAt([1, 2], [3], 9), { message: 'no place 3 in a list' })
  test.throws(() => withValueAt([1, 2], ['0'], 9), { message: 'no place 0 in a list' })
  test.strictSame(withValueAt({}, ['a', 'b'], undefined), {}, 'taking out what is not there makes no parents')
  test.throws(() => withValueAt({}, ['__proto__', 'polluted'], true), { message: 'no place __proto__ in an object' })
  test.notOk('polluted' in {}, 'nothing is polluted')
  const kept = withValueAt(frozen(parsed('{"__proto__":{"a":1},"b":2}')), ['b'], 3)
  test.equal(JSON.stringify(kept), '{"__proto__":{"a":1},"b":3}', 'an own __proto__ beside the way is left alone')
  test.end()
})

void t.test('what was written is read back, and nothing else changes', (test) => {
  fc.assert(
    fc.property(jsonObject, fc.array(anyKey, { maxLength: 5 }), jsonValue, (root, tokens, value) => {
      const before = JSON.stringify(root)
      fc.pre(tokens.length > 0 && !tokens.includes('__proto__'))
      fc.pre(!tokens.some((_, index) => Array.isArray(valueAt(root, tokens.slice(0, index)))))
      const copy = withValueAt(frozen(parsed(before)), tokens, value)
      const restored = withValueAt(copy, tokens.slice(0, 1), valueAt(root, tokens.slice(0, 1)))
      return sameJson(valueAt(copy, tokens), value) && sameJson(restored, parsed(before))
    }),
    { numRuns: 500 }
  )
  test.end()
})

const comparisons: readonly (readonly [same: boolean, one: string, other: string])[] = [
  [true, '{"a":1,"b":[1,{}]}', '{"b":[1,{}],"a":1}'],
  [true, '{"__proto__":1}', '{"__proto__":1}'],
  [true, '-0', '0'],
  [false, '[1,2]', '[2,1]'],
  [false, '[1]', '[1,1]'],
  [false, '{"a":1}', '{"a":1,"b":1}'],
  [false, '{"a":null}', '{}'],
  [false, '{"a":1}', '{"b":1}'],
  [false, '[]', '{}'],
  [false, '["a"]', '{"0":"a"}'],
  [false, 'null', '{}'],
  [false, '1', '"1"'],
  [false, '0', 'false'],
  [false, '{"a":1}', '{"toString":1}'],
  [false, '{"__proto__":1}', '{"a":1}'],
  [false, '{"__proto__":{}}', '{"a":{}}']
]

void t.test('sameJson', (test) => {
  for (const [same, one, other] of comparisons) {
    const fact = `${one} is ${same ? '' : 'not '}the same as ${other}`
    test.equal(sameJson(parsed(one), parsed(other)), same, fact)
    test.equal(sameJson(parsed(other), parsed(one)), same, `${fact}, either way round`)
  }
  const small = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom(0, 1, '1', null, true),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), { maxKeys: 2, noNullPrototype: true })
    )
  })).value
  fc.assert(
    fc.property(small, small, (one, other) => {
      const [left, right] = [parsed(JSON.stringify(one)), parsed(JSON.stringify(other))]
      return sameJson(left, right) === isDeepStrictEqual(left, right) && sameJson(left, structuredClone(left))
    }),
    { numRuns: 2000 }
  )
  const wraps = { lists: (value: unknown) => [value], objects: (value: unknown) => ({ value }) }
  for (const [what, wrap] of Object.entries(wraps)) {
    const deep = nested(100_000, 1, wrap)
    test.ok(sameJson(deep, nested(100_000, 1, wrap)), `100 000 levels of ${what} are the same`)
    test.notOk(sameJson(deep, nested(100_000, 2, wrap)), `and differ at the bottom of ${what}`)
  }
  test.end()
})

void t.test('containsJson', (test) => {
  const cases: readonly (readonly [contains: boolean, whole: string, part: string])[] = [
    [true, '{"a":1,"b":2}', '{"a":1}'],
    [true, '{"a":{"b":1,"c":2}}', '{"a":{"c":2}}'],
    [true, '{"a":1}', '{}'],
    [true, '[{"a":1,"b":2}]', '[{"a":1}]'],
    [true, '"a"', '"a"'],
    [true, '{"__proto__":{"a":1,"b":2}}', '{"__proto__":{"a":1}}'],
    [false, '{"a":1}', '{"a":1,"b":2}'],
    [false, '{"a":1}', '{"a":2}'],
    [false, '{"a":1}', '{"toString":{}}'],
    [false, '{"a":1}', '{"__proto__":{}}'],
    [false, '[1,2]', '[1]'],
    [false, '[]', '[1]'],
    [false, '[1,2]', '[2,1]'],
    [false, '[]', '{}'],
    [false, '{}', '[]'],
    [false, '{"a":null}', '{"a":{}}'],
    [false, '{"a":{}}', '{"a":null}'],
    [false, '1', '"1"']
  ]
  for (const [contains, whole, part] of cases) {
    const fact = `${whole} ${contains ? 'says' : 'does not say'} all of ${part}`
    test.equal(containsJson(parsed(whole), parsed(part)), contains, fact)
  }
  test.ok(containsJson(levels(32), levels(32)), '32 levels are looked at')
  test.notOk(containsJson(levels(33), levels(33)), 'one more is not')
  test.ok(containsJson(levels(2), levels(2), 2), 'as many levels as asked')
  test.notOk(containsJson(levels(3), levels(3), 2), 'and no more')
  test.notOk(containsJson(levels(100_000), levels(100_000)), 'depth cannot hurt')
  test.end()
})

void t.test('isShallow', (test) => {
  test.ok(isShallow(levels(32)), '32 levels')
  test.notOk(isShallow(levels(33)), '33 levels')
  test.notOk(isShallow(levels(100_000)), '100 000 levels')
  test.notOk(isShallow({ wide: [1, 2, 3], a: { b: { c: {} } } }, 3), 'the deepest place counts, an empty object too')
  test.ok(isShallow({ wide: [1, 2, 3], a: { b: { c: 1 } } }, 3), 'a scalar is no level')
  for (const scalar of [1, 'text', null, true, undefined]) test.ok(isShallow(scalar, 0), `${scalar} has no levels`)
  test.end()
})

void t.test('a copy is equal and shares nothing', (test) => {
  const value: unknown = JSON.parse('{"a": [{"b": 1}, null], "__proto__": {"c": []}, "constructor": 1}')
  const copy = copyOf(frozen(value))
  test.ok(isDeepStrictEqual(copy, value))
  test.equal(JSON.stringify(copy), JSON.stringify(value))
  test.not(valueAt(copy, ['a', 0]), valueAt(value, ['a', 0]))
  test.equal(Object.getPrototypeOf(copy), Object.prototype)
  test.end()
})
