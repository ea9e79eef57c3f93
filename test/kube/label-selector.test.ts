import * as fc from 'fast-check'
import t from 'tap'
import {
  type Labels,
  type LabelSelector,
  labelSelector,
  selectorIsEmpty,
  labelsRequiredBy,
  selectorContradicts,
  selectorIsWithin,
  selectorKeys,
  selectorMatches
} from '../../src/kube/label-selector.ts'
import { expectShape } from '../../src/kube/shape.ts'

type Case = readonly [fact: string, selector: LabelSelector | undefined, labels: Labels, matches: boolean]

const web = { app: 'web', tier: 'front' }
const one = (operator: string, key: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }]
})
const proto = (value: string): Labels => Object.fromEntries([['__proto__', value]])

const cases: readonly Case[] = [
  ['an absent selector matches nothing', undefined, web, false],
  ['an absent selector does not even match no labels', undefined, {}, false],
  ['an empty selector matches everything', {}, web, true],
  ['an empty selector matches no labels', {}, {}, true],
  ['empty lists are an empty selector', { matchLabels: {}, matchExpressions: [] }, web, true],

  ['one label matches', { matchLabels: { app: 'web' } }, web, true],
  ['every label has to match', { matchLabels: { app: 'web', tier: 'back' } }, web, false],
  ['a label that the pod lacks does not match', { matchLabels: { app: 'web', zone: 'a' } }, web, false],
  ['an empty value is not an absent label', { matchLabels: { zone: '' } }, web, false],
  ['an empty value matches an empty value', { matchLabels: { zone: '' } }, { zone: '' }, true],
  ['values are compared with their case', { matchLabels: { app: 'Web' } }, web, false],
  ['keys are compared with their case', { matchLabels: { App: 'web' } }, web, false],

  ['In holds for one of the values', one('In', 'app', 'api', 'web'), web, true],
  ['In fails for another value', one('In', 'app', 'api'), web, false],
  ['In fails where the key is absent', one('In', 'zone', 'a'), web, false],
  ['In compares whole values', one('In', 'app', 'webserver', 'we'), web, false],
  ['NotIn fails for one of the values', one('NotIn', 'app', 'api', 'web'), web, false],
  ['NotIn holds for another value', one('NotIn', 'app', 'api'), web, true],
  ['NotIn holds where the key is absent', one('NotIn', 'zone', 'a'), web, true],
  ['NotIn holds for no labels', one('NotIn', 'zone', 'a'), {}, true],
  ['Exists holds where the key is there', one('Exists', 'app'), web, true],
  ['Exists holds for an empty value', one('Exists', 'app'), { app: '' }, true],
  ['Exists fails where the key is absent', one('Exists', 'zone'), web, false],
  ['DoesNotExist fails where the key is there', one('DoesNotExist', 'app'), web, false],
  ['DoesNotExist fails for an empty value', one('DoesNotExist', 'app'), { app: '' }, false],
  ['DoesNotExist holds where the key is absent', one('DoesNotExist', 'zone'), web, true],

  ['operators have their case', one('in', 'app', 'web'), web, false],
  ['Gt is for nodes only', one('Gt', 'size', '1'), { size: '2' }, false],
  ['an expression without operator matches nothing', { matchExpressions: [{ key: 'app' }] }, web, false],
  ['a refused operator spoils the rest', { ...one('=', 'app', 'web'), matchLabels: { app: 'web' } }, web, false],
  ['an expression without key asks for the empty key', { matchExpressions: [{ operator: 'Exists' }] }, web, false],

  ['labels and expressions both have to hold', { ...one('Exists', 'zone'), matchLabels: { app: 'web' } }, web, false],
  ['labels and expressions may both hold', { ...one('Exists', 'tier'), matchLabels: { app: 'web' } }, web, true],
  [
    'every expression has to hold',
    {
      matchExpressions: [
        { key: 'app', operator: 'Exists' },
        { key: 'tier', operator: 'DoesNotExist' }
      ]
    },
    web,
    false
  ],
  [
    'expressions about one key can contradict each other',
    {
      matchExpressions: [
        { key: 'app', operator: 'Exists' },
        { key: 'app', operator: 'DoesNotExist' }
      ]
    },
    web,
    false
  ],

  ['constructor is not a label of every pod', one('Exists', 'constructor'), web, false],
  ['toString is not a label of every pod', one('DoesNotExist', 'toString'), web, true],
  ['__proto__ is not a label of every pod', one('Exists', '__proto__'), web, false],
  ['NotIn does not see inherited keys', one('NotIn', 'valueOf', 'a'), web, true],
  ['constructor can be a label', { matchLabels: { constructor: 'web' } }, { constructor: 'web' }, true],
  ['__proto__ can be a label', { matchLabels: proto('web') }, proto('web'), true],
  ['__proto__ as a label has a value', { matchLabels: proto('web') }, proto('api'), false],
  ['__proto__ can be a required label that is absent', { matchLabels: proto('web') }, web, false],
  ['__proto__ can be the key of an expression', one('In', '__proto__', 'web'), proto('web'), true]
]

