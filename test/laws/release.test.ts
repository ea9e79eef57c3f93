import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { known } from '../../src/inventory/fact.ts'
import type { Subject } from '../../src/engine/policy.ts'
import type { BudgetSpec } from '../../src/kube/budget.ts'
import { disruptionsAtFullHealth, podsOfWorkload } from '../../src/kube/disruptions.ts'
import { atTheirLeast } from '../../src/kube/least-replicas.ts'
import { budgetAllowsDisruption } from '../../src/policies/budget-allows-disruption.ts'
import { policies } from '../../src/policies/index.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import { factsAround } from '../support/inventory.ts'
import { admitOf, ask, type Json, type JsonMap } from '../support/workloads.ts'
import { law } from './law.ts'

const about = policies.filter(({ id }) => /budget|autoscaler-can-act/.test(id) && id !== 'termination-budget')
const resources = new Map<Json | undefined, { group: string; version: string; resource: string }>([
  ['Deployment', { group: 'apps', version: 'v1', resource: 'deployments' }],
  ['DaemonSet', { group: 'apps', version: 'v1', resource: 'daemonsets' }],
  ['PodDisruptionBudget', { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' }],
  ['HorizontalPodAutoscaler', { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' }]
])

const { constantFrom } = fc

/** By labels of its own; the selectors of workloads do not overlap. */
function workload(kind: string, name: string, replicas: number | undefined, own: JsonMap = { app: name }): JsonMap {
  const template = { metadata: { labels: { ...own, tier: 'front' } }, spec: { containers: [{ name: 'main' }] } }
  const spec = { ...(replicas !== undefined && { replicas }), selector: { matchLabels: own }, template }
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'shop' }, spec }
}

function autoscaler(name: string, minReplicas: number): JsonMap {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name }
  const spec = { scaleTargetRef, minReplicas, maxReplicas: 9 }
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name, namespace: 'shop' }, spec }
}

/** A Deployment with its number, or with an autoscaler that the number is left to: who states both is told to choose. */
function deployments(name: string, own?: JsonMap): fc.Arbitrary<JsonMap[]> {
  return fc.oneof(
    fc.constant<JsonMap[]>([]),
    constantFrom(0, 1, 2, 3).map((replicas) => [workload('Deployment', name, replicas, own)]),
    constantFrom(1, 2, 3).map((floor) => [workload('Deployment', name, undefined, own), autoscaler(name, floor)])
  )
}

/** Beside api, under whatever selects both tracks of it. */
const canaries = constantFrom<JsonMap[]>(
  [],
  [],
  ...[1, 3].map((replicas) => [workload('Deployment', 'canary', replicas, { app: 'api', track: 'canary' })])
)

const daemons = constantFrom<JsonMap[][]>([], [], [], [workload('DaemonSet', 'agent', undefined)])
const bound = constantFrom<JsonMap>(
  { maxUnavailable: 1 },
  { maxUnavailable: '50%' },
  ...[1, 2, 3, '50%', '51%'].map((minAvailable: Json) => ({ minAvailable }))
)
const selector = constantFrom<JsonMap>(
  { matchLabels: { app: 'web' } },
  { matchLabels: { app: 'api' } },
  { matchLabels: { tier: 'front' } },
  {}
)

function budgets(name: string): fc.Arbitrary<JsonMap[]> {
  const one = fc.tuple(bound, selector).map(([own, of]): JsonMap[] => {
    const metadata = { name, namespace: 'shop' }
    return [{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: { ...own, selector: of } }]
  })
  return fc.oneof(fc.constant<JsonMap[]>([]), one, one)
}

/** The objects of a release in any order. */
const release = fc
  .tuple(
    deployments('web'),
    deployments('api', { app: 'api', track: 'stable' }),
    canaries,
    daemons,
    budgets('one'),
    budgets('two')
  )
  .chain((parts) => fc.shuffledSubarray(parts.flat(), { minLength: parts.flat().length }))

function factsFor(subject: Subject, there: readonly JsonMap[]): Facts {
  return factsAround(subject, there, { companion: known(true) })
}

/** Whether, all being there, every budget lets a pod go or has none, and no pod has two budgets. */
function isGood(objects: readonly JsonMap[]): boolean {
  return objects.every((object) => {
    const subject = subjectFrom(object)
    if (subject.kind !== 'PodDisruptionBudget') return true
    const others = objects.filter((other) => other !== object)
    const { workloads, budgets: beside } = factsFor(subject, others)
    const selected = workloads.known ? atTheirLeast(workloads.value) : []
    const allowed = disruptionsAtFullHealth(subject.spec, selected.map(podsOfWorkload))
    const goes = selected.length === 0 || allowed === 'unknown' || (typeof allowed === 'number' && allowed > 0)
    return goes && beside.known && beside.value.length === 0
  })
}

