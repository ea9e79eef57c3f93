import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ApiError } from '../../src/cluster/api/api-error.ts'
import { unknown } from '../../src/inventory/fact.ts'
import { companionNamed, FakeCluster, keyOf } from './fake-cluster.ts'
import { budgetOf, optedIn, workloadOf } from './scene.ts'

const name = 'holdfast-deployment-web'

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !holds(); await sleep(2)) {
    if (performance.now() > end) throw new Error('waited in vain')
  }
}

function seenWith(companion = companionNamed('web')) {
  return [{ budgets: [companion], companions: [companion] }, companion] as const
}

async function stateIn({ metrics }: FakeCluster, state: string): Promise<unknown> {
  const text = await metrics.registry.getSingleMetricAsString('holdfast_companions')
  return new RegExp(`\\{state="${state}"\\} (\\d+)`).exec(text)?.[1]
}

void t.test('what is missing at the start is made', async (test) => {
  const cluster = new FakeCluster()
  cluster.see('web', {})
  void cluster.start(test)
  await until(() => cluster.asked.length === 2)
  test.strictSame(cluster.asked, ['look for web', `create ${name}`])
  test.equal(await stateIn(cluster, 'pending'), '1')
  cluster.show('web', ...seenWith())
  await sleep(20)
  test.equal(await stateIn(cluster, 'kept'), '1')
  test.strictSame(cluster.asked.length, 2, 'and left alone once it is there')
  test.strictSame(cluster.events, [])
  test.match(cluster.logged, [{ workload: keyOf('web'), budget: name, action: 'create' }])
})

void t.test('nothing is made for a workload that is gone, whatever the cache says', async (test) => {
  const cluster = new FakeCluster()
  cluster.ownerIsThere = false
  cluster.see('web', {})
  void cluster.start(test)
  await until(() => cluster.asked.length === 1)
  await sleep(30)
  test.strictSame(cluster.asked, ['look for web'])
  test.strictSame(cluster.logged, [])
})

void t.test('nothing is removed from under a workload that only looks gone', async (test) => {
  const cluster = new FakeCluster()
  const companion = companionNamed('web')
  const gone = { workload: undefined, companions: [companion] }
  cluster.see('web', gone, companion)
  void cluster.start(test)
  await until(() => cluster.asked.length === 1)
  await sleep(30)
  test.strictSame(cluster.asked, ['look for web'])
  cluster.ownerIsThere = false
  cluster.show('web', gone, companion)
  await until(() => cluster.asked.length === 3)
  test.strictSame(cluster.asked.slice(1), ['look for web', `remove ${name}`])
})

void t.test('it makes way for another budget at once, before all that is to be made, and says so', async (test) => {
  const cluster = new FakeCluster()
  for (let number = 0; number < 3000; number++) cluster.see(`other-${number}`, {})
  cluster.see('web', ...seenWith())
  void cluster.start(test, { rate: { perSecond: 1, burst: 1 } })
  await until(() => cluster.asked.length >= 2)
  const companion = companionNamed('web')
  const asked = cluster.asked.length
  cluster.show('web', { budgets: [companion, budgetOf('payments')], companions: [companion] }, companion)
  await until(() => cluster.asked.includes(`remove ${name}`))
  const before = cluster.asked.slice(asked, cluster.asked.indexOf(`remove ${name}`))
  test.ok(before.length <= 4, `of the 2999 that are to be made hardly any went first: ${before.join(', ')}`)
  const note = `Removed the companion PodDisruptionBudget ${name}: PodDisruptionBudget payments selects the same pods`
  await until(() => cluster.events.length > 0)
  test.match(cluster.events, [{ reason: 'CompanionRemoved', type: 'Normal', note, regarding: { uid: 'u-web' } }])
  cluster.show('web', { budgets: [budgetOf('payments')] })
  await sleep(20)
  test.equal(await stateIn(cluster, 'yielded'), '1')
  test.equal(cluster.events.length, 1, 'once')
})

/** The companion of `web`, about which the disruption controller says why no pod may go. */
function stalled(reason: string, forMs: number, healthy = 3): ReturnType<typeof companionNamed> {
  const stall = { reason, message: 'workflows.argoproj.io has no scale', since: Date.now() - forMs }
  return { ...companionNamed('web'), status: { isCurrent: true, expectedPods: 3, currentHealthy: healthy, stall } }
}

void t.test('it goes when the disruption controller cannot count its pods, and says so', async (test) => {
  const cluster = new FakeCluster()
  cluster.see('web', ...seenWith())
  void cluster.start(test)
  await sleep(20)
  cluster.show('web', ...seenWith(stalled('SyncFailed', 2900)))
  await until(() => cluster.asked.includes(`remove ${name}`))
  cluster.show('web', {})
  await sleep(30)
  test.strictSame(cluster.asked, [`remove ${name}`], 'and is not made again at once')
  test.equal(await stateIn(cluster, 'withdrawn'), '1')
  test.equal(await cluster.metrics.registry.getSingleMetricAsString('workqueue_depth').then(lastOf), '1')
  const why = 'the disruption controller cannot count its pods: workflows.argoproj.io has no scale'
  const note = `Removed the companion PodDisruptionBudget ${name}: ${why}`
  test.match(cluster.events, [{ reason: 'CompanionRemoved', type: 'Warning', note }])
  test.equal(cluster.events.length, 1)
})

