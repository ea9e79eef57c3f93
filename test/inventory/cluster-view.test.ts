import t from 'tap'
import { buildClusterView } from '../../src/inventory/cluster-view.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import type { Source } from '../../src/inventory/source.ts'
import type { Budget } from '../../src/kube/budget.ts'
import { inventoryOf, valueOf, watchedIn } from '../support/inventory.ts'
import { budgetJson, hpaJson, namespaceJson, nodeJson, workloadJson } from './objects.ts'

type Json = Record<string, unknown>

const mark = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
const byName = (name: string) => ({ matchLabels: { app: name } })
const key = (name: string, kind = 'Deployment') => `apps/${kind}/shop/${name}` as const

function companionJson(owner: string, selector: Json = byName(owner), resourceVersion = '1'): Json {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid: 'x', controller: true }]
  return budgetJson(`${owner}-companion`, selector, { metadata: { labels: mark, ownerReferences, resourceVersion } })
}

const workloads = [
  workloadJson('web'),
  workloadJson('api'),
  workloadJson('store', { kind: 'StatefulSet', labels: { app: 'web', tier: 'store' } })
]
const optedIn = { 'holdfast.dev/mode': 'enforce' }
const unprotected = [namespaceJson('shop', optedIn), namespaceJson('bank'), ...workloads, hpaJson('web', 'web')]
const objects = [...unprotected, companionJson('web'), companionJson('gone'), budgetJson('all', {})]

function viewOf(given: readonly Json[] = objects, readiness = wholeBut()) {
  const inventory = inventoryOf(given)
  const view = buildClusterView(inventory, readiness)
  let told: string[] = []
  const stop = view.onChange((keys) => told.push(...keys))
  const heard = () => {
    const keys = told.toSorted()
    told = []
    return keys
  }
  return { view, heard, stop, add: (object: Json) => inventory.add(object), watched: watchedIn.bind(null, inventory) }
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
  test.strictSame(found.namespace, { labels: optedIn, terminating: false })
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
  const sources: readonly Source[] = ['budgets', 'autoscalers', 'namespaces', 'workloads']
  for (const source of sources) {
    const why = `the ${source} were last confirmed 190 s ago`
    const { view } = viewOf(objects, wholeBut({ [source]: why }))
    test.strictSame(view.around(key('web')), { known: false, why })
    test.equal(view.budgetNamed('shop', 'all').known, source !== 'budgets')
  }
  const { view } = viewOf(objects, wholeBut({ services: 'they are old', nodes: 'they are old' }))
  test.ok(view.around(key('web')).known)
  test.end()
})

void t.test('a budget bears on what it selected and what it selects, and on its owner', (test) => {
  const { add, watched, heard } = viewOf(unprotected)
  add(budgetJson('moves', byName('api')))
  test.strictSame(heard(), [key('api')])
  add(budgetJson('moves', byName('web')))
  test.strictSame(heard(), [key('api'), key('web'), key('store', 'StatefulSet')])
  watched('PodDisruptionBudget').delete('shop/moves')
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')])
  add(companionJson('api', byName('nobody')))
  test.strictSame(heard(), [key('api')])
  add(companionJson('gone', byName('nobody')))
  test.strictSame(heard(), [key('gone')])
  add(budgetJson('elsewhere', {}, { metadata: { namespace: 'bank' } }))
  test.strictSame(heard(), [])
  test.end()
})

void t.test('a change of the status of a budget bears on nothing, and its version is known all the same', (test) => {
  const { add, heard, view } = viewOf()
  add(companionJson('web', byName('web'), '2'))
  test.strictSame(heard(), [])
  test.equal(valueOf(view.around(key('web'))).companions[0]?.metadata.resourceVersion, '2')
  test.strictSame(namesOf(valueOf(view.around(key('web'))).budgets), ['all', 'web-companion'])
  test.end()
})

void t.test('who takes the mark off a companion takes it from its owner', (test) => {
  const { add, heard, view } = viewOf()
  add(budgetJson('web-companion', byName('web')))
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')])
  test.strictSame(namesOf(valueOf(view.around(key('web'))).companions), [])
  test.end()
})

void t.test('an autoscaler bears on its targets before and after', (test) => {
  const { add, watched, heard, view } = viewOf()
  add(hpaJson('web', 'api'))
  test.strictSame(heard(), [key('api'), key('web')])
  test.equal(valueOf(view.around(key('web'))).workload?.autoscaler, null)
  watched('HorizontalPodAutoscaler').delete('shop/web')
  test.strictSame(heard(), [key('api')])
  test.end()
})

