import t from 'tap'
import { type Fact, unknown } from '../../src/inventory/fact.ts'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { type AutoscalerKind, parseAutoscaler } from '../../src/kube/autoscaler.ts'
import { parseBudget } from '../../src/kube/budget.ts'
import { parseScale } from '../../src/kube/scale.ts'
import { parseService } from '../../src/kube/service.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import { inventoryOf, sourceOf, valueOf, watchedIn } from '../support/inventory.ts'
import {
  budgetJson,
  hpaJson,
  jobJson,
  kedaHpaJson,
  limitRangeJson,
  scaledObjectJson,
  verticalAutoscalerJson,
  workloadJson
} from './objects.ts'

type Json = Record<string, unknown>

function names(fact: Fact<readonly { metadata: { readonly name?: string } }[]>): string[] {
  return valueOf(fact)
    .map(({ metadata }) => metadata.name ?? '')
    .sort()
}

const byName = (name: string) => ({ matchLabels: { app: name } })

function ofBudget(inventory: Inventory, json: Json): Facts {
  return sourceOf(inventory).factsFor(parseBudget(structuredClone(json)))
}

void t.test('of a budget: the workloads that it selects, with their autoscalers', (test) => {
  const cluster = inventoryOf([
    workloadJson('web'),
    workloadJson('api'),
    workloadJson('store', { kind: 'StatefulSet', labels: { app: 'web' }, spec: { replicas: 5 } }),
    workloadJson('agent', { kind: 'DaemonSet', labels: { app: 'web' } }),
    hpaJson('web', 'web', { spec: { minReplicas: 4 } })
  ])
  const found = valueOf(ofBudget(cluster, budgetJson('new', byName('web'))).workloads)
  test.strictSame(
    found.map(({ group, kind, metadata, replicas, autoscaler }) => {
      return [group, kind, metadata.name, replicas, autoscaler?.minReplicas]
    }),
    [
      ['apps', 'Deployment', 'web', 3, 4],
      ['apps', 'StatefulSet', 'store', 5, undefined],
      ['apps', 'DaemonSet', 'agent', undefined, undefined]
    ]
  )
  test.strictSame(valueOf(ofBudget(cluster, budgetJson('new')).workloads), [], 'an absent selector selects nothing')
  test.equal(valueOf(ofBudget(cluster, budgetJson('new', {})).workloads).length, 4)
  test.end()
})

function ofService(inventory: Inventory, spec: Json): Facts {
  return sourceOf(inventory).factsFor(parseService({ metadata: { name: 'front', namespace: 'shop' }, spec }))
}

void t.test('of a Service: the workloads that it selects, and the labels of its namespace', (test) => {
  const gate = 'elbv2.k8s.aws/pod-readiness-gate-inject'
  const labels = { [gate]: 'enabled', team: 'a' }
  const cluster = inventoryOf([
    workloadJson('web'),
    workloadJson('agent', { kind: 'DaemonSet', labels: { app: 'web' } }),
    workloadJson('api'),
    { ...workloadJson('away', { labels: { app: 'web' } }), metadata: { name: 'away', namespace: 'bank' } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }
  ])
  test.strictSame(names(ofService(cluster, { selector: { app: 'web' } }).workloads), ['agent', 'web'])
  test.strictSame(names(ofService(cluster, { selector: {} }).workloads), [], 'an empty selector selects nothing')
  test.strictSame(names(ofService(cluster, {}).workloads), [])
  test.strictSame(valueOf(ofService(cluster, {}).namespaceLabels), { [gate]: 'enabled' }, 'no label but those of use')
  test.equal(ofService(inventoryOf([]), {}).namespaceLabels.known, false, 'a namespace that is not seen yet')
  test.equal(ofService(cluster, {}).claims.known, false, 'not looked up for a Service')
  test.end()
})

