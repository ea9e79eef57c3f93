import t from 'tap'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { parseWorkload, type WorkloadKind } from '../../src/kube/workload.ts'
import type { Inventory } from '../../src/inventory/inventory.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import { apiServiceOf, inventoryOf, sourceOf, valueOf, watchedIn } from '../support/inventory.ts'
import {
  budgetJson,
  claimJson,
  hpaJson,
  kedaHpaJson,
  limitRangeJson,
  namespaceJson,
  nodeJson,
  priorityClassJson,
  quotaJson,
  scaledObjectJson,
  serviceJson,
  verticalAutoscalerJson,
  volumeJson,
  workloadJson
} from './objects.ts'

type Json = Record<string, unknown>

function factsOf(inventory: Inventory, json: Json, kind: WorkloadKind = 'Deployment'): Facts {
  return sourceOf(inventory).factsFor(parseWorkload(kind, structuredClone(json)))
}

const web = workloadJson('web')

void t.test('the budgets that select its pods, and which of them are companions', (test) => {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true }
  const team = { ...owner, apiVersion: 'v1', kind: 'ConfigMap' }
  const mark = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
  const cluster = inventoryOf([
    budgetJson('web', { matchLabels: { app: 'web' } }),
    budgetJson('all', {}),
    budgetJson('ours', { matchLabels: { app: 'web' } }, { metadata: { labels: mark, ownerReferences: [owner] } }),
    budgetJson('nobody’s', { matchLabels: { app: 'web' } }, { metadata: { labels: mark } }),
    budgetJson('a team’s', { matchLabels: { app: 'web' } }, { metadata: { labels: mark, ownerReferences: [team] } }),
    budgetJson('other', { matchLabels: { app: 'api' } }),
    budgetJson('some labels', { matchLabels: { app: 'web', tier: 'front' } }),
    budgetJson('nothing'),
    budgetJson('elsewhere', {}, { metadata: { namespace: 'bank' } })
  ])
  const found = valueOf(factsOf(cluster, web).budgets)
  test.strictSame(found.map(({ name, companion }) => `${name} ${companion}`).sort(), [
    'a team’s false',
    'all false',
    'nobody’s false',
    'ours true',
    'web false'
  ])
  test.strictSame(found.find(({ name }) => name === 'web')?.spec, {
    maxUnavailable: 1,
    selector: { matchLabels: { app: 'web' } }
  })
  test.end()
})

void t.test('the claims that all its pods share', (test) => {
  const volumes = [
    { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'none', persistentVolumeClaim: { claimName: 'missing' } },
    { name: 'own', ephemeral: { volumeClaimTemplate: {} } },
    { name: 'scratch', emptyDir: {} }
  ]
  const claiming = workloadJson('web', { spec: { template: { spec: { containers: [{ name: 'web' }], volumes } } } })
  const elsewhere = claimJson('missing', { metadata: { namespace: 'bank' } })
  const cluster = inventoryOf([claimJson('data'), claimJson('other'), elsewhere])
  test.strictSame(
    [...valueOf(factsOf(cluster, claiming).claims)].map(([name, { volumeName }]) => [name, volumeName]),
    [['data', 'pvc-data']]
  )
  test.equal(valueOf(factsOf(cluster, web).claims).size, 0)
  watchedIn(cluster, 'PersistentVolumeClaim').delete('shop/data')
  test.equal(valueOf(factsOf(cluster, claiming).claims).size, 0)
  test.end()
})

void t.test('the LimitRanges and the quotas of its namespace', (test) => {
  const elsewhere = { metadata: { namespace: 'bank' } }
  const cluster = inventoryOf([
    limitRangeJson('usual'),
    limitRangeJson('other', elsewhere),
    quotaJson('compute'),
    quotaJson('other', elsewhere)
  ])
  const names = () => {
    const { limitRanges, quotas } = factsOf(cluster, web)
    return [valueOf(limitRanges).map(({ name }) => name), valueOf(quotas).map(({ name }) => name)]
  }
  test.strictSame(names(), [['usual'], ['compute']])
  watchedIn(cluster, 'ResourceQuota').delete('shop/compute')
  watchedIn(cluster, 'LimitRange').list([limitRangeJson('new')])
  test.strictSame(names(), [['new'], []])
  test.end()
})

