import * as fc from 'fast-check'
import t from 'tap'
import { companionLabels, isCompanion } from '../../src/engine/api.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import type { Budget } from '../../src/kube/budget.ts'
import { disruptionsAtFullHealth, disruptionsOf, podsOfWorkload } from '../../src/kube/disruptions.ts'
import { resolveIntOrPercent } from '../../src/kube/int-or-percent.ts'
import { sameJson } from '../../src/kube/json.ts'
import { selectorMatches } from '../../src/kube/label-selector.ts'
import { autoscalerOf } from '../support/facts.ts'
import { workloadOf } from './scene.ts'
import { type Flaw, keyOf, World } from './world.ts'

const names = ['a', 'b', 'c'] as const
const second = 1000
const minute = 60 * second
/** 200 with `npm test`, 2000 with `npm run e2e`: the same in every run. */
const numRuns = 2 * Number(process.env['CASES'] ?? 100)
/** A failed sync that lasts for longer is no passing one. */
const patienceSeconds = 4
const someName = fc.constantFrom(...names)
const labels = fc.record({ app: fc.constantFrom('x', 'y'), track: fc.constantFrom('stable', 'canary') })
const matchLabels = fc.oneof(
  labels,
  labels.map(({ app }) => ({ app })),
  labels.map(({ track }) => ({ track }))
)

/** Budgets may also ask for a label that no template has. */
const foreignLabels = fc.oneof(
  matchLabels,
  fc.constant({ role: 'leader' }),
  labels.map(({ app }) => ({ app, role: 'leader' }))
)

/** What people do, and the controller: in whatever order, on what it saw just now or some time ago. */
const event = fc.oneof(
  fc.record({
    what: fc.constant('workload' as const),
    name: someName,
    podLabels: labels,
    wide: fc.boolean(),
    replicas: fc.constantFrom(0, 1, 2, 3, 3, 3),
    bounds: fc.constantFrom(undefined, undefined, [0, 1], [0, 9], [1, 1], [1, 2], [1, 9], [2, 9]),
    annotation: fc.constantFrom(undefined, undefined, '25%', '0', '3'),
    isPaused: fc.constantFrom(false, false, true),
    isNew: fc.boolean()
  }),
  fc.record({ what: fc.constant('delete' as const), name: someName, orphans: fc.boolean() }),
  fc.record({
    what: fc.constant('budget' as const),
    name: fc.constantFrom('own', 'all'),
    matchLabels: foreignLabels,
    isMarked: fc.constantFrom(false, false, false, true)
  }),
  fc.record({ what: fc.constant('role' as const), name: someName, isGiven: fc.boolean() }),
  fc.record({ what: fc.constant('unbudget' as const), name: fc.constantFrom('own', 'all') }),
  fc.record({
    what: fc.constant('meddle' as const),
    name: someName,
    how: fc.constantFrom('take', 'edit', 'bound', 'delete')
  }),
  fc.record({ what: fc.constant('configure' as const), maxUnavailable: fc.constantFrom(1, 5, '1%', '100%') }),
  fc.record({
    what: fc.constant('stranger' as const),
    name: fc.constantFrom('migration', 'workflow'),
    podLabels: labels,
    isThere: fc.boolean()
  }),
  fc.record({ what: fc.constant('unready' as const), name: someName, pods: fc.constantFrom(0, 1, 1, 2, 3) }),
  fc.record({ what: fc.constant('wait' as const), minutes: fc.constantFrom(0, 1, 11, 130) }),
  fc.record({ what: fc.constant('count' as const) }),
  fc.record({ what: fc.constant('opt' as const), optedIn: fc.constantFrom(true, true, true, false) }),
  fc.record({ what: fc.constant('control' as const), name: someName, ago: fc.constantFrom(0, 0, 1, 3) }),
  fc.record({ what: fc.constant('control' as const), name: someName, ago: fc.constantFrom(0, 0, 1, 3) })
)
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never

