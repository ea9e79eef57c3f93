import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import t from 'tap'
import { known } from '../../../src/inventory/fact.ts'
import { injectionFor } from '../../../src/engine/injection/injection.ts'
import { parseBudget } from '../../../src/kube/budget.ts'
import { valueAt } from '../../../src/kube/json.ts'
import { isObject } from '../../../src/kube/shape.ts'
import { parseWorkload, type WorkloadKind } from '../../../src/kube/workload.ts'
import { type Generated, setting, workload } from '../../laws/generated.ts'
import { law } from '../../laws/law.ts'
import { defaulted } from '../../laws/server.ts'
import { factsOf, oneDeployment } from '../../support/facts.ts'
import { budgetWith } from '../../support/policy-cases.ts'
import {
  admitOf,
  applied,
  ask,
  deployment,
  frozen,
  type JsonMap,
  overTheWire,
  rulesetOf,
  type Setting,
  web
} from '../../support/workloads.ts'
import { created, podWith, updated } from './update.ts'

const exemptions = { reasons: new Map<string, string>(), remarks: [] }

function contextOf(given: Setting) {
  return { facts: given.facts ?? factsOf({ workloads: oneDeployment }), ruleset: rulesetOf(given), exemptions }
}

function parsed(kind: WorkloadKind, object: unknown) {
  return frozen(parseWorkload(kind, overTheWire(object)))
}

/** Changes of the first container that phases of an UPDATE answer. */
const changes = fc.constantFrom<JsonMap>(
  { image: 'other:2' },
  { ports: [{ containerPort: 9091 }] },
  { readinessProbe: undefined, lifecycle: undefined },
  { readinessProbe: { tcpSocket: { port: 8080 }, exec: { command: ['true'] } } },
  { lifecycle: { preStop: { sleep: { seconds: 5 }, exec: { command: ['true'] } } } }
)

function withContainer(object: unknown, { at }: Generated, change: JsonMap): unknown {
  const copy = overTheWire(object)
  const container = valueAt(copy, [...at, 'spec', 'containers', 0])
  if (isObject(container)) Object.assign(container, change)
  return overTheWire(copy)
}

law(
  'what computes an injection edits neither the object nor the old one',
  fc.tuple(setting, setting, workload, changes),
  ([given, later, one, change]) => {
    const sent = defaulted(one.object, one.at)
    const { operations } = injectionFor(parsed(one.kind, sent), undefined, contextOf(given))
    const live = defaulted(applied(sent, operations), one.at)
    for (const next of [sent, withContainer(live, one, change), withContainer(sent, one, change)]) {
      assert.doesNotThrow(() => injectionFor(parsed(one.kind, next), parsed(one.kind, live), contextOf(later)))
    }
  }
)

law('audit records just what would be injected', fc.tuple(setting, workload), ([given, { object, resource }]) => {
  const admit = admitOf({ ...given, labels: known({ 'holdfast.dev/inject': 'enabled' }) })
  const { auditAnnotations = {} } = ask(admit, 'audit', { object, resource })
  const injected = JSON.parse(
    ask(admit, 'mutate', { object, resource }).auditAnnotations?.['injected'] ?? '[]'
  ) as string[]
  const recorded = JSON.parse(auditAnnotations['would-inject'] ?? '[]') as { policy: string }[]
  assert.deepEqual([...new Set(recorded.map(({ policy }) => policy))], injected)
})

void t.test('a budget', (test) => {
  const budget = frozen(parseBudget(overTheWire(budgetWith({ maxUnavailable: 1 }))))
  const old = frozen(parseBudget(overTheWire(budgetWith({ maxUnavailable: 2 }))))
  for (const before of [undefined, old]) {
    const { operations } = injectionFor(budget, before, contextOf({}))
    test.strictSame(operations, [{ op: 'add', path: '/spec/unhealthyPodEvictionPolicy', value: 'AlwaysAllow' }])
  }
  test.end()
})

void t.test('all phases, on frozen objects', (test) => {
  const original = deployment({ containers: [web] })
  const live = created(original)
  test.not(updated(original, live).did.length, 0, 'restored')
  const rival = { readinessProbe: { tcpSocket: { port: 8080 }, exec: { command: ['true'] } } }
  test.match(updated(podWith(live, {}, rival), live).did[0], 'remove', 'withdrawn')
  const ports = [{ containerPort: 9090 }]
  test.match(updated(podWith(live, {}, { ports }), live).did[0], 'replace', 'renewed')
  test.end()
})

function deployed(object: unknown) {
  return parseWorkload('Deployment', object)
}

/** Deep enough to overflow the stack of whatever recurses. */
const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`

function deepened(object: unknown): unknown {
  const text = JSON.stringify(object).replace('"image":"web:1"', `"image":"web:1","unheardOf":${deep}`)
  return JSON.parse(text.replace('"spec":{', `"spec":{"unheardOf":${deep},`))
}

function withPort(object: unknown, containerPort: number): unknown {
  const place = ['spec', 'template', 'spec', 'containers', 0]
  Object.assign(valueAt(object, place) ?? {}, { ports: [{ containerPort, protocol: 'TCP' }] })
  return object
}

void t.test('an object of any depth', (test) => {
  const plain = deployment({ containers: [web] })
  const create = injectionFor(deployed(deepened(plain)), undefined, contextOf({}))
  test.equal(create.operations.length, 5)
  const live = deepened(created(plain))
  const update = injectionFor(deployed(deepened(plain)), deployed(live), contextOf({}))
  test.equal(update.injected.length, 4)
  const probe = (extra: string) =>
    JSON.parse(
      JSON.stringify(created(plain)).replace('"readinessProbe":{', `"readinessProbe":{"unheardOf":${extra},`)
    ) as unknown
  for (const extra of ['1', deep]) {
    const { operations } = injectionFor(deployed(withPort(probe(extra), 9090)), deployed(probe(extra)), contextOf({}))
    test.doesNotThrow(() => JSON.stringify(operations), 'what is written can be written')
  }
  const budget = injectionFor(parseBudget(deepened(budgetWith({}))), parseBudget(budgetWith({})), contextOf({}))
  test.equal(budget.operations.length, 1)
  test.end()
})