void t.test('the volumes of the claims that all its pods share, once they are bound', (test) => {
  const claims = ['data', 'waiting', 'lost', 'missing']
  const volumes = claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }))
  const claiming = workloadJson('web', { spec: { template: { spec: { containers: [{ name: 'web' }], volumes } } } })
  const pending = { ...claimJson('waiting'), status: { phase: 'Pending' } }
  const cluster = inventoryOf([
    claimJson('data'),
    pending,
    claimJson('lost'),
    volumeJson('pvc-data', 'node-a'),
    volumeJson('pvc-waiting', 'node-a'),
    volumeJson('pvc-other', 'node-a')
  ])
  test.strictSame(
    [...valueOf(factsOf(cluster, claiming).volumes)],
    [['data', { isOnOneNode: true, isNetworkFileSystem: false }]]
  )
  watchedIn(cluster, 'PersistentVolume').delete('pvc-data')
  test.equal(valueOf(factsOf(cluster, claiming).volumes).size, 0)
  test.end()
})

void t.test('the API groups that are served, once the API server lists its own', (test) => {
  const cluster = inventoryOf([apiServiceOf('metrics.k8s.io')])
  test.match(factsOf(cluster, web).apiGroups, { known: false })
  cluster.add(apiServiceOf('apps', 'v1'))
  const groups = valueOf(factsOf(cluster, web).apiGroups)
  test.ok(groups.has('metrics.k8s.io'))
  test.notOk(groups.has('custom.metrics.k8s.io'))
  test.notOk(groups.has('__proto__'))
  test.end()
})

void t.test('the PriorityClasses', (test) => {
  const cluster = inventoryOf([priorityClassJson('high')])
  const classes = valueOf(factsOf(cluster, web).priorityClasses)
  test.ok(classes.has('high'))
  test.notOk(classes.has('__proto__'))
  test.end()
})

const ofKind = (kind: string) => ({ spec: { targetRef: { apiVersion: 'apps/v1beta1', kind, name: 'web' } } })

void t.test('the VerticalPodAutoscalers that target it, by kind, name and namespace', (test) => {
  const cluster = inventoryOf([
    verticalAutoscalerJson('web', 'web'),
    verticalAutoscalerJson('older', 'web', ofKind('Deployment')),
    verticalAutoscalerJson('store', 'web', ofKind('StatefulSet')),
    verticalAutoscalerJson('api', 'api'),
    verticalAutoscalerJson('there', 'web', { metadata: { namespace: 'bank' } })
  ])
  const names = (kind?: WorkloadKind) => {
    return valueOf(factsOf(cluster, web, kind).verticalAutoscalers).map(({ name }) => name)
  }
  test.strictSame(names(), ['web', 'older'])
  test.strictSame(names('StatefulSet'), ['store'])
  watchedIn(cluster, 'VerticalPodAutoscaler').delete('shop/web')
  test.strictSame(names(), ['older'])
  for (let index = 0; index < 16; index++) inventoryOf([verticalAutoscalerJson(`more-${index}`, 'web')], cluster)
  test.strictSame(factsOf(cluster, web).verticalAutoscalers, {
    known: false,
    why: 'too many VerticalPodAutoscalers have the same target'
  })
  test.end()
})

void t.test('the labels that come count, not those of the old version', (test) => {
  const cluster = inventoryOf([
    workloadJson('web', { labels: { app: 'old' } }),
    budgetJson('old', { matchLabels: { app: 'old' } })
  ])
  const facts = factsOf(cluster, web)
  test.strictSame(valueOf(facts.budgets), [])
  const neighbours = valueOf(facts.neighbours)
  test.notOk(valueOf(neighbours.someSelectedBy({ matchLabels: { app: 'old' } })), 'its own old version is no neighbour')
  test.end()
})

