import * as fc from 'fast-check'
import t from 'tap'
import { isCompanion } from '../../src/engine/api.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import { disruptionsAtFullHealth } from '../../src/kube/disruptions.ts'
import { selectorMatches } from '../../src/kube/label-selector.ts'
import { autoscalerOf } from '../support/facts.ts'
import { workloadOf } from './scene.ts'
import { keyOf, World } from './world.ts'

const names = ['a', 'b', 'c'] as const
const someName = fc.constantFrom(...names)
const labels = fc.record({ app: fc.constantFrom('x', 'y'), track: fc.constantFrom('stable', 'canary') })
const matchLabels = fc.oneof(
  labels,
  labels.map(({ app }) => ({ app })),
  labels.map(({ track }) => ({ track }))
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
    isNew: fc.boolean()
  }),
  fc.record({ what: fc.constant('delete' as const), name: someName, orphans: fc.boolean() }),
  fc.record({ what: fc.constant('budget' as const), name: fc.constantFrom('own', 'all'), matchLabels }),
  fc.record({ what: fc.constant('unbudget' as const), name: fc.constantFrom('own', 'all') }),
  fc.record({
    what: fc.constant('meddle' as const),
    name: someName,
    how: fc.constantFrom('take', 'edit', 'bound', 'delete')
  }),
  fc.record({ what: fc.constant('configure' as const), maxUnavailable: fc.constantFrom(1, 5, '1%', '100%') }),
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
  for (const [budget, { metadata, spec }] of world.budgets) {
    if (!metadata.ownerReferences?.some(({ uid }) => uid === gone?.metadata.uid)) continue
    if (orphans) world.putBudget(budget, { ...metadata, ownerReferences: [] }, spec)
    else world.budgets.delete(budget)
  }
}

function happen(world: World, past: readonly World[], given: Event): void {
  if (given.what === 'workload') {
    const { name, podLabels, wide, replicas, bounds, annotation, isNew } = given
    const before = world.workloads.get(name)?.metadata.uid
    if (isNew) remove(world, name, false)
    const selector = { matchLabels: wide ? { app: podLabels.app } : podLabels }
    const [minReplicas = 1, maxReplicas = 1] = bounds ?? []
    const autoscaler = bounds === undefined ? null : autoscalerOf({ minReplicas, maxReplicas })
    const annotations = annotation === undefined ? {} : { 'holdfast.dev/max-unavailable': annotation }
    const uid = isNew || before === undefined ? `uid-${world.version}` : before
    world.workloads.set(name, workloadOf({ podLabels, selector, replicas, autoscaler }, { name, uid, annotations }))
  } else if (given.what === 'delete') remove(world, given.name, given.orphans)
  else if (given.what === 'budget') {
    world.putBudget(given.name, {}, { minAvailable: 1, selector: { matchLabels: given.matchLabels } })
  } else if (given.what === 'unbudget') world.budgets.delete(given.name)
  else if (given.what === 'meddle') meddle(world, given.name, given.how)
  else if (given.what === 'configure') world.maxUnavailable = given.maxUnavailable
  else if (given.what === 'opt') world.optedIn = given.optedIn
  else world.act(keyOf(given.name), past.at(-1 - given.ago) ?? world)
}

/** Until there is nothing to do for anybody. Two that undo each other's work would never be done. */
function settle(world: World): void {
  for (let rounds = 0; rounds < 10; rounds++) {
    const busy = names.filter((name) => world.act(keyOf(name), world.snapshot()))
    if (busy.length === 0) return
  }
  throw new Error('it does not come to rest')
}

/** Said once more, in other words: who should have one. */
function deserves(world: World, workload: ExistingWorkload): boolean {
  const { replicas = 0, autoscaler, selector, metadata } = workload
  const others = [...world.workloads.values()].filter((other) => other.metadata.name !== metadata.name)
  const foreign = world.selecting(workload).filter((budget) => !isCompanion(budget.metadata))
  const taken = world.budgets.get(`holdfast-deployment-${metadata.name}`)
  return (
    world.optedIn &&
    (replicas >= 2 || (autoscaler?.maxReplicas ?? 0) >= 2) &&
    foreign.length === 0 &&
    !others.some(({ podLabels }) => selectorMatches(selector, podLabels)) &&
    (taken === undefined || isCompanion(taken.metadata))
  )
}

function foreignIn(world: World): unknown {
  return [...world.budgets].filter(([, { metadata }]) => !isCompanion(metadata))
}

function check(world: World): void {
  for (const [name, workload] of world.workloads) {
    const selecting = world.selecting(workload)
    const companions = selecting.filter(({ metadata }) => isCompanion(metadata))
    if (companions.length > 0 && selecting.length > 1) throw new Error(`${name}: an eviction would fail`)
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
    if (own.spec.maxUnavailable !== expected) throw new Error(`${name}: it allows ${own.spec.maxUnavailable}`)
    const most = Math.max(replicas, autoscaler?.maxReplicas ?? 0)
    for (let pods = 1; pods <= most; pods++) {
      const allowed = disruptionsAtFullHealth(own.spec, [{ kind: 'Deployment', replicas: pods, scalable: true }])
      if (!(Number(allowed) >= 1)) throw new Error(`${name}: it would block a drain at ${pods}`)
    }
    if (own.metadata.ownerReferences?.[0]?.uid !== workload.metadata.uid) throw new Error(`${name}: not its own`)
  }
}

void t.test('whatever happens in whatever order, it comes to rest where every pod can be evicted', (test) => {
  const property = fc.property(fc.array(event, { minLength: 10, maxLength: 60, size: 'max' }), (events) => {
    const world = new World()
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
    if (JSON.stringify(foreignIn(world)) !== before) throw new Error('a foreign one changed')
    check(world)
  })
  test.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }))
  test.end()
})
