import t from 'tap'
import { Inventory } from '../../src/inventory/inventory.ts'
import { MalformedObject } from '../../src/kube/shape.ts'
import {
  budgetJson,
  claimJson,
  hpaJson,
  jobJson,
  limitRangeJson,
  namespaceJson,
  nodeJson,
  priorityClassJson,
  quotaJson,
  scaledObjectJson,
  serviceJson,
  verticalAutoscalerJson,
  workloadJson
} from './objects.ts'

void t.test('an object of every kind that is kept can be added, whatever the version', (test) => {
  const inventory = new Inventory({
    customWorkloads: [{ group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', resource: 'rollouts' }]
  })
  const objects = [
    namespaceJson('shop'),
    nodeJson('n1'),
    workloadJson('web'),
    workloadJson('agent', { kind: 'DaemonSet' }),
    { ...workloadJson('web'), apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
    budgetJson('web', {}),
    { ...hpaJson('web', 'web'), apiVersion: 'autoscaling/v1' },
    scaledObjectJson('web', 'web'),
    serviceJson('web', { app: 'web' }),
    jobJson('web'),
    jobJson('web', { kind: 'CronJob' }),
    claimJson('data'),
    priorityClassJson('high'),
    quotaJson('compute'),
    limitRangeJson('usual'),
    verticalAutoscalerJson('web', 'web')
  ]
  for (const object of objects) test.ok(inventory.add(object), JSON.stringify(object))
  test.ok(inventory.namespaces.get('shop'))
  test.equal(inventory.nodes.snapshot.all.length, 1)
  test.strictSame(
    Array.from(inventory.workloads.all(), ({ kind }) => kind),
    ['Deployment', 'DaemonSet', 'Rollout']
  )
  test.equal(
    inventory.workloads.get({ group: 'apps', kind: 'DaemonSet', namespace: 'shop', name: 'agent' })?.replicas,
    undefined
  )
  test.ok(inventory.budgets.get('shop', 'web'))
  test.equal(inventory.autoscalers.of('apps/Deployment/shop/web').length, 2)
  test.equal(inventory.claims.get('shop/data')?.phase, 'Bound')
  test.ok(inventory.priorityClasses.get('high'))
  test.equal(inventory.quotas.of('shop')[0]?.name, 'compute')
  test.equal(inventory.limitRanges.of('shop')[0]?.name, 'usual')
  test.equal(inventory.verticalAutoscalers.of('shop/Deployment/web')[0]?.name, 'web')
  test.equal([...inventory.services.selecting('shop', { app: 'web' })].length, 1)
  test.equal([...inventory.jobs.matching('shop', { matchLabels: { app: 'web' } })].length, 2)
  test.end()
})

void t.test('an object that comes again takes the place of its old version', (test) => {
  const inventory = new Inventory()
  inventory.add(budgetJson('web', { matchLabels: { app: 'web' } }))
  inventory.add(budgetJson('web', { matchLabels: { app: 'api' } }))
  test.strictSame([...inventory.budgets.selecting('shop', { app: 'web' })], [])
  test.equal([...inventory.budgets.selecting('shop', { app: 'api' })].length, 1)
  test.end()
})

void t.test('an object of another kind is not kept, and the caller is told', (test) => {
  const inventory = new Inventory()
  for (const [apiVersion, kind] of [
    ['v1', 'ConfigMap'],
    ['example.com/v1', 'Deployment'],
    ['v1', 'Pod']
  ]) {
    test.notOk(inventory.add({ apiVersion, kind, metadata: { name: 'web', namespace: 'shop' } }))
  }
  test.notOk(inventory.add({}))
  test.end()
})

void t.test('what is no object, or has no name, is refused as malformed', (test) => {
  const inventory = new Inventory()
  for (const raw of [null, 'web', [], { ...budgetJson('web'), metadata: {} }, { ...budgetJson('web'), spec: 'none' }]) {
    test.throws(() => inventory.add(raw), MalformedObject, JSON.stringify(raw))
  }
  test.strictSame([...inventory.budgets.store.entries()], [])
  test.end()
})

void t.test('it shows every kind that it keeps to what fills it', (test) => {
  const shown: string[] = []
  new Inventory().visitKinds(({ source, kind: { group, resource }, optional, dispensable }) => {
    shown.push(
      `${source}: ${resource}${group === '' ? '' : `.${group}`}${optional ? '?' : ''}${dispensable ? '!' : ''}`
    )
  })
  test.strictSame(shown, [
    'namespaces: namespaces',
    'budgets: poddisruptionbudgets.policy',
    'autoscalers: horizontalpodautoscalers.autoscaling',
    'autoscalers: scaledobjects.keda.sh?',
    'services: services',
    'claims: persistentvolumeclaims!',
    'volumes: persistentvolumes!',
    'priorityClasses: priorityclasses.scheduling.k8s.io!',
    'quotas: resourcequotas!',
    'limitRanges: limitranges!',
    'verticalAutoscalers: verticalpodautoscalers.autoscaling.k8s.io?!',
    'apiServices: apiservices.apiregistration.k8s.io!',
    'nodes: nodes',
    'jobs: jobs.batch',
    'jobs: cronjobs.batch',
    'workloads: deployments.apps',
    'workloads: statefulsets.apps',
    'workloads: daemonsets.apps'
  ])
  test.end()
})