void t.test('its neighbours', (test) => {
  const cluster = inventoryOf([
    web,
    workloadJson('api'),
    workloadJson('web', { kind: 'StatefulSet', labels: { app: 'store' } }),
    workloadJson('agent', { kind: 'DaemonSet' })
  ])
  const neighbours = valueOf(factsOf(cluster, web).neighbours)
  test.ok(valueOf(neighbours.someSelectedBy({ matchLabels: { app: 'api' } })))
  test.ok(
    valueOf(neighbours.someSelectedBy({ matchLabels: { app: 'store' } })),
    'of the same name, but of another kind'
  )
  test.ok(valueOf(neighbours.someSelectedBy({ matchLabels: { app: 'agent' } })))
  test.ok(valueOf(neighbours.someSelectedBy({})))
  test.notOk(valueOf(neighbours.someSelectedBy({ matchLabels: { app: 'web' } })))
  test.notOk(valueOf(neighbours.someSelectedBy(undefined)))
  const elsewhere = workloadJson('web', { metadata: { namespace: 'bank' } })
  test.notOk(valueOf(valueOf(factsOf(cluster, elsewhere).neighbours).someSelectedBy({})))
  test.end()
})

void t.test('its autoscalers, and the one with the lowest floor', (test) => {
  const cluster = inventoryOf([
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
  ])
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
  const both = inventoryOf([kedaHpaJson('scaler', 'web', { minReplicas: 1 }), scaledObjectJson('scaler', 'web')])
  test.strictSame(
    valueOf(factsOf(both, web).autoscalers).map(({ kind }) => kind),
    ['ScaledObject']
  )
  test.equal(valueOf(factsOf(both, web).autoscaler)?.minReplicas, 0)
  const early = inventoryOf([kedaHpaJson('scaler', 'web', { minReplicas: 1 })])
  test.equal(valueOf(factsOf(early, web).autoscaler)?.kind, 'HorizontalPodAutoscaler', 'it is not seen yet')
  const rival = inventoryOf([hpaJson('rival', 'web'), scaledObjectJson('scaler', 'web')])
  test.equal(valueOf(factsOf(rival, web).autoscalers).length, 2)
  test.end()
})

void t.test('its neighbours under a selector, each with the autoscaler that drives it', (test) => {
  const labels = { app: 'web', track: 'canary' }
  const objects = [web, workloadJson('canary', { labels }), hpaJson('canary', 'canary'), workloadJson('api')]
  const cluster = inventoryOf(objects)
  const selectedBy = (selector: Record<string, unknown> | undefined, readiness = wholeBut()) => {
    const { neighbours } = sourceOf(cluster, { readiness }).factsFor(parseWorkload('Deployment', structuredClone(web)))
    return valueOf(neighbours).selectedBy(selector)
  }
  const found = valueOf(selectedBy({ matchLabels: { app: 'web' } }))
  test.strictSame(
    found.map(({ metadata, autoscaler }) => [metadata.name, autoscaler?.minReplicas]),
    [['canary', 2]],
    'without itself'
  )
  test.equal(valueOf(selectedBy({})).length, 2)
  test.strictSame(valueOf(selectedBy(undefined)), [])
  const unready = wholeBut({ autoscalers: 'they are old' })
  test.strictSame(selectedBy({}, unready), { known: false, why: 'they are old' })
  test.strictSame(valueOf(selectedBy({ matchLabels: { app: 'nobody' } }, unready)), [], 'none has an autoscaler')
  cluster.leaveOut(hpaJson('canary', 'canary'))
  const why = 'its namespace has horizontalpodautoscalers that cannot be kept'
  test.strictSame(selectedBy({ matchLabels: { app: 'web' } }), { known: false, why })
  test.end()
})

void t.test('its neighbours without replicas', (test) => {
  const agent = workloadJson('agent', { kind: 'DaemonSet', labels: { app: 'web', tier: 'node' } })
  const cluster = inventoryOf([web, workloadJson('api'), agent])
  const uncounted = () =>
    valueOf(valueOf(factsOf(cluster, web).neighbours).someUncounted({ matchLabels: { app: 'web' } }))
  test.ok(uncounted())
  const { neighbours } = factsOf(cluster, web)
  test.notOk(valueOf(valueOf(neighbours).someUncounted({ matchLabels: { app: 'api' } })))
  test.notOk(valueOf(valueOf(neighbours).someUncounted(undefined)))
  test.notOk(valueOf(valueOf(factsOf(cluster, agent, 'DaemonSet').neighbours).someUncounted({})), 'itself is none')
  watchedIn(cluster, 'DaemonSet').delete('shop/agent')
  test.notOk(uncounted())
  test.end()
})

function neighboursAmong(count: number) {
  const cluster = inventoryOf(Array.from({ length: count }, (_, index) => workloadJson(`w-${index}`)))
  return valueOf(factsOf(cluster, web).neighbours).selectedBy({})
}

