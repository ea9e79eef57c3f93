import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Admit } from '../../src/admission/answer.ts'
import { known } from '../../src/inventory/fact.ts'
import { valueAt } from '../../src/kube/json.ts'
import { policies } from '../../src/policies/index.ts'
import { factsOf, oneDeployment } from '../support/facts.ts'
import { admitOf, applied, ask, endpoints, type JsonMap, operationsIn, overTheWire } from '../support/workloads.ts'
import { type Generated, setting, workload, workloadOf } from './generated.ts'
import { law } from './law.ts'
import { changed } from './server.ts'

const cases = fc.tuple(setting, workload)

function assertAllowed(admit: Admit, { resource }: Generated, object: unknown, oldObject: unknown): void {
  const { allowed, status } = ask(admit, 'enforce', { object, oldObject, resource })
  assert.ok(allowed, status?.message ?? '')
}

law('an update that changes nothing is allowed', cases, ([given, one]) => {
  assertAllowed(admitOf(given), one, one.object, one.object)
})

law('an update that repairs is allowed', cases, ([given, one]) => {
  const admit = admitOf(given)
  const before = overTheWire(one.object)
  const operations = operationsIn(ask(admit, 'mutate', { object: before, resource: one.resource }))
  assertAllowed(admit, one, applied(before, operations), before)
})

/** A hook and the grace period that it needs are one repair; these are others. */
function isApart(path: string): boolean {
  return ['readinessProbe', 'topologySpreadConstraints', 'tolerations'].some((field) => path.endsWith(`/${field}`))
}

law('an update that repairs a part is allowed', fc.tuple(setting, workload, fc.nat()), ([given, one, pick]) => {
  const admit = admitOf(given)
  const before = overTheWire(one.object)
  const operations = operationsIn(ask(admit, 'mutate', { object: before, resource: one.resource }))
  const part = operations.filter(({ path }, index) => !isApart(path) || (pick >> index) % 2 === 0)
  assertAllowed(admit, one, applied(before, part), before)
})

/** The places of the lists whose order and length say nothing about their items. Of containers that declare one port, the first has it. */
function listsOf({ at, object }: Generated): string[][] {
  const spec = [...at, 'spec']
  const terms = [...spec, 'affinity', 'podAntiAffinity']
  const places = [
    [...spec, 'topologySpreadConstraints'],
    [...terms, 'requiredDuringSchedulingIgnoredDuringExecution'],
    [...terms, 'preferredDuringSchedulingIgnoredDuringExecution'],
    ...(sharePort(valueAt(object, [...spec, 'containers'])) ? [] : [[...spec, 'containers']])
  ]
  return places.filter((place) => Array.isArray(valueAt(object, place)))
}

function sharePort(containers: unknown): boolean {
  const all = Array.isArray(containers) ? (containers as { ports?: JsonMap[] | null }[]) : []
  const ports = all.flatMap((container) => {
    const own = (container.ports ?? []).flatMap(({ containerPort, name }) => [containerPort, name ?? containerPort])
    return [...new Set(own)]
  })
  return new Set(ports).size < ports.length
}

function turned(one: Generated): unknown {
  return listsOf(one).reduce((object: unknown, place) => {
    return changed(object, place, (valueAt(object, place) as unknown[]).toReversed())
  }, overTheWire(one.object))
}

law('an update that puts the items of lists in another order is allowed', cases, ([given, one]) => {
  assertAllowed(admitOf(given), one, turned(one), one.object)
})

const matching = { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway' }

law('an update that adds a good constraint before the others is allowed', cases, ([given, one]) => {
  const podLabels = valueAt(one.object, [...one.at, 'metadata', 'labels'])
  const labels = overTheWire(podLabels ?? {}) as Record<string, unknown>
  if (labels['app'] !== 'web') return
  const place = [...one.at, 'spec', 'topologySpreadConstraints']
  const present = (valueAt(one.object, place) ?? []) as unknown[]
  const good = { ...matching, labelSelector: { matchLabels: { app: 'web' } } }
  assertAllowed(admitOf(given), one, changed(one.object, place, [good, ...present]), one.object)
})

law('to delete is allowed, whatever is deleted', cases, ([given, { object, resource }]) => {
  const admit = admitOf(given)
  for (const operation of ['DELETE', 'CONNECT']) {
    for (const endpoint of endpoints) {
      const answer = ask(admit, endpoint, { operation, oldObject: object, resource })
      assert.deepEqual(answer, { uid: '1-2-3', allowed: true })
    }
  }
})

const scalable = workloadOf('Deployment', 'StatefulSet')

law('to scale to zero is allowed, by the object', fc.tuple(setting, scalable), ([given, one]) => {
  assertAllowed(admitOf(given), one, changed(one.object, ['spec', 'replicas'], 0), one.object)
})

const judgeScales = new Set<unknown>(
  policies.filter(({ appliesTo }) => appliesTo.includes('Scale')).map(({ id }) => id)
)
const counts = fc.integer({ min: 1, max: 9 })

law('only policies that judge a scale deny other replicas', fc.tuple(setting, scalable, counts), ([given, one, to]) => {
  const object = changed(one.object, ['spec', 'replicas'], to)
  const { status } = ask(admitOf(given), 'enforce', { object, oldObject: one.object, resource: one.resource })
  for (const { reason } of status?.details?.causes ?? []) assert.ok(judgeScales.has(reason), status?.message)
})

const scale = (replicas: number) => ({ metadata: { name: 'web' }, spec: { replicas } })

law('to scale to zero is allowed, by its scale', fc.tuple(setting, scalable, fc.nat(9)), ([given, one, from]) => {
  const parts = { object: scale(0), oldObject: scale(from), resource: `${one.resource}/scale` }
  assert.equal(ask(admitOf(given), 'enforce', parts).allowed, true)
})

const upwards = fc.record({ given: setting, one: scalable, from: fc.nat(3), more: counts, seen: fc.nat(3) })

law('to scale up is allowed, by its scale, whatever was seen', upwards, ({ given, one, from, more, seen }) => {
  const workloads = oneDeployment.known ? oneDeployment.value.map((web) => ({ ...web, replicas: seen })) : []
  const facts = factsOf({ ...given.facts, workloads: known(workloads) })
  const parts = { object: scale(from + more), oldObject: scale(from), resource: `${one.resource}/scale` }
  const { allowed, status } = ask(admitOf({ ...given, facts }), 'enforce', parts)
  assert.ok(allowed, status?.message ?? '')
})