function meddle(world: World, name: string, how: string): void {
  const companion = `holdfast-deployment-${name}`
  const live = world.budgets.get(companion)
  if (live === undefined) return
  if (how === 'delete') world.budgets.delete(companion)
  else if (how === 'take') world.putBudget(companion, { ...live.metadata, labels: {} }, live.spec)
  else if (how === 'edit') world.putBudget(companion, live.metadata, { ...live.spec, maxUnavailable: 0 })
  else world.putBudget(companion, live.metadata, { selector: live.spec.selector ?? {}, minAvailable: 3 })
}

function remove(world: World, name: string, orphans: boolean): void {
  const gone = world.workloads.get(name)
  world.workloads.delete(name)
  world.older.delete(name)
  world.given.delete(name)
  for (const [budget, { metadata, spec }] of world.budgets) {
    if (!metadata.ownerReferences?.some(({ uid }) => uid === gone?.metadata.uid)) continue
    if (orphans) world.putBudget(budget, { ...metadata, ownerReferences: [] }, spec)
    else world.budgets.delete(budget)
  }
}

function happen(world: World, past: readonly World[], given: Event): void {
  if (given.what === 'workload') {
    const { name, podLabels, wide, replicas, bounds, annotation, isPaused, isNew } = given
    const present = world.workloads.get(name)
    const before = present?.metadata.uid
    if (isNew) remove(world, name, false)
    const selector = { matchLabels: wide ? { app: podLabels.app } : podLabels }
    const ran = isNew || !isPaused || present === undefined ? [] : [...(world.older.get(name) ?? []), present.podLabels]
    const older = ran.filter((one) => selectorMatches(selector, one) && !sameJson(one, podLabels))
    world.older.set(name, older)
    const rolling = older.length > 0 && ({ rolling: true } as const)
    const [minReplicas = 1, maxReplicas = 1] = bounds ?? []
    const autoscaler = bounds === undefined ? null : autoscalerOf({ minReplicas, maxReplicas })
    const annotations = annotation === undefined ? {} : { 'holdfast.dev/max-unavailable': annotation }
    const uid = isNew || before === undefined ? `uid-${world.version}` : before
    world.workloads.set(
      name,
      workloadOf({ podLabels, selector, replicas, autoscaler, ...rolling }, { name, uid, annotations })
    )
  } else if (given.what === 'delete') remove(world, given.name, given.orphans)
  else if (given.what === 'budget') {
    const mark = given.isMarked ? { labels: companionLabels } : {}
    world.putBudget(given.name, mark, { minAvailable: 1, selector: { matchLabels: given.matchLabels } })
  } else if (given.what === 'role') {
    if (given.isGiven && world.workloads.has(given.name)) world.given.set(given.name, { role: 'leader' })
    else world.given.delete(given.name)
  } else if (given.what === 'unbudget') world.budgets.delete(given.name)
  else if (given.what === 'meddle') meddle(world, given.name, given.how)
  else if (given.what === 'configure') world.maxUnavailable = given.maxUnavailable
  else if (given.what === 'opt') world.optedIn = given.optedIn
  else if (given.what === 'stranger') {
    if (given.isThere)
      world.strangers.set(given.name, { podLabels: given.podLabels, isJob: given.name === 'migration' })
    else world.strangers.delete(given.name)
  } else if (given.what === 'unready') world.unready.set(given.name, given.pods)
  else if (given.what === 'wait') world.now += given.minutes * minute
  else if (given.what === 'count') world.count()
  else world.act(keyOf(given.name), past.at(-1 - given.ago) ?? world)
}

/** Until there is nothing to do for anybody. Two that undo each other's work would never be done. */
function settle(world: World): void {
  for (let rounds = 0; rounds < 20; rounds++) {
    world.count()
    const busy = names.filter((name) => world.act(keyOf(name), world.snapshot()))
    world.now += second
    if (busy.length === 0 && rounds >= patienceSeconds) return
  }
  throw new Error('it does not come to rest')
}