void t.test('it is tried again as soon as its owner has turned it off and on', async (test) => {
  const cluster = new FakeCluster()
  cluster.see('web', ...seenWith(stalled('SyncFailed', 60_000)))
  void cluster.start(test)
  await until(() => cluster.asked.includes(`remove ${name}`))
  cluster.show('web', {
    workload: workloadOf({}, { uid: 'u-web', annotations: { 'holdfast.dev/inject': 'disabled' } })
  })
  await sleep(20)
  cluster.show('web', {})
  await until(() => cluster.asked.includes(`create ${name}`))
  test.strictSame(cluster.asked, [`remove ${name}`, 'look for web', `create ${name}`])
})

void t.test('it gives way when the time of unready pods is over, though nothing changes', async (test) => {
  const cluster = new FakeCluster()
  cluster.see('web', ...seenWith(stalled('InsufficientPods', 0, 2)))
  void cluster.start(test, { giveWayMs: 100 })
  await sleep(20)
  test.strictSame(cluster.asked, [])
  test.equal(await stateIn(cluster, 'kept'), '1')
  await until(() => cluster.asked.length > 0)
  test.strictSame(cluster.asked, [`update ${name}`])
  const says = '1 pod stays unready: it allows 2 instead of 1, so that the healthy ones can be evicted'
  const note = `The companion PodDisruptionBudget ${name} gives way: ${says}`
  test.match(cluster.events, [{ reason: 'CompanionGaveWay', type: 'Warning', note }])
  const { metadata, spec, ...live } = stalled('InsufficientPods', 0, 2)
  const marked = { ...metadata, annotations: { 'holdfast.dev/gave-way': '1' } }
  const raised = { ...live, metadata: marked, spec: { ...spec, maxUnavailable: 2 } }
  cluster.show('web', ...seenWith(raised))
  await sleep(20)
  test.equal(await stateIn(cluster, 'gave-way'), '1')
  test.strictSame([cluster.asked.length, cluster.events.length], [1, 1])
})

void t.test('why there is none is said once, and again when that changes', async (test) => {
  const cluster = new FakeCluster()
  cluster.see('web', { budgets: [budgetOf('payments')] })
  void cluster.start(test)
  await until(() => cluster.events.length === 1)
  cluster.show('web', { budgets: [budgetOf('payments')] })
  cluster.show('web', { workload: workloadOf({ replicas: 1 }) })
  await sleep(20)
  cluster.show('web', { budgets: [budgetOf('billing')] })
  await until(() => cluster.events.length === 2)
  const kept = 'No companion PodDisruptionBudget is kept: '
  test.strictSame(
    cluster.events.map(({ reason, note }) => [reason, note]),
    [
      ['CompanionNotKept', `${kept}PodDisruptionBudget payments selects the same pods`],
      ['CompanionNotKept', `${kept}PodDisruptionBudget billing selects the same pods`]
    ]
  )
  test.strictSame(cluster.asked, [])
})

void t.test('a fault in the annotation is said', async (test) => {
  const cluster = new FakeCluster()
  const workload = workloadOf({}, { annotations: { 'holdfast.dev/max-unavailable': '0%' } })
  cluster.see('web', { workload })
  void cluster.start(test)
  await until(() => cluster.events.length === 1)
  const note = 'holdfast.dev/max-unavailable: "0%" is neither 1 or more nor 1% to 100%; Holdfast uses 1'
  test.match(cluster.events, [{ type: 'Warning', reason: 'MaxUnavailableRefused', note }])
})

void t.test('in audit mode it is recorded, and nothing else', async (test) => {
  const cluster = new FakeCluster()
  cluster.see('web', { namespace: { labels: { 'holdfast.dev/mode': 'audit' }, terminating: false } })
  void cluster.start(test)
  await until(() => cluster.logged.length === 1)
  test.strictSame(cluster.logged, [{ workload: keyOf('web') }])
  test.equal(await stateIn(cluster, 'would-keep'), '1')
  test.strictSame([cluster.asked, cluster.events], [[], []])
})

void t.test('a workload that went with its namespace is forgotten', async (test) => {
  const cluster = new FakeCluster()
  const namespace = { labels: optedIn, terminating: true }
  cluster.see('web', { namespace })
  void cluster.start(test)
  await sleep(20)
  test.equal(await stateIn(cluster, 'leaving'), '1')
  cluster.show('web', { workload: undefined, namespace })
  await sleep(20)
  test.equal(await stateIn(cluster, 'leaving'), '0')
  test.strictSame([cluster.asked, cluster.events], [[], []])
})

