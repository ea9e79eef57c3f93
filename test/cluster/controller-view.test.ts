import t from 'tap'
import { buildClusterView } from '../../src/cluster/controller-view.ts'
import type { Budget } from '../../src/kube/budget.ts'
import {
  budgetJson,
  clusterOf,
  hpaJson,
  namespaceJson,
  nodeJson,
  paths,
  valueOf,
  workloadJson
} from '../inventory/followed-cluster.ts'

type Json = Record<string, unknown>

const mark = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
const byName = (name: string) => ({ matchLabels: { app: name } })
const key = (name: string, kind = 'Deployment') => `apps/${kind}/shop/${name}` as const

function companionJson(owner: string, selector: Json = byName(owner), resourceVersion = '1'): Json {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid: 'x', controller: true }]
  return budgetJson(`${owner}-companion`, selector, { metadata: { labels: mark, ownerReferences, resourceVersion } })
}

const objects = {
  [paths.namespaces]: [namespaceJson('shop', { team: 'a' }), namespaceJson('bank')],
  [paths.deployments]: [workloadJson('web'), workloadJson('api')],
  [paths.statefulSets]: [workloadJson('store', { labels: { app: 'web', tier: 'store' } })],
  [paths.hpas]: [hpaJson('web', 'web')],
  [paths.budgets]: [companionJson('web'), companionJson('gone'), budgetJson('all', {})]
}

function viewOf(given: Partial<Record<string, readonly Json[]>> = objects) {
  const cluster = clusterOf(given)
  const view = buildClusterView(cluster.cache)
  let told: string[] = []
  const stop = view.onChange((keys) => told.push(...keys))
  const heard = () => {
    const keys = told.toSorted()
    told = []
    return keys
  }
  return { ...cluster, view, heard, stop }
}

function namesOf(budgets: readonly Budget[]): string[] {
  return budgets.map(({ metadata }) => metadata.name ?? '').toSorted()
}

void t.test('every workload, and every one that only a companion still names', (test) => {
  const { view } = viewOf()
  test.strictSame([...view.keys()].toSorted(), [key('api'), key('gone'), key('web'), key('store', 'StatefulSet')])
  test.end()
})

void t.test('what is around a workload', (test) => {
  const { view } = viewOf()
  const found = valueOf(view.around(key('web')))
  test.equal(found.workload?.metadata.uid, 'uid-web')
  test.equal(found.workload?.autoscaler?.minReplicas, 2)
  test.strictSame(found.namespace, { labels: { team: 'a' }, terminating: false })
  test.strictSame(namesOf(valueOf(view.around(key('web'))).budgets), ['all', 'web-companion'])
  test.strictSame(
    found.overlapping.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    ['StatefulSet/store']
  )
  test.strictSame(namesOf(valueOf(view.around(key('web'))).companions), ['web-companion'])
  const fromThere = valueOf(view.around(key('store', 'StatefulSet'))).overlapping
  test.strictSame(
    fromThere.map(({ metadata }) => metadata.name),
    ['web'],
    'seen from both sides'
  )
  const [companion] = found.companions
  test.equal(companion?.metadata.resourceVersion, '1')
  test.equal(companion?.metadata.ownerReferences?.[0]?.uid, 'x')
  test.strictSame(valueOf(view.around(key('api'))).overlapping, [])
  test.end()
})

void t.test('what is left of a workload that is gone, in a namespace that nobody knows', (test) => {
  const { view } = viewOf()
  test.equal(valueOf(view.around(key('gone'))).workload, undefined)
  test.strictSame(namesOf(valueOf(view.around(key('gone'))).budgets), [])
  test.strictSame(namesOf(valueOf(view.around(key('gone'))).companions), ['gone-companion'])
  test.equal(valueOf(view.around('apps/Deployment/nowhere/web')).namespace, undefined)
  test.end()
})

void t.test('a budget by its name', (test) => {
  const { view } = viewOf()
  test.equal(valueOf(view.budgetNamed('shop', 'all'))?.metadata.name, 'all')
  test.equal(valueOf(view.budgetNamed('bank', 'all')), undefined)
  test.end()
})

void t.test('nothing is known around a workload while a list that it takes is old', (test) => {
  for (const path of [paths.budgets, paths.hpas, paths.scaledObjects, paths.namespaces, paths.statefulSets]) {
    const { view, at } = viewOf()
    at(path).freshness = 190_000
    test.match(view.around(key('web')), { known: false, why: /^the \w+ known are 190 s old$/ })
  }
  const { view, at } = viewOf()
  at(paths.services).freshness = at(paths.nodes).freshness = Infinity
  test.ok(view.around(key('web')).known)
  at(paths.budgets).freshness = 190_000
  test.notOk(view.budgetNamed('shop', 'all').known)
  test.end()
})

