import t from 'tap'
import type { Facts } from '../../src/engine/facts.ts'
import { parseWorkload, type WorkloadKind } from '../../src/kube/workload.ts'
import {
  budgetJson,
  clusterOf,
  type FollowedCluster,
  hpaJson,
  kedaHpaJson,
  namespaceJson,
  nodeJson,
  paths,
  scaledObjectJson,
  serviceJson,
  valueOf,
  workloadJson
} from './followed-cluster.ts'

type Json = Record<string, unknown>

function factsOf({ source }: FollowedCluster, json: Json, kind: WorkloadKind = 'Deployment'): Facts {
  return source.factsFor(parseWorkload(kind, structuredClone(json)))
}

const web = workloadJson('web')

void t.test('the budgets that select its pods, and which of them are companions', (test) => {
  const mark = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
  const cluster = clusterOf({
    [paths.budgets]: [
      budgetJson('web', { matchLabels: { app: 'web' } }),
      budgetJson('all', {}),
      budgetJson('ours', { matchLabels: { app: 'web' } }, { metadata: { labels: mark } }),
      budgetJson('other', { matchLabels: { app: 'api' } }),
      budgetJson('some labels', { matchLabels: { app: 'web', tier: 'front' } }),
      budgetJson('nothing'),
      budgetJson('elsewhere', {}, { metadata: { namespace: 'bank' } })
    ]
  })
  const found = valueOf(factsOf(cluster, web).budgets)
  test.strictSame(found.map(({ name, companion }) => `${name} ${companion}`).sort(), [
    'all false',
    'ours true',
    'web false'
  ])
  test.strictSame(found.find(({ name }) => name === 'web')?.spec, {
    maxUnavailable: 1,
    selector: { matchLabels: { app: 'web' } }
  })
  test.end()
})

void t.test('the labels that come count, not those of the old version', (test) => {
  const cluster = clusterOf({
    [paths.deployments]: [workloadJson('web', { labels: { app: 'old' } })],
    [paths.budgets]: [budgetJson('old', { matchLabels: { app: 'old' } })]
  })
  const facts = factsOf(cluster, web)
  test.strictSame(valueOf(facts.budgets), [])
  const neighbours = valueOf(facts.neighbours)
  test.notOk(neighbours.someSelectedBy({ matchLabels: { app: 'old' } }), 'its own old version is no neighbour')
  test.end()
})

void t.test('its neighbours', (test) => {
  const cluster = clusterOf({
    [paths.deployments]: [web, workloadJson('api')],
    [paths.statefulSets]: [workloadJson('web', { labels: { app: 'store' } })],
    [paths.daemonSets]: [workloadJson('agent')]
  })
  const neighbours = valueOf(factsOf(cluster, web).neighbours)
  test.ok(neighbours.someSelectedBy({ matchLabels: { app: 'api' } }))
  test.ok(neighbours.someSelectedBy({ matchLabels: { app: 'store' } }), 'of the same name, but of another kind')
  test.ok(neighbours.someSelectedBy({ matchLabels: { app: 'agent' } }))
  test.ok(neighbours.someSelectedBy({}))
  test.notOk(neighbours.someSelectedBy({ matchLabels: { app: 'web' } }))
  test.notOk(neighbours.someSelectedBy(undefined))
  const elsewhere = workloadJson('web', { metadata: { namespace: 'bank' } })
  test.notOk(valueOf(factsOf(cluster, elsewhere).neighbours).someSelectedBy({}))
  test.end()
})

