import * as fc from 'fast-check'
import t from 'tap'
import { buildClusterView } from '../../src/inventory/cluster-view.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import { roomOf } from '../../src/inventory/room.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { type WorkloadKey, workloadKey } from '../../src/kube/workload-key.ts'
import { usedHeap } from '../fuzz/heap.ts'
import { inventoryOf, sourceOf } from '../support/inventory.ts'
import { deployment, overTheWire } from '../support/workloads.ts'

type Json = Readonly<Record<string, unknown>>

const mebibyte = 1024 * 1024
const limits = roomOf(16 * mebibyte)
const optedIn = { 'holdfast.dev/mode': 'enforce' }

function namespaceOf(name: string, labels: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

function budgetOf(name: string, metadata: Json, spec: Json = {}): Json {
  const selector = { matchLabels: { app: 'web' } }
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'shop', ...metadata },
    spec: { minAvailable: 1, selector, ...spec }
  }
}

function isOptedIn(_name: string, { labels }: { labels: Json }): boolean {
  return labels['holdfast.dev/mode'] !== undefined
}

function bounded(): Inventory {
  return new Inventory({ limits, isOptedIn })
}

function keyOfWeb(namespace: string): WorkloadKey {
  return workloadKey({ group: 'apps', kind: 'Deployment', namespace, name: 'web' })
}

/** The budgets around the Deployment web in shop, by name; undefined where they are unknown. */
function budgetsAround(inventory: Inventory, namespace = 'shop'): readonly string[] | string {
  const web = parseWorkload('Deployment', overTheWire(deployment({ metadata: { namespace } })))
  const { budgets } = sourceOf(inventory).factsFor(web)
  return budgets.known ? budgets.value.map(({ name }) => name).toSorted() : budgets.why
}

void t.test('what means nothing to us is not kept, however large it is', (test) => {
  const inventory = bounded()
  const large = 'x'.repeat(250_000)
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: large, uid: 'u' }
  const annotations = {
    'holdfast.dev/x': large,
    [`holdfast.dev/exempt.${large}`]: 'a',
    'kubectl.kubernetes.io/x': large
  }
  inventoryOf([budgetOf('a', { annotations }), budgetOf('b', { labels: { app: large } })], inventory)
  test.strictSame(budgetsAround(inventory), ['a', 'b'])
  test.ok(inventory.size < 4000, `${inventory.size} bytes`)
  inventoryOf([budgetOf('a', { annotations: { 'holdfast.dev/exempt.one-budget-per-pod': large } })], inventory)
  test.ok(inventory.size < 4000, `${inventory.size} bytes with a long reason`)
  inventoryOf([budgetOf('b', { ownerReferences: Array.from({ length: 9 }, () => owner) })], inventory)
  test.equal(budgetsAround(inventory), 'its namespace has poddisruptionbudgets that cannot be kept')
  test.end()
})

void t.test('what is cut out of a long text does not keep the rest of it in memory', (test) => {
  const count = 60
  const long = 'x'.repeat(250_000)
  const inventory = bounded()
  const before = usedHeap()
  for (let index = 0; index < count; index++) {
    const annotations = { 'holdfast.dev/exempt.one-budget-per-pod': `${index} ${long}` }
    inventory.add(overTheWire(budgetOf(`b${index}`, { annotations })))
    const scaleTargetRef = { apiVersion: `autoscaling.example.org/${index}${long}`, kind: 'Rollout', name: 'web' }
    const metadata = { name: `s${index}`, namespace: 'shop' }
    inventory.add(
      overTheWire({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec: { scaleTargetRef } })
    )
  }
  const kept = usedHeap() - before
  // All of it would be 30 million.
  test.ok(kept < 3_000_000, `${kept} bytes`)
  test.equal(Object.fromEntries(inventory.leftOut())['poddisruptionbudgets'], 0)
  test.end()
})