function assertAllowed(object: JsonMap, there: readonly JsonMap[], oldObject: JsonMap | null = null): void {
  const facts = factsFor(subjectFrom(object), there)
  const request = { resource: resources.get(object['kind']) }
  const { allowed, status } = ask(admitOf({ facts, policies: about }), 'enforce', { object, oldObject, request })
  assert.ok(allowed, status?.message ?? '')
}

let good = 0

law('of a good release every object is let in, whichever comes first', release, (objects) => {
  if (!isGood(objects)) return
  good += 1
  for (const [index, object] of objects.entries()) assertAllowed(object, objects.slice(0, index))
})

law('of a good release each budget and autoscaler may be renamed', release, (objects) => {
  if (!isGood(objects)) return
  for (const object of objects) {
    if (object['kind'] === 'Deployment' || object['kind'] === 'DaemonSet') continue
    assertAllowed({ ...object, metadata: { name: 'renamed', namespace: 'shop' } }, objects)
  }
})

/** As Helm and Argo CD order kinds, and as Kustomize and Flux do. */
const orders = [
  ['PodDisruptionBudget', 'DaemonSet', 'Deployment', 'HorizontalPodAutoscaler'],
  ['Deployment', 'PodDisruptionBudget', 'DaemonSet', 'HorizontalPodAutoscaler']
]

/** The same object with another number. */
function version(object: JsonMap): fc.Arbitrary<JsonMap> {
  const spec = object['spec'] as JsonMap
  if (object['kind'] === 'PodDisruptionBudget') {
    const { selector: selects = {} } = spec
    return bound.map((own) => ({ ...object, spec: { ...own, selector: selects } }))
  }
  const field = object['kind'] === 'Deployment' ? 'replicas' : 'minReplicas'
  if (spec[field] === undefined) return fc.constant(object)
  return constantFrom(1, 2, 3, 4).map((number) => ({ ...object, spec: { ...spec, [field]: number } }))
}

const versions = release
  .filter(isGood)
  .chain((objects) => fc.tuple(fc.constant(objects), fc.tuple(...objects.map(version)), constantFrom(...orders)))

law('a release from one good state to another is let in as tools order it', versions, ([before, after, order]) => {
  if (!isGood(after)) return
  const now = [...before]
  for (const kind of order) {
    for (const [index, object] of after.entries()) {
      const old = before[index]
      if (object['kind'] !== kind || old === undefined) continue
      assertAllowed(
        object,
        now.filter((other) => other !== old),
        old
      )
      now.splice(index, 1, object)
    }
  }
})

law('there are good releases among them', fc.constant(0), () => {
  assert.ok(good > 0, `${good} good releases`)
})

law('of any release a workload is let in, whatever budgets are there', release, (objects) => {
  for (const object of objects) {
    if (object['kind'] === 'Deployment')
      assertAllowed(
        object,
        objects.filter((other) => other !== object)
      )
  }
})

law('of any release every object may be written again as it is', release, (objects) => {
  for (const object of objects) {
    assertAllowed(
      object,
      objects.filter((other) => other !== object),
      object
    )
  }
})

/** What is allowed of all that a budget selects; undefined where it selects no pods. */
function allowedBy(spec: BudgetSpec, { workloads }: Facts): ReturnType<typeof disruptionsAtFullHealth> {
  const selected = workloads.known ? atTheirLeast(workloads.value) : []
  return selected.length === 0 ? undefined : disruptionsAtFullHealth(spec, selected.map(podsOfWorkload))
}

/** The budgets that an object is told of. */
function toldOf(object: JsonMap, objects: readonly JsonMap[]): string[] {
  const facts = factsFor(
    subjectFrom(object),
    objects.filter((other) => other !== object)
  )
  const request = { resource: resources.get(object['kind']) }
  const admit = admitOf({ facts, policies: [budgetAllowsDisruption] })
  const { auditAnnotations = {} } = ask(admit, 'audit', { object, request })
  const findings = JSON.parse(auditAnnotations['findings'] ?? '[]') as { problem: string }[]
  return findings.flatMap(({ problem }) => /budget (\w+) (?:blocks|selects)/.exec(problem)?.[1] ?? [])
}

law('a budget, its workloads and their autoscalers are counted alike', release, (objects) => {
  for (const object of objects) {
    const subject = subjectFrom(object)
    if (subject.kind !== 'PodDisruptionBudget') continue
    const facts = factsFor(subject, objects)
    const allowed = allowedBy(subject.spec, facts)
    if (!facts.workloads.known || allowed === undefined || allowed === 'unknown') continue
    const name = subject.metadata.name ?? ''
    const blocks = allowed === 0 || allowed === 'cannot be counted'
    for (const { kind, metadata } of atTheirLeast(facts.workloads.value)) {
      if (kind !== 'Deployment') continue
      const named = objects.filter((other) => (other['metadata'] as JsonMap)['name'] === metadata.name)
      for (const other of named) {
        assert.equal(toldOf(other, objects).includes(name), other['kind'] === kind ? blocks : allowed === 0)
      }
    }
  }
})