/** Whether the mark is ours: a companion has an owner, or had one until its workload was orphaned. */
function isOurs({ metadata }: Budget): boolean {
  const { name = '', ownerReferences = [] } = metadata
  return isCompanion(metadata) && (ownerReferences.length > 0 || name.startsWith('holdfast-'))
}

/** Said once more, in other words: whether a budget that is not ours may select a pod of a workload. */
function reaches(world: World, { spec }: Budget, { podLabels, selector, rolling }: ExistingWorkload): boolean {
  const asked = Object.entries(spec.selector?.matchLabels ?? {})
  const agrees = (known: Readonly<Record<string, string>>) =>
    asked.every(([key, value]) => (known[key] ?? value) === value)
  const templates = [...world.workloads.values()].map((one) => one.podLabels)
  const isForNone = !templates.some((one) => selectorMatches(spec.selector, one))
  return (
    selectorMatches(spec.selector, podLabels) ||
    (rolling === true && agrees(selector?.matchLabels ?? {})) ||
    (isForNone && agrees(podLabels))
  )
}

/** Said once more, in other words: who should have one. */
function deserves(world: World, workload: ExistingWorkload): boolean {
  const { replicas = 0, autoscaler, selector, metadata } = workload
  const others = [...world.workloads.values()].filter((other) => other.metadata.name !== metadata.name)
  const foreign = [...world.budgets.values()].filter((budget) => !isOurs(budget) && reaches(world, budget, workload))
  const taken = world.budgets.get(`holdfast-deployment-${metadata.name}`)
  return (
    world.optedIn &&
    (replicas >= 2 || (autoscaler?.maxReplicas ?? 0) >= 2) &&
    foreign.length === 0 &&
    !others.some(({ podLabels }) => selectorMatches(selector, podLabels)) &&
    ![...world.strangers.values()].some(({ podLabels, isJob }) => !isJob && selectorMatches(selector, podLabels)) &&
    (taken === undefined || isCompanion(taken.metadata))
  )
}

function foreignIn(world: World): unknown {
  // The disruption controller writes their status.
  return [...world.budgets.values()]
    .filter((budget) => !isOurs(budget))
    .map(({ metadata, spec }) => ({ metadata: { ...metadata, resourceVersion: '' }, spec }))
}

/** Of a companion that is there: pods go by its level, whatever is unready. */
function checkStatus(world: World, workload: ExistingWorkload, own: Budget, level: number | string): void {
  const { name = '' } = workload.metadata
  const { spec, status } = own
  const healthy = world.healthyOf(workload)
  if (status === undefined) throw new Error(`${name}: it was not counted`)
  if (status.stall?.reason === 'SyncFailed') throw new Error(`${name}: it cannot be counted, and blocks`)
  const pods = resolveIntOrPercent(level, status.expectedPods, 'up') ?? 0
  if (healthy === status.expectedPods && spec.maxUnavailable !== level)
    throw new Error(`${name}: it allows ${spec.maxUnavailable}`)
  const counts = disruptionsOf(spec, [podsOfWorkload(workload)], healthy)
  const allowed = typeof counts === 'object' ? counts.disruptionsAllowed : undefined
  if (healthy > 0 && allowed === 0) throw new Error(`${name}: unready pods keep the healthy ones`)
  if (allowed === undefined || allowed > pods) throw new Error(`${name}: it lets ${allowed} go at once`)
}