void t.test('its neighbours are not listed where that would take too long', (test) => {
  test.equal(valueOf(neighboursAmong(2000)).length, 2000)
  const why = 'its namespace has too many objects to search'
  test.strictSame(neighboursAmong(2001), { known: false, why })
  test.end()
})

void t.test('the Services that select its pods', (test) => {
  const cluster = inventoryOf([
    serviceJson('web', { app: 'web' }),
    serviceJson('api', { app: 'api' }),
    serviceJson('both', { app: 'web', tier: 'front' }),
    serviceJson('empty', {}),
    serviceJson('none', undefined)
  ])
  const found = valueOf(factsOf(cluster, web).services)
  test.strictSame(
    found.map(({ metadata, ports }) => [metadata.name, ports.map(({ targetPort }) => targetPort)]),
    [['web', [8080]]]
  )
  test.end()
})

void t.test('the nodes', (test) => {
  const zone = 'topology.kubernetes.io/zone'
  const cluster = inventoryOf([nodeJson('n1', 'a'), nodeJson('n2', 'b'), nodeJson('n3')])
  const nodes = valueOf(factsOf(cluster, web).nodes)
  test.strictSame(
    nodes.all.map(({ name }) => name),
    ['n1', 'n2', 'n3']
  )
  test.strictSame([...nodes.domainsOf(zone)], ['a', 'b'])
  test.equal(nodes.domainsOf(zone), nodes.domainsOf(zone))
  test.equal(nodes.domainsOf('constructor').size, 0)
  test.equal(nodes.domainsOf('rack'), nodes.domainsOf('rack'), 'that no node has it is found once')
  for (let index = 0; index < 200; index++) test.equal(nodes.domainsOf(`rack-${index}`).size, 0)
  test.not(nodes.domainsOf('rack-199'), nodes.domainsOf('rack-199'), 'but not kept of any number of keys')
  cluster.add(nodeJson('n3', 'c'))
  test.strictSame([...valueOf(factsOf(cluster, web).nodes).domainsOf(zone)], ['a', 'b', 'c'])
  test.strictSame([...nodes.domainsOf(zone)], ['a', 'b'], 'who has asked keeps what was so')
  test.end()
})

const optedIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }

void t.test('whether a companion is kept for it', (test) => {
  const cluster = inventoryOf([namespaceJson('shop', optedIn)])
  test.equal(valueOf(factsOf(cluster, web).companion), true)
  test.equal(valueOf(factsOf(cluster, web, 'DaemonSet').companion), false)
  const refusing = workloadJson('web', { metadata: { annotations: { 'holdfast.dev/inject': 'disabled' } } })
  test.equal(valueOf(factsOf(cluster, refusing).companion), false)
  test.strictSame(factsOf(cluster, workloadJson('web', { metadata: { namespace: 'bank' } })).companion, {
    known: false,
    why: 'its namespace has not been seen yet'
  })
  const stale = sourceOf(cluster, { readiness: wholeBut({ namespaces: 'the namespaces are old' }) })
  test.equal(valueOf(stale.factsFor(parseWorkload('Deployment', web)).companion), true, 'by what was last known')
  test.strictSame(stale.namespaceLabels('shop'), { known: true, value: optedIn })
  test.end()
})

void t.test('what is not asked of a workload, and what it does not say itself', (test) => {
  const facts = factsOf(inventoryOf([]), web)
  test.strictSame(facts.workloads, { known: false, why: 'not looked up for a workload' })
  test.strictSame(facts.serverVersion, { known: true, value: { major: 1, minor: 33 } })
  const homeless = factsOf(inventoryOf([]), { metadata: { name: 'web' } })
  for (const name of ['budgets', 'services', 'neighbours', 'autoscaler', 'autoscalers'] as const) {
    test.strictSame(homeless[name], { known: false, why: 'the object does not say its namespace' })
  }
  test.end()
})

void t.test('a fact is found once, and only when somebody asks', (test) => {
  const cluster = inventoryOf([budgetJson('all', {})])
  const facts = factsOf(cluster, web)
  const watched = watchedIn(cluster, 'PodDisruptionBudget')
  watched.list([])
  const { budgets } = facts
  test.strictSame(valueOf(budgets), [])
  watched.list([budgetJson('all', {})])
  test.equal(facts.budgets, budgets)
  test.end()
})
