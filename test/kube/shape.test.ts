import t from 'tap'
import {
  anything,
  boolean,
  expectShape,
  integer,
  integerOrString,
  isObject,
  list,
  object,
  type Shape,
  string,
  strings
} from '../../src/kube/shape.ts'
import { messageOf } from './message-of.ts'

const flawless = undefined

void t.test('scalars', (test) => {
  const samples: Record<string, unknown> = {
    'an empty string': '',
    digits: '3',
    'an integer': 3,
    'a negative integer': -1,
    'an integer beyond what is exact': 2 ** 60,
    'a fraction': 1.5,
    NaN: Number.NaN,
    infinity: Infinity,
    true: true,
    null: null,
    undefined,
    'an object': {},
    'a list': []
  }
  const shapes: readonly (readonly [expected: string, shape: Shape<unknown>, accepted: readonly string[]])[] = [
    ['a string', string, ['an empty string', 'digits']],
    ['true or false', boolean, ['true']],
    ['an integer', integer, ['an integer', 'a negative integer', 'an integer beyond what is exact']],
    [
      'an integer or a string',
      integerOrString,
      ['an empty string', 'digits', 'an integer', 'a negative integer', 'an integer beyond what is exact']
    ],
    ['a value', anything, Object.keys(samples)]
  ]
  for (const [expected, shape, accepted] of shapes) {
    for (const [name, value] of Object.entries(samples)) {
      const flaw = accepted.includes(name) ? flawless : { path: '', expected }
      test.strictSame(shape(value), flaw, `${name} is ${flaw ? 'not ' : ''}${expected}`)
    }
  }
  test.end()
})

void t.test('isObject', (test) => {
  test.ok(isObject({}), 'an object')
  for (const other of [null, undefined, [], 'text', 1, true])
    test.notOk(isObject(other), JSON.stringify(other) ?? 'undefined')
  test.end()
})

const port = object({ containerPort: integer, name: string })
const container = object({ name: string, ports: list(port), env: strings })
const pod = object({ metadata: object({ labels: strings }), containers: list(container), grid: list(list(integer)) })

void t.test('what does not fit is named by its path', (test) => {
  const cases: readonly (readonly [path: string, expected: string, value: unknown])[] = [
    ['', 'an object', null],
    ['', 'an object', 'pod'],
    ['', 'an object', []],
    ['containers', 'a list', { containers: {} }],
    ['containers', 'a list', { containers: 'web' }],
    ['containers', 'a list', { containers: 0 }],
    ['containers[0]', 'an object', { containers: ['web'] }],
    ['containers[1]', 'an object', { containers: [{}, null] }],
    ['containers[0].name', 'a string', { containers: [{ name: 1 }] }],
    [
      'containers[1].ports[2].containerPort',
      'an integer',
      { containers: [{}, { ports: [{}, {}, { containerPort: '80' }] }] }
    ],
    ['containers[0].ports[0]', 'an object', { containers: [{ ports: [[]] }] }],
    ['containers[0].env["A.b"]', 'a string', { containers: [{ env: { 'A.b': true } }] }],
    ['metadata.labels', 'an object', { metadata: { labels: ['app'] } }],
    ['metadata.labels["a\\"]\\n"]', 'a string', { metadata: { labels: { 'a"]\n': 1 } } }],
    ['grid[1][0]', 'an integer', { grid: [[], ['x']] }],
    ['grid[0]', 'a list', { grid: [null] }]
  ]
  for (const [path, expected, value] of cases) {
    test.strictSame(pod(value), { path, expected }, `${path === '' ? 'the value' : path} is not ${expected}`)
  }
  test.strictSame(
    pod({ containers: 1, metadata: 1 }),
    { path: 'metadata', expected: 'an object' },
    'only the first flaw is named, in the order of the shape'
  )
  test.end()
})

void t.test('what fits is let through as it is', (test) => {
  const values: Record<string, unknown> = {
    'everything absent': {},
    'a field that is undefined': { containers: undefined },
    'empty values': { metadata: { labels: {} }, containers: [], grid: [[]] },
    'fields that no shape names, whatever they hold': { status: null, containers: [{ image: 3, name: 'web' }] }
  }
  for (const [fact, value] of Object.entries(values)) {
    const before = structuredClone(value)
    test.equal(pod(value), flawless, fact)
    test.strictSame(value, before, `${fact}: untouched`)
  }
  test.end()
})

void t.test('null is absent', (test) => {
  const value: Record<string, unknown> = {
    metadata: { labels: null },
    containers: [{ name: null, ports: [{ containerPort: null }] }],
    grid: null,
    status: null
  }
  test.equal(pod(value), flawless, 'a null field has no flaw')
  const left = { metadata: {}, containers: [{ ports: [{}] }], status: null }
  test.strictSame(value, left, 'it is taken out, and only what is read is looked at')
  test.end()
})

void t.test('null is the empty string in a map of strings', (test) => {
  const labels: Record<string, unknown> = { app: null, tier: 'front' }
  test.equal(strings(labels), flawless)
  test.strictSame(labels, { app: '', tier: 'front' }, 'as the API server reads it')
  test.end()
})

void t.test('__proto__ is a key like any other', (test) => {
  const labels: unknown = JSON.parse('{"__proto__":"web","app":"web"}')
  test.equal(strings(labels), flawless, 'as a label')
  const flawed: unknown = JSON.parse('{"__proto__":{"app":"web"}}')
  test.strictSame(strings(flawed), { path: '["__proto__"]', expected: 'a string' }, 'as a label that is no string')
  const smuggled: unknown = JSON.parse('{"__proto__":{"containers":"web"}}')
  test.equal(pod(smuggled), flawless, 'beside the fields that are read')
  test.notOk(Object.hasOwn(Object.prototype, 'containers'), 'nothing is polluted')
  test.equal(strings({}), flawless, 'and absent from an empty map')
  test.end()
})

/** What is said of a label that is no string. */
function saidOfLabel(key: string): string | undefined {
  return messageOf(() => expectShape(strings, { [key]: 1 }))
}

void t.test('expectShape', (test) => {
  const containers: unknown = { containers: [{ ports: [{ containerPort: '80' }] }] }
  test.equal(
    messageOf(() => expectShape(pod, containers)),
    'containers[0].ports[0].containerPort: expected an integer',
    'names the field and what belongs there'
  )
  test.equal(
    messageOf(() => expectShape(pod, [])),
    'the object: expected an object',
    'names the object where it is the object itself'
  )
  test.equal(
    messageOf(() => expectShape(list(integer), [0, 'x'])),
    '[1]: expected an integer',
    'names the item of a list'
  )
  test.equal(
    messageOf(() => expectShape(pod, {})),
    undefined,
    'says nothing of what fits'
  )
  test.equal(
    saidOfLabel('k'.repeat(196)),
    `["${'k'.repeat(196)}"]: expected a string`,
    'a path of 200 characters is whole'
  )
  test.equal(saidOfLabel('k'.repeat(197)), `["${'k'.repeat(197)}"…: expected a string`, 'a longer one is cut')
  test.equal(saidOfLabel('k'.repeat(1_000_000))?.length, '…: expected a string'.length + 200, 'however long it is')
  test.equal(
    saidOfLabel(`${'k'.repeat(197)}😀`),
    `["${'k'.repeat(197)}\ufffd…: expected a string`,
    'and no half of a character is left'
  )
  test.throws(() => expectShape(pod, 3), { name: 'MalformedObject' }, 'the error has a name of its own')
  test.end()
})