void t.test('its autoscalers, and the one with the lowest floor', (test) => {
  const cluster = clusterOf({
    [paths.hpas]: [
      hpaJson('b', 'web', { spec: { minReplicas: 3 } }),
      hpaJson('c', 'web', { spec: { minReplicas: 2 } }),
      hpaJson('a', 'web', { spec: { minReplicas: 2 } }),
      hpaJson('elsewhere', 'web', { metadata: { namespace: 'bank' } }),
      hpaJson('of-another-kind', 'web', {
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' } }
      }),
      hpaJson('of-another-group', 'web', {
        spec: { scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Deployment', name: 'web' } }
      })
    ]
  })
  const facts = factsOf(cluster, web)
  test.strictSame(
    valueOf(facts.autoscalers).map(({ metadata }) => metadata.name),
    ['b', 'c', 'a']
  )
  test.equal(valueOf(facts.autoscaler)?.metadata.name, 'a')
  test.equal(valueOf(factsOf(cluster, workloadJson('api')).autoscaler), null)
  test.end()
})

void t.test('a ScaledObject stands for what KEDA made for it', (test) => {
  const both = clusterOf({
    [paths.hpas]: [kedaHpaJson('scaler', 'web', { minReplicas: 1 })],
    [paths.scaledObjects]: [scaledObjectJson('scaler', 'web')]
  })
  test.strictSame(
    valueOf(factsOf(both, web).autoscalers).map(({ kind }) => kind),
    ['ScaledObject']
  )
  test.equal(valueOf(factsOf(both, web).autoscaler)?.minReplicas, 0)
  const early = clusterOf({ [paths.hpas]: [kedaHpaJson('scaler', 'web', { minReplicas: 1 })] })
  test.equal(valueOf(factsOf(early, web).autoscaler)?.kind, 'HorizontalPodAutoscaler', 'it is not seen yet')
  const rival = clusterOf({
    [paths.hpas]: [hpaJson('rival', 'web')],
    [paths.scaledObjects]: [scaledObjectJson('scaler', 'web')]
  })
  test.equal(valueOf(factsOf(rival, web).autoscalers).length, 2)
  test.end()
})

void t.test('the Services that select its pods', (test) => {
  const cluster = clusterOf({
    [paths.services]: [
      serviceJson('web', { app: 'web' }),
      serviceJson('api', { app: 'api' }),
      serviceJson('both', { app: 'web', tier: 'front' }),
      serviceJson('empty', {}),
      serviceJson('none', undefined)
    ]
  })
  const found = valueOf(factsOf(cluster, web).services)
  test.strictSame(
    found.map(({ metadata, ports }) => [metadata.name, ports.map(({ targetPort }) => targetPort)]),
    [['web', [8080]]]
  )
  test.end()
})

void t.test('the nodes', (test) => {
  const zone = 'topology.kubernetes.io/zone'
  const cluster = clusterOf({ [paths.nodes]: [nodeJson('n1', 'a'), nodeJson('n2', 'b'), nodeJson('n3')] })
  const nodes = valueOf(factsOf(cluster, web).nodes)
  test.strictSame(
    nodes.all.map(({ name }) => name),
    ['n1', 'n2', 'n3']
  )
  test.strictSame([...nodes.domainsOf(zone)], ['a', 'b'])
  test.equal(nodes.domainsOf(zone), nodes.domainsOf(zone))
  test.equal(nodes.domainsOf('constructor').size, 0)
  cluster.at(paths.nodes).set(nodeJson('n3', 'c'))
  test.strictSame([...valueOf(factsOf(cluster, web).nodes).domainsOf(zone)], ['a', 'b', 'c'])
  test.strictSame([...nodes.domainsOf(zone)], ['a', 'b'], 'who has asked keeps what was so')
  test.end()
})

const optedIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }

void t.test('whether a companion is kept for it', (test) => {
  const cluster = clusterOf({ [paths.namespaces]: [namespaceJson('shop', optedIn)] })
  test.equal(valueOf(factsOf(cluster, web).companion), true)
  test.equal(valueOf(factsOf(cluster, web, 'DaemonSet').companion), false)
  const refusing = workloadJson('web', { metadata: { annotations: { 'holdfast.dev/inject': 'disabled' } } })
  test.equal(valueOf(factsOf(cluster, refusing).companion), false)
  test.strictSame(factsOf(cluster, workloadJson('web', { metadata: { namespace: 'bank' } })).companion, {
    known: false,
    why: 'its namespace has not been seen yet'
  })
  cluster.at(paths.namespaces).freshness = Infinity
  test.equal(valueOf(factsOf(cluster, web).companion), true, 'by what was last known')
  test.strictSame(cluster.source.namespaceLabels('shop'), { known: true, value: optedIn })
  test.end()
})

void t.test('what is not asked of a workload, and what it does not say itself', (test) => {
  const facts = factsOf(clusterOf({}), web)
  test.strictSame(facts.workloads, { known: false, why: 'not looked up for a workload' })
  test.strictSame(facts.serverVersion, { known: true, value: { major: 1, minor: 33 } })
  const homeless = factsOf(clusterOf({}), { metadata: { name: 'web' } })
  for (const name of ['budgets', 'services', 'neighbours', 'autoscaler', 'autoscalers'] as const) {
    test.strictSame(homeless[name], { known: false, why: 'the object does not say its namespace' })
  }
  test.end()
})

void t.test('a fact is found once, and only when somebody asks', (test) => {
  const cluster = clusterOf({ [paths.budgets]: [budgetJson('all', {})] })
  const facts = factsOf(cluster, web)
  cluster.at(paths.budgets).list([])
  const { budgets } = facts
  test.strictSame(valueOf(budgets), [])
  cluster.at(paths.budgets).list([budgetJson('all', {})])
  test.equal(facts.budgets, budgets)
  test.end()
})