function check(world: World): void {
  for (const [name, workload] of world.workloads) {
    for (const labelsOfPod of world.podsOf(name)) {
      const selecting = [...world.budgets.values()].filter(({ spec }) => selectorMatches(spec.selector, labelsOfPod))
      if (selecting.some(isOurs) && selecting.length > 1) throw new Error(`${name}: an eviction would fail`)
    }
    const own = world.budgets.get(`holdfast-deployment-${name}`)
    const has = own !== undefined && isCompanion(own.metadata)
    if (has !== deserves(world, workload)) throw new Error(`${name}: ${has ? 'has' : 'lacks'} a companion`)
    if (!has) continue
    const { replicas = 0, autoscaler, metadata } = workload
    const annotated = metadata.annotations?.['holdfast.dev/max-unavailable'] ?? ''
    const expected =
      new Map<string, number | string>([
        ['25%', '25%'],
        ['3', 3]
      ]).get(annotated) ?? world.maxUnavailable
    checkStatus(world, workload, own, expected)
    const most = Math.max(replicas, autoscaler?.maxReplicas ?? 0)
    for (let pods = 1; pods <= most; pods++) {
      const allowed = disruptionsAtFullHealth(own.spec, [{ kind: 'Deployment', replicas: pods, scalable: true }])
      if (!(Number(allowed) >= 1)) throw new Error(`${name}: it would block a drain at ${pods}`)
    }
    if (own.metadata.ownerReferences?.[0]?.uid !== workload.metadata.uid) throw new Error(`${name}: not its own`)
  }
}

function propertyOf(flaw?: Flaw) {
  return fc.property(fc.array(event, { minLength: 10, maxLength: 60, size: 'max' }), (events) => {
    const world = new World(flaw)
    const past: World[] = []
    for (const one of events) {
      past.push(world.snapshot())
      const before = one.what === 'control' ? JSON.stringify(foreignIn(world)) : ''
      happen(world, past, one)
      if (one.what === 'control' && JSON.stringify(foreignIn(world)) !== before)
        throw new Error('a foreign one changed')
    }
    const before = JSON.stringify(foreignIn(world))
    settle(world)
    // Long enough for all that waits: what is withheld, and what gives way.
    for (const minutes of [150, 11]) {
      world.now += minutes * minute
      settle(world)
    }
    if (JSON.stringify(foreignIn(world)) !== before) throw new Error('a foreign one changed')
    check(world)
  })
}

void t.test('whatever happens in whatever order, it comes to rest where every pod can be evicted', (test) => {
  test.doesNotThrow(() => fc.assert(propertyOf(), { numRuns, seed: 1 }))
  test.end()
})

void t.test('a cause that stays takes a few tries a day', (test) => {
  const world = new World()
  world.workloads.set('a', workloadOf({}, { name: 'a', uid: 'u-a' }))
  world.strangers.set('workflow', { podLabels: { app: 'web', track: 'stable' }, isJob: false })
  let tries = 0
  let blocked = 0
  for (let seconds = 0; seconds < 24 * 3600; seconds += 2) {
    const before = world.budgets.size
    world.act(keyOf('a'), world.snapshot())
    world.count()
    tries += Number(world.budgets.size > before)
    blocked += 2 * world.budgets.size
    world.now += 2 * second
  }
  test.ok(tries >= 12 && tries <= 40, `${tries} tries in a day`)
  test.ok(blocked <= 40 * patienceSeconds, `${blocked} s in which evictions are refused`)
  test.comment(`${tries} tries, and ${blocked} s of refused evictions in a day`)
  world.strangers.clear()
  world.now += 150 * minute
  settle(world)
  test.equal(world.budgets.size, 1, 'and it comes back once the cause is gone')
  test.end()
})

const caught: Readonly<Record<Flaw, RegExp>> = {
  'never gives way': /unready pods keep the healthy ones/,
  'never withdraws': /cannot be counted, and blocks|has a companion/,
  'sees templates only': /an eviction would fail|has a companion/
}

for (const [flaw, error] of Object.entries(caught) as [Flaw, RegExp][]) {
  void t.test(`a controller that ${flaw} is caught`, (test) => {
    // Not shrunk: the first history that breaks it is enough.
    const { failed, errorInstance } = fc.check(propertyOf(flaw), { numRuns: 2000, seed: 1, endOnFailure: true })
    test.ok(failed)
    test.match(String(errorInstance), error)
    test.end()
  })
}