void t.test('selectorMatches', (test) => {
  for (const [fact, selector, labels, matches] of cases) {
    test.equal(selectorMatches(selector, Object.freeze(labels)), matches, fact)
  }
  test.end()
})

void t.test('selectors and pods may have 10 000 labels', (test) => {
  const entries = Array.from({ length: 10_000 }, (_, index) => [`key-${index}`, `value-${index}`] as const)
  const labels: Labels = Object.fromEntries(entries)
  const matchExpressions = entries.map(([key, value]) => ({ key, operator: 'In', values: [value] }))
  test.ok(selectorMatches({ matchLabels: labels, matchExpressions }, labels), 'all of them match')
  test.notOk(selectorMatches({ matchLabels: labels }, { ...labels, 'key-9999': '' }), 'the last label counts')
  test.notOk(selectorMatches({ matchExpressions }, { ...labels, 'key-9999': '' }), 'the last expression counts')
  const values = entries.map(([, value]) => value)
  test.ok(selectorMatches(one('In', 'app', ...values), { app: 'value-9999' }), 'the last value counts')
  test.equal(selectorKeys({ matchLabels: labels, matchExpressions }).length, 20_000, 'all keys are named')
  test.end()
})

void t.test('selectorIsEmpty', (test) => {
  const empty: Record<string, LabelSelector> = {
    'a selector without fields': {},
    'empty matchLabels': { matchLabels: {} },
    'empty matchExpressions': { matchExpressions: [] }
  }
  for (const [fact, selector] of Object.entries(empty)) test.ok(selectorIsEmpty(selector), fact)
  const full: Record<string, LabelSelector> = {
    'one label': { matchLabels: { app: '' } },
    'the label __proto__': { matchLabels: proto('') },
    'one expression, even one that holds for every pod': one('NotIn', 'a', 'b')
  }
  for (const [fact, selector] of Object.entries(full)) test.notOk(selectorIsEmpty(selector), fact)
  test.end()
})

void t.test('selectorKeys', (test) => {
  const selector = { ...one('NotIn', 'track', 'canary'), matchLabels: { app: 'web', tier: 'front' } }
  test.same(selectorKeys(selector), ['app', 'tier', 'track'], 'labels first, then expressions')
  test.same(selectorKeys({}), [], 'an empty selector speaks of none')
  test.same(selectorKeys({ matchLabels: proto('web') }), ['__proto__'], 'any key')
  test.end()
})

// Written anew over Maps and by what rules a pod out, from the API reference of metav1.LabelSelector.
function rulesOut(operator: string, values: ReadonlySet<string>, value: string | undefined): boolean {
  if (operator === 'Exists') return value === undefined
  if (operator === 'DoesNotExist') return value !== undefined
  const listed = value !== undefined && values.has(value)
  if (operator === 'In') return !listed
  return operator === 'NotIn' ? listed : true
}

function oracle(selector: LabelSelector, pod: ReadonlyMap<string, string>): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (rulesOut('In', new Set([value]), pod.get(key))) return false
  }
  for (const { key = '', operator = '', values = [] } of selector.matchExpressions ?? []) {
    if (rulesOut(operator, new Set(values), pod.get(key))) return false
  }
  return true
}

const key = fc.constantFrom('app', 'tier', '__proto__', 'constructor', 'toString')
const value = fc.constantFrom('', 'web', 'api')
const labelEntries = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 4 })
const expression = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.array(value, { minLength: 1, maxLength: 3 })
  }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist', 'Gt', '') })
)