void t.test('of a budget: the Jobs and CronJobs whose pods it selects', (test) => {
  const cluster = inventoryOf([
    workloadJson('web'),
    jobJson('migration', { labels: { app: 'web' } }),
    jobJson('nightly', { kind: 'CronJob', labels: { app: 'web' } }),
    jobJson('other'),
    { ...jobJson('away', { labels: { app: 'web' } }), metadata: { name: 'away', namespace: 'bank' } }
  ])
  const selected = (selector?: Json) => {
    const found = valueOf(ofBudget(cluster, budgetJson('new', selector)).jobs)
    return found.map(({ kind, name }) => `${kind} ${name}`).toSorted()
  }
  test.strictSame(selected(byName('web')), ['CronJob nightly', 'Job migration'])
  const matchExpressions = [{ key: 'batch.kubernetes.io/job-name', operator: 'DoesNotExist' }]
  test.strictSame(selected({ ...byName('web'), matchExpressions }), [])
  test.strictSame(selected(), [])
  watchedIn(cluster, 'Job').delete('shop/migration')
  test.strictSame(selected(byName('web')), ['CronJob nightly'])
  const unready = { readiness: wholeBut({ jobs: 'the jobs are 200 s old' }) }
  const facts = sourceOf(cluster, unready).factsFor(parseBudget(budgetJson('new', byName('web'))))
  test.strictSame(facts.jobs, unknown('the jobs are 200 s old'))
  test.end()
})

void t.test('of a budget: the others over the same pods, but not its own old version', (test) => {
  const cluster = inventoryOf([
    workloadJson('web'),
    workloadJson('api'),
    budgetJson('mine', byName('web')),
    budgetJson('rival', byName('web')),
    budgetJson('all', {}),
    budgetJson('api', byName('api')),
    budgetJson('nobody', byName('nobody'))
  ])
  const beside = (json: Json) => valueOf(ofBudget(cluster, json).budgets).map(({ name }) => name)
  test.strictSame(beside(budgetJson('mine', byName('web'))).sort(), ['all', 'rival'])
  test.strictSame(beside(budgetJson('mine', {})).sort(), ['all', 'api', 'rival'])
  test.strictSame(beside(budgetJson('mine', byName('nobody'))), [], 'they share no pod that there is')
  test.end()
})

void t.test('of a budget: nothing is known where it would take all to compare thousands with thousands', (test) => {
  const many = Array.from({ length: 600 }, (_, number) => String(number))
  const noOther = { matchExpressions: [{ key: 'other', operator: 'Exists' }] }
  const unlike = { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }
  const budgetsOf = (selector: Json, count: number) => {
    const budgets = many.slice(0, count).map((number) => budgetJson(`b-${number}`, selector))
    const deployments = many.map((number) => workloadJson(`w-${number}`, { labels: { app: 'web' } }))
    return ofBudget(inventoryOf([...deployments, ...budgets]), budgetJson('new', {})).budgets
  }
  const why = 'its namespace has too many objects to search'
  for (const selector of [{}, unlike]) test.strictSame(budgetsOf(selector, 600), { known: false, why })
  test.equal(valueOf(budgetsOf({}, 300)).length, 300)
  test.strictSame(valueOf(budgetsOf(noOther, 600)), [], 'what is found without trying all is known')
  test.end()
})

function ofAutoscaler(inventory: Inventory, json: Json, kind: AutoscalerKind): Facts {
  return sourceOf(inventory).factsFor(parseAutoscaler(kind, structuredClone(json)))
}

void t.test('of an autoscaler: its target, driven by it already, and its rivals', (test) => {
  const cluster = inventoryOf([
    workloadJson('web'),
    hpaJson('mine', 'web', { spec: { minReplicas: 1 } }),
    hpaJson('rival', 'web')
  ])
  const mine = hpaJson('mine', 'web', { spec: { minReplicas: 3 } })
  const facts = ofAutoscaler(cluster, mine, 'HorizontalPodAutoscaler')
  test.strictSame(names(facts.autoscalers), ['rival'])
  test.strictSame(names(facts.workloads), ['web'])
  test.equal(valueOf(facts.workloads)[0]?.autoscaler?.metadata.name, 'rival')
  watchedIn(cluster, 'HorizontalPodAutoscaler').delete('shop/rival')
  const alone = valueOf(ofAutoscaler(cluster, mine, 'HorizontalPodAutoscaler').workloads)
  test.equal(alone[0]?.autoscaler?.minReplicas, 3, 'the floor that comes counts')
  const astray = ofAutoscaler(cluster, hpaJson('mine', 'gone'), 'HorizontalPodAutoscaler')
  test.strictSame(names(astray.workloads), [])
  test.strictSame(names(astray.autoscalers), [])
  test.end()
})