void t.test('a namespace bears on all in it, when it says something else', (test) => {
  const { add, heard, view } = viewOf()
  add(namespaceJson('shop', optedIn))
  test.strictSame(heard(), [])
  add({ ...namespaceJson('shop', optedIn), status: { phase: 'Terminating' } })
  test.strictSame(heard(), [key('api'), key('web'), key('store', 'StatefulSet')])
  test.equal(valueOf(view.around(key('web'))).namespace?.terminating, true)
  add(namespaceJson('bank', { 'holdfast.dev/mode': 'audit' }))
  add(nodeJson('n1'))
  test.strictSame(heard(), [])
  test.end()
})

void t.test('a workload bears on itself, and on those that share pods with it before or after', (test) => {
  const { add, watched, heard } = viewOf()
  add(workloadJson('api', { spec: { replicas: 1 } }))
  test.strictSame(heard(), [key('api')])
  add(workloadJson('api', { labels: { app: 'web', tier: 'api' } }))
  test.strictSame(heard(), [key('api'), key('web')])
  watched('Deployment').delete('shop/api')
  test.strictSame(heard(), [key('api'), key('web')])
  add(workloadJson('web', { spec: { replicas: 7 } }))
  test.strictSame(heard(), [key('web')], 'how many they are is its own affair')
  const metadata = { ownerReferences: [{ kind: 'App', name: 'app' }] }
  add(workloadJson('web', { spec: { replicas: 7 }, metadata }))
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')], 'whose it is is not')
  add(workloadJson('web', { spec: { replicas: 7, selector: byName('nobody') }, metadata }))
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')], 'nor is what it selects')
  test.end()
})

void t.test('a fresh list tells of what it changes, and who has stopped hears no more', (test) => {
  const { watched, heard, stop } = viewOf()
  watched('StatefulSet').list(workloads.slice(2))
  test.strictSame(heard(), [], 'it repeats what is known')
  watched('StatefulSet').list([])
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')])
  stop()
  watched('Deployment').delete('shop/web')
  test.strictSame(heard(), [])
  test.end()
})

void t.test('a budget for labels that pods get at run time', (test) => {
  const leader = budgetJson('leader', { matchLabels: { app: 'web', role: 'leader' } })
  const { view, heard, add } = viewOf([
    ...unprotected,
    leader,
    budgetJson('roles', { matchLabels: { role: 'leader' } })
  ])
  const around = (name: string, kind?: string) => namesOf(valueOf(view.around(key(name, kind))).budgets)
  test.strictSame(around('web'), ['leader', 'roles'], 'may select its pods')
  test.strictSame(around('api'), ['roles'], 'and none of another')
  heard()
  add(budgetJson('leader', { matchLabels: { app: 'api', role: 'leader' } }))
  test.strictSame(
    heard(),
    [key('api'), key('web'), key('store', 'StatefulSet')],
    'a change is told to all that it may reach'
  )
  add(budgetJson('store', { matchLabels: { app: 'web', tier: 'store' } }))
  test.strictSame(around('store', 'StatefulSet'), ['roles', 'store'], 'one that a template has all labels for')
  test.strictSame(around('web'), ['roles'], 'is for that one, and for no other')
  test.end()
})

const podName = (name: string) => ({ matchLabels: { 'statefulset.kubernetes.io/pod-name': name } })

void t.test('a budget for labels that controllers of Kubernetes write', (test) => {
  const { view } = viewOf([
    ...unprotected,
    budgetJson('first', podName('store-0')),
    budgetJson('elsewhere', podName('cache-0')),
    budgetJson('revision', { matchExpressions: [{ key: 'pod-template-hash', operator: 'Exists' }] })
  ])
  const around = (name: string, kind?: string) => namesOf(valueOf(view.around(key(name, kind))).budgets)
  test.strictSame(around('store', 'StatefulSet'), ['first'], 'by the name of its pods')
  test.strictSame(around('web'), ['revision'])
  test.strictSame(around('api'), ['revision'])
  test.end()
})

const roles = (selector: Json, metadata: Json = {}) => budgetJson('roles', { matchLabels: selector }, { metadata })

void t.test('a budget for a label that nobody knows of', (test) => {
  const owner = { apiVersion: 'db.example.com/v1', kind: 'Cluster', name: 'main', uid: 'u-main', controller: true }
  const { view, heard, add } = viewOf(unprotected)
  const around = (name: string) => namesOf(valueOf(view.around(key(name))).budgets)
  add(roles({ role: 'primary' }))
  test.strictSame(heard(), [key('api'), key('web'), key('store', 'StatefulSet')])
  test.strictSame([around('web'), around('api')], [['roles'], ['roles']], 'pods of any may get it')
  add({ ...roles({ role: 'primary' }), status: { expectedPods: 3 } })
  test.strictSame(heard(), [], 'how many have it does not matter')
  add(roles({ role: 'primary' }, { ownerReferences: [owner] }))
  test.strictSame(around('web'), [], 'an operator means its own pods')
  add(workloadJson('web', { metadata: { ownerReferences: [owner] } }))
  test.strictSame([around('web'), around('api')], [['roles'], []], 'such as those of a workload that it owns, too')
  add(roles({ app: 'db', role: 'primary' }))
  test.strictSame(around('web'), [], 'a label that contradicts tells')
  add(roles({ 'app.kubernetes.io/name': 'db', role: 'primary' }))
  test.strictSame(around('web'), [], 'and so does the name of another application, under whatever key')
  test.end()
})