void t.test('while nothing is known nothing is done', async (test) => {
  const cluster = new FakeCluster()
  cluster.seen.set(keyOf('web'), unknown('the budgets are 150 s old'))
  void cluster.start(test)
  await sleep(30)
  test.equal(await stateIn(cluster, 'unknown'), '1')
  test.strictSame(cluster.asked, [])
  test.equal(await cluster.metrics.registry.getSingleMetricAsString('workqueue_depth').then(lastOf), '1')
})

void t.test('a name that is taken is looked at again, since nobody tells when it is free', async (test) => {
  const cluster = new FakeCluster()
  cluster.see('web', {}, budgetOf(name, {}, { selector: { matchLabels: { app: 'other' } } }))
  void cluster.start(test)
  await until(() => cluster.events.length === 1)
  test.equal(await stateIn(cluster, 'name-taken'), '1')
  test.equal(await cluster.metrics.registry.getSingleMetricAsString('workqueue_depth').then(lastOf), '1')
  test.strictSame(cluster.asked, [])
})

function lastOf(text: string): string | undefined {
  return text.trim().split(/\s/).at(-1)
}

void t.test('what fails is counted, logged and tried again', async (test) => {
  const cluster = new FakeCluster()
  let failures = 2
  cluster.refuse = async (asked) => {
    if (failures-- > 0) throw new ApiError({ asked, code: 500, status: {} })
  }
  cluster.see('web', {})
  void cluster.start(test)
  await until(() => cluster.asked.filter((asked) => asked.startsWith('create')).length === 3)
  test.match(cluster.logged[0], { workload: keyOf('web'), err: { message: `create ${name} answered 500` } })
  const errors = await cluster.metrics.registry.getSingleMetricAsString('holdfast_reconcile_errors_total')
  test.equal(lastOf(errors), '2')
})

const refusal = (asked: string, code: number, message: string) =>
  new ApiError({ asked, code, status: { reason: 'Forbidden', message } })

void t.test('a write that a quota refuses is told to the workload, once, and tried again', async (test) => {
  const cluster = new FakeCluster()
  let used = 3
  const says = 'is forbidden: exceeded quota: budgets, used: '
  cluster.refuse = async (asked) => {
    if (used < 6) throw refusal(asked, 403, `${says}${used++}`)
  }
  cluster.see('web', {})
  void cluster.start(test)
  await until(() => cluster.asked.filter((asked) => asked.startsWith('create')).length === 4)
  const note = `Cannot create the companion PodDisruptionBudget ${name}: ${says}3`
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u-web' }
  test.strictSame(cluster.events, [{ regarding, type: 'Warning', reason: 'CompanionRefused', note }])
  test.equal(cluster.logged.filter((fields) => 'err' in fields).length, 3, 'each is logged')
})

void t.test('a removal that is refused is told to the workload', async (test) => {
  const cluster = new FakeCluster()
  cluster.refuse = async (asked) => {
    throw refusal(asked, 422, '')
  }
  const companion = companionNamed('web')
  cluster.see('web', { budgets: [companion, budgetOf('payments')], companions: [companion] }, companion)
  void cluster.start(test)
  await until(() => cluster.asked.length === 2)
  const note = `Cannot remove the companion PodDisruptionBudget ${name}: the API server answered 422`
  test.match(cluster.events, [{ reason: 'CompanionRefused', note }])
  test.equal(cluster.events.length, 1)
})

void t.test('a workload that cannot be read is no refused write', async (test) => {
  const cluster = new FakeCluster()
  cluster.isThere = async ({ ref }) => {
    cluster.asked.push(`look for ${ref.name}`)
    throw refusal('GET it', 403, 'no rights')
  }
  cluster.see('web', {})
  void cluster.start(test)
  await until(() => cluster.logged.length === 1)
  test.strictSame([cluster.asked, cluster.events], [['look for web'], []])
})

void t.test('all is looked at now and then, whether told or not', async (test) => {
  const cluster = new FakeCluster()
  cluster.see('web', ...seenWith())
  void cluster.start(test, { resyncMs: 20 })
  await sleep(10)
  cluster.see('web', {})
  await until(() => cluster.asked.includes(`create ${name}`))
  test.end()
})

void t.test('at the end of the term it stops, and what that breaks off is no failure', async (test) => {
  const cluster = new FakeCluster()
  cluster.refuse = () =>
    new Promise((_resolve, reject) => {
      cluster.ending.signal.addEventListener('abort', () => reject(new Error('ended')))
    })
  cluster.see('web', {})
  const done = cluster.start(test)
  await until(() => cluster.asked.length === 2)
  cluster.ending.abort()
  await done
  cluster.show('api', {})
  await sleep(20)
  test.strictSame([cluster.asked.length, cluster.logged], [2, []])
  test.equal(await stateIn(cluster, 'pending'), '0', 'who does not lead says nothing')
})
