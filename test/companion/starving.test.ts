import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import t, { type Test } from 'tap'
import type { CompanionApi } from '../../src/companion/companion-api.ts'
import { CompanionMetrics } from '../../src/companion/metrics.ts'
import { reconcile } from '../../src/companion/reconciler.ts'
import { mayHaveCompanions } from '../../src/engine/companion-wish.ts'
import { buildClusterView } from '../../src/inventory/cluster-view.ts'
import type { Inventory } from '../../src/inventory/inventory.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import { budgetJson, namespaceJson, workloadJson } from '../inventory/objects.ts'
import { inventoryOf, watchedIn } from '../support/inventory.ts'
import { kinds } from './world.ts'
import { optedIn, rules } from './scene.ts'

const crowd = 300
const companion = 'holdfast-deployment-web'

type Json = Record<string, unknown>

function inCrowd(object: Json): Json {
  return { ...object, metadata: { ...(object['metadata'] as Json), namespace: 'crowd' } }
}

function idle(number: number, replicas = 3): Json {
  const selector = { matchLabels: { number: `n${number}` } }
  return inCrowd(
    workloadJson(`idle-${number}`, { labels: { app: 'idle', number: `n${number}` }, spec: { selector, replicas } })
  )
}

/** May select any of them, once their pods get a role. */
function role(number: number, maxUnavailable = 1): Json {
  const selector = { matchLabels: { app: 'idle', role: `r${number}` } }
  return inCrowd(budgetJson(`role-${number}`, selector, { spec: { maxUnavailable } }))
}

const numbers = Array.from({ length: crowd }, (_, number) => number)
const deployments = numbers.map((number) => idle(number))
const budgets = numbers.map((number) => role(number))

const say = () => {}

/** How much was done: the plans that were made, and the searches for what bears on what. */
interface Steps {
  plans: number
  searches: number
}

/** Counts calls of a method from now on. */
function counting<N extends string>(of: Record<N, (...given: never[]) => unknown>, name: N, count: () => void): void {
  const method = of[name].bind(of)
  of[name] = (...given) => {
    count()
    return method(...given)
  }
}

interface Opened {
  inventory: Inventory
  asked: string[]
  /** What was done since the last call. */
  steps: () => Steps
}

/** A controller of a cluster where `shop` has opted in, and the crowd as its labels say. */
async function open(test: Test, labels: Record<string, string>): Promise<Opened> {
  const inventory = inventoryOf([
    namespaceJson('shop', optedIn),
    namespaceJson('crowd', labels),
    ...deployments,
    ...budgets,
    workloadJson('web')
  ])
  const done: Steps = { plans: 0, searches: 0 }
  const search = () => void done.searches++
  for (const name of ['matching', 'overlapping'] as const) counting(inventory.workloads, name, search)
  for (const name of ['selecting', 'foreignIn'] as const) counting(inventory.budgets, name, search)
  const view = buildClusterView(inventory, wholeBut(), (name, namespace) => {
    return mayHaveCompanions({ name, labels: namespace.labels }, rules)
  })
  counting(view, 'around', () => void done.plans++)
  const asked: string[] = []
  const api: CompanionApi = {
    isThere: async () => true,
    create: async ({ metadata, ...manifest }) => {
      asked.push(`create ${metadata.namespace}/${metadata.name}`)
      inventory.add({ ...manifest, metadata: { ...metadata, uid: `uid-${asked.length}`, resourceVersion: '1' } })
    },
    update: async () => true,
    remove: async ({ metadata: { namespace = '', name = '' } }) => {
      asked.push(`remove ${namespace}/${name}`)
      watchedIn(inventory, 'PodDisruptionBudget').delete(`${namespace}/${name}`)
      return true
    }
  }
  const ending = new AbortController()
  test.teardown(() => ending.abort())
  const options = { view, api, rules, maxUnavailable: 1, giveWayMs: 0, kinds: [...kinds.values()], recordEvent: say }
  const rate = { perSecond: 100_000, burst: 100_000 }
  const log = { info: say, warn: say } as unknown as Logger
  void reconcile({ ...options, rate, resyncMs: 3_600_000, metrics: new CompanionMetrics(), log }, ending.signal)
  await until(() => asked.includes(`create shop/${companion}`) && done.plans > crowd)
  await rest()
  const steps = (): Steps => {
    const now = { ...done }
    Object.assign(done, { plans: 0, searches: 0 })
    return now
  }
  return { inventory, asked, steps }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !holds(); await sleep(2)) {
    if (performance.now() > end) throw new Error('waited in vain')
  }
}

/** Long enough for all that was put off to a later turn. */
async function rest(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await sleep(1)
}

void t.test('a crowd that never opted in costs next to nothing', async (test) => {
  const { inventory, steps, asked } = await open(test, {})
  const { searches } = steps()
  test.ok(searches < 20, `${searches} searches at the start, all for the one that opted in`)
  for (const number of numbers) inventory.add(role(number, 2))
  await rest()
  test.strictSame(steps(), { plans: 0, searches: 0 }, 'a budget bears on nothing there')
  inventory.add(idle(7, 5))
  await rest()
  test.strictSame(steps(), { plans: 1, searches: 0 }, 'a workload bears on itself')
  inventory.add(namespaceJson('crowd', { team: 'b' }))
  await rest()
  test.strictSame(steps(), { plans: 0, searches: 0 }, 'nor does a label of its namespace that asks for nothing')
  inventory.add(budgetJson('own', { matchLabels: { app: 'web' } }))
  await until(() => asked.includes(`remove shop/${companion}`))
  test.strictSame(asked, [`create shop/${companion}`, `remove shop/${companion}`])
})

void t.test('a fresh list that changes nothing costs nothing, wherever', async (test) => {
  const { inventory, steps } = await open(test, optedIn)
  steps()
  watchedIn(inventory, 'Deployment').list([...deployments, workloadJson('web')])
  watchedIn(inventory, 'Namespace').list([namespaceJson('shop', optedIn), namespaceJson('crowd', optedIn)])
  await rest()
  test.strictSame(steps(), { plans: 0, searches: 0 })
})

void t.test('once a crowd opts in, each of its workloads has its turn', async (test) => {
  const { inventory, steps, asked } = await open(test, {})
  steps()
  watchedIn(inventory, 'PodDisruptionBudget').list([])
  inventory.add(namespaceJson('crowd', optedIn))
  await until(() => asked.length >= crowd + 1)
  test.equal(new Set(asked.filter((one) => one.startsWith('create crowd/'))).size, crowd)
  inventory.add(namespaceJson('crowd', {}))
  await until(() => asked.filter((one) => one.startsWith('remove crowd/')).length >= crowd)
  test.pass('and loses its companion when it opts out')
})

void t.test('a crowd that opted in delays no other namespace', async (test) => {
  const { inventory, steps, asked } = await open(test, optedIn)
  steps()
  // Each may select every one of them, so each is a search among all, and a plan for all.
  for (const number of numbers) inventory.add(role(number, 2))
  inventory.add(budgetJson('own', { matchLabels: { app: 'web' } }))
  let plans = 0
  await until(() => {
    const isGone = asked.includes(`remove shop/${companion}`)
    if (!isGone) plans += steps().plans
    return isGone
  })
  test.ok(plans < crowd, `${plans} plans went before`)
})