void t.test('a budget with the labels of a companion and no owner', (test) => {
  const forged = budgetJson('forged', { matchLabels: { app: 'web', role: 'leader' } }, { metadata: { labels: mark } })
  const { view, heard, add } = viewOf(unprotected)
  add(forged)
  test.strictSame(heard(), [key('web'), key('store', 'StatefulSet')])
  test.strictSame(namesOf(valueOf(view.around(key('web'))).budgets), ['forged'], 'is like any other')
  test.end()
})

/** The Deployment `web` by the `version` of its pods, in a rollout that is done or not. */
function versionJson(version: string, generation: number, { updated = 3 } = {}): Json {
  const spec = { selector: byName('web') }
  const deployment = workloadJson('web', { labels: { app: 'web', version }, spec, metadata: { generation } })
  return { ...deployment, status: { observedGeneration: generation, replicas: 3, updatedReplicas: updated } }
}

void t.test('a budget for labels that only pods of an older template have', (test) => {
  const old = budgetJson('old', { matchLabels: { version: '1' } })
  const other = workloadJson('api', { labels: { app: 'api', version: '1' } })
  const { view, heard, add } = viewOf([namespaceJson('shop'), versionJson('1', 1), other, old])
  const around = () => namesOf(valueOf(view.around(key('web'))).budgets)
  test.strictSame(around(), ['old'])
  add(versionJson('2', 2, { updated: 0 }))
  test.strictSame(around(), ['old'], 'as long as they run')
  heard()
  add(budgetJson('old', { matchLabels: { version: '0' } }))
  test.strictSame(heard(), [key('api'), key('web')])
  test.strictSame(around(), [], 'what they had is known')
  add(old)
  add(versionJson('3', 3, { updated: 1 }))
  test.strictSame(around(), ['old'], 'also while more templates come')
  heard()
  add(versionJson('3', 3))
  test.strictSame(heard(), [key('web')], 'the end of the rollout is told')
  test.strictSame(around(), [])
  add(budgetJson('leader', { matchLabels: { app: 'web', version: '3', role: 'leader' } }))
  test.strictSame(around(), ['leader'])
  add(versionJson('4', 4, { updated: 0 }))
  test.strictSame(around(), ['leader'], 'pods of an older template have labels of run time, too')
  add(versionJson('4', 4))
  test.strictSame(around(), [])
  add(versionJson('4', 5, { updated: 0 }))
  test.strictSame(around(), [], 'a rollout that changes no label changes nothing')
  test.end()
})

void t.test(
  'of a rollout that was under way before the first list, no label is sure that its selector does not ask for',
  (test) => {
    const { view, add, watched } = viewOf([
      namespaceJson('shop'),
      versionJson('2', 2, { updated: 1 }),
      workloadJson('api', { labels: { app: 'api', tier: 'gold' } }),
      budgetJson('gold', { matchLabels: { tier: 'gold' } }),
      budgetJson('old', { matchLabels: { app: 'web', version: '1' } }),
      budgetJson('api', { matchLabels: { app: 'api', version: '1' } })
    ])
    const around = () => namesOf(valueOf(view.around(key('web'))).budgets)
    test.strictSame(around(), ['gold', 'old'])
    add(versionJson('2', 2))
    test.strictSame(around(), [])
    watched('Deployment').delete('shop/web')
    add(versionJson('2', 2, { updated: 1 }))
    test.strictSame(around(), ['gold', 'old'], 'nor is one of another workload of that name')
    test.end()
  }
)

void t.test('workloads share pods of an older template, too', (test) => {
  const wide = workloadJson('wide', { labels: { version: '1' } })
  const { view, heard, add } = viewOf([namespaceJson('shop'), versionJson('1', 1), wide])
  const overlapping = (name: string) => {
    return valueOf(view.around(key(name))).overlapping.map(({ metadata, olderLabels }) => [metadata.name, olderLabels])
  }
  test.strictSame(overlapping('wide'), [['web', undefined]])
  add(versionJson('2', 2, { updated: 0 }))
  test.strictSame(overlapping('wide'), [['web', [{ app: 'web', version: '1' }]]])
  test.strictSame(overlapping('web'), [['wide', undefined]], 'seen from both sides')
  heard()
  add(versionJson('2', 2))
  test.strictSame(heard(), [key('web'), key('wide')])
  test.strictSame(overlapping('wide'), [])
  test.end()
})
