import t from 'tap'
import { type Blockage, blockageOf, type BudgetSpec, parseBudget } from '../../src/kube/budget.ts'
import { disruptionsAtFullHealth } from '../../src/kube/disruptions.ts'
import { annotation, controllerOf, type Metadata } from '../../src/kube/metadata.ts'
import { parseScale } from '../../src/kube/scale.ts'
import { messageOf } from './message-of.ts'

const blockages: readonly (readonly [fact: string, spec: BudgetSpec, blockage: Blockage | undefined])[] = [
  ['a budget without bound blocks', {}, 'no bound'],
  ['a selector alone is no bound', { selector: { matchLabels: { app: 'web' } } }, 'no bound'],
  ['maxUnavailable 0 blocks', { maxUnavailable: 0 }, 'maxUnavailable is 0'],
  ['maxUnavailable 0% blocks', { maxUnavailable: '0%' }, 'maxUnavailable is 0'],
  ['maxUnavailable 00% blocks', { maxUnavailable: '00%' }, 'maxUnavailable is 0'],
  ['however many zeros it has', { maxUnavailable: '000000000000%' }, 'maxUnavailable is 0'],
  ['maxUnavailable 1 never blocks', { maxUnavailable: 1 }, undefined],
  ['maxUnavailable 1% rounds up to one pod', { maxUnavailable: '1%' }, undefined],
  ['maxUnavailable 100% allows all', { maxUnavailable: '100%' }, undefined],
  ['minAvailable 100% blocks', { minAvailable: '100%' }, 'minAvailable is 100%'],
  ['minAvailable 99% allows one of a hundred', { minAvailable: '99%' }, undefined],
  ['minAvailable 100 is a number of pods', { minAvailable: 100 }, undefined],
  ['minAvailable 1 blocks one pod only', { minAvailable: 1 }, undefined],
  ['minAvailable 0 allows all', { minAvailable: 0 }, undefined],
  ['minAvailable 0% allows all', { minAvailable: '0%' }, undefined],
  ['an unreadable bound is left to the API server', { minAvailable: 'nope' }, undefined],
  ['a fraction of a percent is left to the API server', { minAvailable: '1.1%' }, undefined],
  ['a negative bound is left to the API server', { maxUnavailable: -1 }, undefined]
]

void t.test('blockageOf', (test) => {
  for (const [fact, spec, blockage] of blockages) test.equal(blockageOf(Object.freeze(spec)), blockage, fact)
  test.end()
})

function blocked(spec: BudgetSpec, replicas: number): boolean {
  return disruptionsAtFullHealth(spec, [{ kind: 'Deployment', replicas, scalable: true }]) === 0
}

void t.test('blockageOf finds just the budgets that the controller lets nothing through', (test) => {
  const numbers = Array.from({ length: 101 }, (_, number) => number)
  const bounds = [...numbers, ...numbers.map((number) => `${number}%`)]
  const specs: BudgetSpec[] = [{}, ...bounds.flatMap((bound) => [{ minAvailable: bound }, { maxUnavailable: bound }])]
  const scales = Array.from({ length: 200 }, (_, index) => index + 1)
  const wrong = specs.filter(
    (spec) => (blockageOf(spec) !== undefined) !== scales.every((scale) => blocked(spec, scale))
  )
  test.same(wrong, [], 'of all bounds to 100 and to 100%, at every scale to 200')
  test.end()
})