void t.test('the facts of a namespace are unknown while an object is too large, and only there', (test) => {
  const inventory = bounded()
  const matchExpressions = Array.from({ length: 33_000 }, (_, index) => ({ key: `k${index}`, operator: 'Exists' }))
  const hostile = budgetOf('hostile', {}, { selector: { matchExpressions } })
  inventoryOf([namespaceOf('shop'), namespaceOf('other'), budgetOf('a', {})], inventory)
  inventoryOf([hostile], inventory)
  test.equal(budgetsAround(inventory), 'its namespace has poddisruptionbudgets that cannot be kept')
  test.strictSame(budgetsAround(inventory, 'other'), [])
  test.strictSame(Object.fromEntries(inventory.leftOut())['poddisruptionbudgets'], 1)
  const view = buildClusterView(inventory, wholeBut())
  test.match(view.around(keyOfWeb('shop')), { known: false, why: /^its namespace has poddisruptionbudgets/ })
  test.match(view.budgetNamed('shop', 'a'), { known: false })
  test.match(view.around(keyOfWeb('other')), { known: true })
  inventoryOf([budgetOf('hostile', {})], inventory)
  test.strictSame(budgetsAround(inventory), ['a', 'hostile'], 'it is smaller now')
  test.end()
})

void t.test('where there is too little room, namespaces that have not opted in go first', (test) => {
  const inventory = bounded()
  const value = 'x'.repeat(60_000)
  const strangers = Array.from({ length: 6 }, (_, index) => `stranger-${index}`)
  inventoryOf([namespaceOf('shop', optedIn), ...strangers.map((name) => namespaceOf(name))], inventory)
  const web = { app: 'web' }
  for (const namespace of strangers) {
    for (let index = 0; index < 50; index++) {
      const selector = { matchLabels: { app: value } }
      inventoryOf([budgetOf(`b${index}`, { namespace }, { selector })], inventory)
    }
  }
  test.ok(inventory.size <= limits.all, `${inventory.size} bytes`)
  for (let index = 0; index < 50; index++) {
    const selector = { matchLabels: { ...web, large: value } }
    inventoryOf([budgetOf(`b${index}`, {}, { selector })], inventory)
  }
  test.strictSame(budgetsAround(inventory), [], 'all of what has opted in is kept')
  test.match(budgetsAround(inventory, 'stranger-0'), /cannot be kept$/)
  test.ok(inventory.size <= limits.all, `${inventory.size} bytes`)
  test.end()
})

const text = fc.oneof(fc.string({ maxLength: 20 }), fc.constant('x'.repeat(20_000)))
const texts = fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), text, { maxKeys: 100 })
const many = fc.constantFrom(1, 50, 5000)

/** Objects of every kind with collections of every length. */
const objects = fc.record({
  kind: fc.constantFrom(0, 1, 2, 3, 4),
  labels: texts,
  annotations: texts,
  count: many,
  isLong: fc.boolean()
})

type Given = typeof objects extends fc.Arbitrary<infer T> ? T : never

function objectOf({ kind, labels, annotations, count, isLong }: Given): Json {
  // Together as much as the API server accepts.
  const name = 'x'.repeat(isLong ? Math.floor(1_000_000 / count) : 8)
  const list = <T>(one: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => one(index))
  const metadata = { name: 'web', namespace: 'shop', labels, annotations, ownerReferences: list(() => ({ name })) }
  const selector = {
    matchLabels: labels,
    matchExpressions: list((index) => ({ key: `k${index}`, operator: 'In', values: [name] }))
  }
  const target = { scaleTargetRef: { kind: 'Deployment', name } }
  const pod = {
    containers: list((index) => ({ name: `${index}${name}`, resources: { requests: { cpu: name, [name]: name } } }))
  }
  const ports = list((index) => ({ name, port: index }))
  const metrics = list(() => ({ type: 'Resource', resource: { name } }))
  const all: Json[] = [
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: { minAvailable: name, selector } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector, template: { metadata, spec: pod } } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports } },
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec: { ...target, metrics } },
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { ...metadata, namespace: undefined },
      spec: { taints: list(() => ({ key: name })) }
    }
  ]
  return all[kind] ?? {}
}

void t.test('no object of any kind takes more than its bound', (test) => {
  fc.assert(
    fc.property(objects, (given) => {
      const inventory = bounded()
      inventory.add(overTheWire(objectOf(given)))
      if (inventory.size > limits.object) throw new Error(`${inventory.size} bytes`)
    }),
    { numRuns: 100 }
  )
  test.pass('100 objects')
  test.end()
})