void t.test('selectorMatches agrees with a plain reading of the API reference', (test) => {
  const anySelector = fc.record(
    {
      matchLabels: labelEntries.map((entries): Labels => Object.fromEntries(entries)),
      matchExpressions: fc.array(expression, { maxLength: 3 })
    },
    { requiredKeys: [] }
  )
  fc.assert(
    fc.property(anySelector, labelEntries, (selector, entries) => {
      expectShape(labelSelector, selector)
      return selectorMatches(selector, Object.fromEntries(entries)) === oracle(selector, new Map(entries))
    }),
    { numRuns: 2000 }
  )
  test.end()
})

const labelled = (matchLabels: Labels): LabelSelector => ({ matchLabels })

void t.test('a selector within another', (test) => {
  const rows: readonly [
    fact: string,
    inner: LabelSelector | undefined,
    outer: LabelSelector | undefined,
    within: boolean
  ][] = [
    ['the same', labelled(web), labelled(web), true],
    ['one label more', labelled(web), labelled({ app: 'web' }), true],
    ['one label fewer', labelled({ app: 'web' }), labelled(web), false],
    ['another value', labelled({ app: 'api' }), labelled({ app: 'web' }), false],
    ['anything is within all', labelled(web), {}, true],
    ['all is within nothing but all', {}, labelled(web), false],
    ['all is within all', {}, {}, true],
    ['nothing is within nothing that is told', undefined, labelled(web), false],
    ['nor anything within nothing', labelled(web), undefined, false],
    ['the same requirement', one('In', 'app', 'web'), one('In', 'app', 'web'), true],
    ['a requirement more', { ...labelled(web), ...one('Exists', 'zone') }, one('Exists', 'zone'), true],
    ['a requirement fewer', labelled(web), { ...labelled(web), ...one('Exists', 'zone') }, false],
    ['the same in other words is not found', one('In', 'app', 'web'), labelled({ app: 'web' }), false],
    ['a key of the prototype', labelled(web), labelled(proto('x')), false]
  ]
  for (const [fact, inner, outer, within] of rows) test.equal(selectorIsWithin(inner, outer), within, fact)
  test.end()
})

void t.test('what is within matches no more than what it is within', (test) => {
  const expressions = fc.array(expression, { maxLength: 2 })
  const two = fc.tuple(labelEntries, labelEntries, expressions, expressions, labelEntries)
  fc.assert(
    fc.property(two, ([own, more, ofBoth, others, entries]) => {
      const outer = { matchLabels: Object.fromEntries(own), matchExpressions: ofBoth }
      const inner = { matchLabels: Object.fromEntries([...more, ...own]), matchExpressions: [...others, ...ofBoth] }
      const labels = Object.fromEntries(entries)
      const follows = !selectorMatches(inner, labels) || selectorMatches(outer, labels)
      return selectorIsWithin(inner, outer) && follows
    })
  )
  test.end()
})

void t.test('selectorContradicts', (test) => {
  const labels = { app: 'db', tier: 'data' }
  const perhaps: Readonly<Record<string, LabelSelector>> = {
    'all that it asks for is there': { matchLabels: { app: 'db' } },
    'a label is yet to come': { matchLabels: { app: 'db', role: 'leader' } },
    'a key is yet to come': { matchLabels: { app: 'db' }, matchExpressions: [{ key: 'role', operator: 'Exists' }] },
    'one of several values': { matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'cache'] }] },
    'only labels that are not there': { matchLabels: { role: 'leader' } },
    'what asks for nothing': {}
  }
  for (const [fact, selector] of Object.entries(perhaps)) test.notOk(selectorContradicts(selector, labels), fact)
  const never: Readonly<Record<string, LabelSelector | undefined>> = {
    'no selector': undefined,
    'another value': { matchLabels: { app: 'web', role: 'leader' } },
    'a key that must not be there': { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
    'a value that must not be there': { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['db'] }] }
  }
  for (const [fact, selector] of Object.entries(never)) test.ok(selectorContradicts(selector, labels), fact)
  test.end()
})

void t.test('labelsRequiredBy', (test) => {
  const matchExpressions = [
    { key: 'track', operator: 'In', values: ['stable'] },
    { key: 'tier', operator: 'In', values: ['a', 'b'] },
    { key: 'job', operator: 'DoesNotExist' }
  ]
  test.strictSame(labelsRequiredBy({ matchLabels: { app: 'web' }, matchExpressions }), { app: 'web', track: 'stable' })
  test.strictSame(labelsRequiredBy({}), {})
  test.end()
})