const malformed: readonly (readonly [message: string, raw: unknown])[] = [
  ['the object: expected an object', null],
  ['the object: expected an object', 'budget'],
  ['the object: expected an object', []],
  ['metadata: expected an object', { metadata: [] }],
  ['metadata.name: expected a string', { metadata: { name: 1 } }],
  ['metadata.labels["app"]: expected a string', { metadata: { labels: { app: 1 } } }],
  ['spec: expected an object', { spec: 'maxUnavailable' }],
  ['spec.minAvailable: expected an integer or a string', { spec: { minAvailable: 1.5 } }],
  ['spec.minAvailable: expected an integer or a string', { spec: { minAvailable: true } }],
  ['spec.maxUnavailable: expected an integer or a string', { spec: { maxUnavailable: { type: 0 } } }],
  ['spec.selector: expected an object', { spec: { selector: 'app=web' } }],
  ['spec.selector.matchLabels: expected an object', { spec: { selector: { matchLabels: ['app'] } } }],
  ['spec.selector.matchLabels["app"]: expected a string', { spec: { selector: { matchLabels: { app: 1 } } } }],
  ['spec.selector.matchExpressions: expected a list', { spec: { selector: { matchExpressions: {} } } }],
  [
    'spec.selector.matchExpressions[1].values[0]: expected a string',
    { spec: { selector: { matchExpressions: [{ key: 'app' }, { values: [3] }] } } }
  ]
]

void t.test('parseBudget', (test) => {
  const raw = { metadata: { name: 'web' }, spec: { maxUnavailable: 1, selector: {} }, status: { expectedPods: 'any' } }
  const { kind, metadata, spec, object } = parseBudget(raw)
  test.equal(kind, 'PodDisruptionBudget')
  test.equal(metadata, raw.metadata, 'points into the object')
  test.equal(spec, raw.spec, 'points into the object')
  test.equal(object, raw, 'keeps the object')
  test.strictSame(parseBudget({}), { kind, metadata: {}, spec: {}, object: {} }, 'everything may be absent')
  const { spec: nulls } = parseBudget({ spec: { minAvailable: null, maxUnavailable: 0, selector: null } })
  test.strictSame(nulls, { maxUnavailable: 0 }, 'null is absent')
  for (const [message, flawed] of malformed) {
    test.equal(
      messageOf(() => parseBudget(flawed)),
      message,
      `${JSON.stringify(flawed)} is malformed`
    )
  }
  test.end()
})

void t.test('parseScale', (test) => {
  test.equal(parseScale('Deployment', { spec: { replicas: 3 } }).replicas, 3, 'says how many')
  test.equal(parseScale('Deployment', { spec: {} }).replicas, 0, 'an absent number is 0')
  test.equal(parseScale('Deployment', {}).replicas, 0, 'an absent spec is 0')
  test.strictSame(parseScale('Deployment', { metadata: { name: 'web' } }).metadata, { name: 'web' }, 'has metadata')
  const message = messageOf(() => parseScale('Deployment', { spec: { replicas: '3' } }))
  test.equal(message, 'spec.replicas: expected an integer', 'digits are no number')
  test.end()
})

void t.test('annotation', (test) => {
  const annotations: Record<string, string> = Object.fromEntries([
    ['__proto__', 'own'],
    ['empty', '']
  ])
  test.equal(annotation({ annotations }, '__proto__'), 'own', 'any key can be an annotation')
  test.equal(annotation({ annotations }, 'empty'), '', 'an empty one is there')
  test.equal(annotation({ annotations }, 'toString'), undefined, 'inherited ones are not')
  test.equal(annotation({}, '__proto__'), undefined, 'without annotations there is none')
  test.end()
})

void t.test('controllerOf', (test) => {
  const owners: readonly (readonly [string, Metadata, string | undefined])[] = [
    ['no owner', {}, undefined],
    ['an owner that does not control', { ownerReferences: [{ kind: 'Deployment' }] }, undefined],
    ['an owner that says so', { ownerReferences: [{ kind: 'Deployment', controller: false }] }, undefined],
    ['the controller', { ownerReferences: [{ kind: 'ReplicaSet', controller: true }] }, 'ReplicaSet'],
    ['the one controller', { ownerReferences: [{ kind: 'App' }, { kind: 'Job', controller: true }] }, 'Job']
  ]
  for (const [fact, metadata, kind] of owners) test.equal(controllerOf(metadata)?.kind, kind, fact)
  test.end()
})