void t.test('a budget bears on what it selected and what it selects, and on its owner', (test) => {
  const { at, heard } = viewOf({ ...objects, [paths.budgets]: [] })
  at(paths.budgets).set(budgetJson('moves', byName('api')))
  test.strictSame(heard(), [key('api')])
  at(paths.budgets).set(budgetJson('moves', byName('web')))
  test.strictSame(heard(), [key('api'), key('web'), key('store', 'StatefulSet')])
  at(paths.budgets).delete('shop/moves')
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')])
  at(paths.budgets).set(companionJson('api', byName('nobody')))
  test.strictSame(heard(), [key('api')])
  at(paths.budgets).set(companionJson('gone', byName('nobody')))
  test.strictSame(heard(), [key('gone')])
  at(paths.budgets).set(budgetJson('elsewhere', {}, { metadata: { namespace: 'bank' } }))
  test.strictSame(heard(), [])
  test.end()
})

void t.test('a change of the status of a budget bears on nothing, and its version is known all the same', (test) => {
  const { at, heard, view } = viewOf()
  at(paths.budgets).set(companionJson('web', byName('web'), '2'))
  test.strictSame(heard(), [])
  test.equal(valueOf(view.around(key('web'))).companions[0]?.metadata.resourceVersion, '2')
  test.strictSame(namesOf(valueOf(view.around(key('web'))).budgets), ['all', 'web-companion'])
  test.end()
})

void t.test('who takes the mark off a companion takes it from its owner', (test) => {
  const { at, heard, view } = viewOf()
  at(paths.budgets).set(budgetJson('web-companion', byName('web')))
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')])
  test.strictSame(namesOf(valueOf(view.around(key('web'))).companions), [])
  test.end()
})

void t.test('an autoscaler bears on its targets before and after', (test) => {
  const { at, heard, view } = viewOf()
  at(paths.hpas).set(hpaJson('web', 'api'))
  test.strictSame(heard(), [key('api'), key('web')])
  test.equal(valueOf(view.around(key('web'))).workload?.autoscaler, null)
  at(paths.hpas).delete('shop/web')
  test.strictSame(heard(), [key('api')])
  test.end()
})

void t.test('a namespace bears on all in it, when it says something else', (test) => {
  const { at, heard, view } = viewOf()
  at(paths.namespaces).set(namespaceJson('shop', { team: 'a' }))
  test.strictSame(heard(), [])
  at(paths.namespaces).set({ ...namespaceJson('shop', { team: 'a' }), status: { phase: 'Terminating' } })
  test.strictSame(heard(), [key('api'), key('web'), key('store', 'StatefulSet')])
  test.equal(valueOf(view.around(key('web'))).namespace?.terminating, true)
  at(paths.namespaces).set(namespaceJson('bank', { team: 'b' }))
  at(paths.nodes).set(nodeJson('n1'))
  test.strictSame(heard(), [])
  test.end()
})

void t.test('a workload bears on itself, and on those that share pods with it before or after', (test) => {
  const { at, heard } = viewOf()
  at(paths.deployments).set(workloadJson('api', { spec: { replicas: 1 } }))
  test.strictSame(heard(), [key('api')])
  at(paths.deployments).set(workloadJson('api', { labels: { app: 'web', tier: 'api' } }))
  test.strictSame(heard(), [key('api'), key('web')])
  at(paths.deployments).delete('shop/api')
  test.strictSame(heard(), [key('api'), key('web')])
  at(paths.deployments).set(workloadJson('web', { spec: { replicas: 7 } }))
  test.strictSame(heard(), [key('web')], 'how many they are is its own affair')
  const metadata = { ownerReferences: [{ kind: 'App', name: 'app' }] }
  at(paths.deployments).set(workloadJson('web', { spec: { replicas: 7 }, metadata }))
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')], 'whose it is is not')
  at(paths.deployments).set(workloadJson('web', { spec: { replicas: 7, selector: byName('nobody') }, metadata }))
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')], 'nor is what it selects')
  test.end()
})

void t.test('a fresh list tells of all again, and who has stopped hears no more', (test) => {
  const { at, heard, stop } = viewOf()
  at(paths.statefulSets).list(objects[paths.statefulSets] ?? [])
  test.strictSame(
    heard(),
    [key('store', 'StatefulSet')],
    'those that share pods with it are told of by lists of their own'
  )
  stop()
  at(paths.deployments).delete('shop/web')
  test.strictSame(heard(), [])
  test.end()
})

void t.test('a budget for labels that pods get at run time', (test) => {
  const leader = budgetJson('leader', { matchLabels: { app: 'web', role: 'leader' } })
  const { view, heard, at } = viewOf({
    ...objects,
    [paths.budgets]: [leader, budgetJson('roles', { matchLabels: { role: 'leader' } })]
  })
  const around = (name: string, kind?: string) => namesOf(valueOf(view.around(key(name, kind))).budgets)
  test.strictSame(around('web'), ['leader'], 'may select its pods')
  test.strictSame(around('api'), [], 'and none of another')
  heard()
  at(paths.budgets).set(budgetJson('leader', { matchLabels: { app: 'api', role: 'leader' } }))
  test.strictSame(
    heard(),
    [key('api'), key('web'), key('store', 'StatefulSet')],
    'a change is told to all that it may reach'
  )
  at(paths.budgets).set(budgetJson('store', { matchLabels: { app: 'web', tier: 'store' } }))
  test.strictSame(around('store', 'StatefulSet'), ['store'], 'one that a template has all labels for')
  test.strictSame(around('web'), [], 'is for that one, and for no other')
  test.end()
})