void t.test('of an autoscaler: a ScaledObject that takes it over is no rival', (test) => {
  const hpa = hpaJson('web-hpa', 'web')
  const other = hpaJson('other', 'web')
  const annotations = { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' }
  const advanced = { horizontalPodAutoscalerConfig: { name: 'web-hpa' } }
  const scaler = scaledObjectJson('web', 'web', { metadata: { annotations }, spec: { advanced } })
  const cluster = inventoryOf([workloadJson('web'), hpa, other, scaler])
  test.strictSame(names(ofAutoscaler(cluster, scaler, 'ScaledObject').autoscalers), ['other'])
  test.strictSame(names(ofAutoscaler(cluster, hpa, 'HorizontalPodAutoscaler').autoscalers), ['other'])
  const before = inventoryOf([workloadJson('web'), hpa])
  test.strictSame(names(ofAutoscaler(before, scaler, 'ScaledObject').autoscalers), [], 'before it is there')
  test.end()
})

void t.test('of an autoscaler: the budgets and the neighbours of its target', (test) => {
  const cluster = inventoryOf([
    workloadJson('web'),
    workloadJson('api'),
    budgetJson('web', byName('web')),
    budgetJson('all', {}),
    budgetJson('api', byName('api'))
  ])
  const { budgets, neighbours } = ofAutoscaler(cluster, hpaJson('mine', 'web'), 'HorizontalPodAutoscaler')
  test.strictSame(
    valueOf(budgets).map(({ name }) => name),
    ['web', 'all']
  )
  test.ok(valueOf(valueOf(neighbours).someSelectedBy(byName('api'))))
  test.notOk(valueOf(valueOf(neighbours).someSelectedBy(byName('web'))), 'its target is no neighbour')
  const astray = ofAutoscaler(cluster, hpaJson('mine', 'gone'), 'HorizontalPodAutoscaler')
  test.strictSame(valueOf(astray.budgets), [])
  test.ok(valueOf(valueOf(astray.neighbours).someSelectedBy(byName('web'))))
  test.end()
})

void t.test('of an autoscaler whose target is of a kind that nobody watches', (test) => {
  const rolloutType = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }
  const json = hpaJson('mine', 'web', { spec: { scaleTargetRef: { ...rolloutType, name: 'web' } } })
  const { workloads, budgets } = ofAutoscaler(inventoryOf([]), json, 'HorizontalPodAutoscaler')
  for (const fact of [workloads, budgets])
    test.strictSame(fact, { known: false, why: 'workloads of the kind that it targets are not watched' })
  const custom = { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', resource: 'rollouts' }
  const cluster = inventoryOf(
    [{ ...workloadJson('web'), ...rolloutType }],
    new Inventory({ customWorkloads: [custom] })
  )
  const optional: string[] = []
  cluster.visitKinds((kept) => kept.optional && optional.push(kept.kind.kind))
  test.strictSame(optional, ['ScaledObject', 'VerticalPodAutoscaler', 'Rollout'], 'what clusters may be without')
  const [found] = valueOf(ofAutoscaler(cluster, json, 'HorizontalPodAutoscaler').workloads)
  test.strictSame([found?.group, found?.kind, found?.replicas], ['argoproj.io', 'Rollout', 3])
  test.end()
})

void t.test('a ScaledObject and what KEDA made for it are no rivals, whichever comes', (test) => {
  const made = kedaHpaJson('scaler', 'web')
  const scaler = scaledObjectJson('scaler', 'web')
  for (const objects of [[made, scaler], [made], [scaler]]) {
    const cluster = inventoryOf(objects)
    test.strictSame(names(ofAutoscaler(cluster, made, 'HorizontalPodAutoscaler').autoscalers), [])
    test.strictSame(names(ofAutoscaler(cluster, scaler, 'ScaledObject').autoscalers), [])
  }
  const cluster = inventoryOf([made, hpaJson('rival', 'web'), scaler])
  test.strictSame(names(ofAutoscaler(cluster, scaler, 'ScaledObject').autoscalers), ['rival'])
  test.strictSame(names(ofAutoscaler(cluster, hpaJson('new', 'web'), 'HorizontalPodAutoscaler').autoscalers), [
    'rival',
    'scaler'
  ])
  test.end()
})

void t.test('of a Scale: what is around its parent', (test) => {
  const cluster = inventoryOf([
    workloadJson('web', { metadata: { annotations: { 'holdfast.dev/exempt.x': 'y', z: '1' } } }),
    hpaJson('web', 'web'),
    budgetJson('web', byName('web')),
    budgetJson('api', byName('api'))
  ])
  const ofScale = (name: string, parentKind: 'Deployment' | 'StatefulSet' = 'Deployment') => {
    const json = { metadata: { name, namespace: 'shop' }, spec: { replicas: 1 } }
    return sourceOf(cluster).factsFor(parseScale(parentKind, json))
  }
  const facts = ofScale('web')
  test.strictSame(names(facts.workloads), ['web'])
  test.strictSame(valueOf(facts.workloads)[0]?.metadata.annotations, { 'holdfast.dev/exempt.x': 'y' })
  test.equal(valueOf(facts.autoscaler)?.metadata.name, 'web')
  test.strictSame(names(facts.autoscalers), ['web'])
  test.strictSame(
    valueOf(facts.budgets).map(({ name }) => name),
    ['web']
  )
  test.notOk(valueOf(valueOf(facts.neighbours).someSelectedBy({})), 'its parent is no neighbour')
  for (const unseen of [ofScale('api'), ofScale('web', 'StatefulSet')]) {
    test.strictSame(unseen.workloads, { known: false, why: 'what it scales has not been seen yet' })
    test.strictSame(unseen.budgets, { known: false, why: 'what it scales has not been seen yet' })
    test.equal(valueOf(unseen.autoscaler), null)
  }
  test.end()
})

void t.test('what nobody asks of them is unknown', (test) => {
  const cluster = inventoryOf([])
  const budget = ofBudget(cluster, budgetJson('web', {}))
  for (const name of ['autoscaler', 'autoscalers', 'neighbours', 'companion', 'services'] as const)
    test.strictSame(budget[name], { known: false, why: 'not looked up for a budget' })
  const autoscaler = ofAutoscaler(cluster, hpaJson('web', 'web'), 'HorizontalPodAutoscaler')
  for (const name of ['autoscaler', 'companion', 'services'] as const)
    test.strictSame(autoscaler[name], { known: false, why: 'not looked up for an autoscaler' })
  test.end()
})

void t.test(
  'of an autoscaler: the LimitRanges of its namespace, and the VerticalPodAutoscalers of its target',
  (test) => {
    const cluster = inventoryOf([
      limitRangeJson('usual'),
      limitRangeJson('there', { metadata: { namespace: 'bank' } }),
      verticalAutoscalerJson('vertical', 'web'),
      verticalAutoscalerJson('other', 'api')
    ])
    const { factsFor } = sourceOf(cluster)
    for (const [kind, json] of [
      ['HorizontalPodAutoscaler', hpaJson('web', 'web')],
      ['ScaledObject', scaledObjectJson('web', 'web')]
    ] as const) {
      const { limitRanges, verticalAutoscalers } = factsFor(parseAutoscaler(kind, json))
      test.strictSame(
        [...valueOf(limitRanges), ...valueOf(verticalAutoscalers)].map(({ name }) => name),
        ['usual', 'vertical'],
        kind
      )
    }
    test.end()
  }
)
