import t from 'tap'
import { ApiError } from '../../src/cluster/api/api-error.ts'
import type { CompanionEvent } from '../../src/companion/event.ts'
import { type Plan, planFor } from '../../src/companion/plan.ts'
import { WorkloadEvents } from '../../src/companion/workload-events.ts'
import type { Surroundings } from '../../src/inventory/cluster-view.ts'
import { type Fact, known, unknown } from '../../src/inventory/fact.ts'
import { keyOf } from './fake-cluster.ts'
import { aroundOf, budgetOf, companionOf, optedIn, rules, workloadOf } from './scene.ts'
import { kinds } from './world.ts'

const web = keyOf('web')

function planOf(around: Fact<Surroundings>): Plan {
  const view = {
    keys: () => [web],
    around: () => around,
    budgetNamed: () => known(undefined),
    onChange: () => () => {}
  }
  return planFor(web, { view, rules, maxUnavailable: 1, kinds, giveWayMs: 0, now: 0, withheld: () => undefined })
}

const toCreate = planOf(known(aroundOf()))
const kept = planOf(known(aroundOf({ budgets: [companionOf()], companions: [companionOf()] })))

function refusal(message: string, code = 403, causes: readonly object[] = []): ApiError {
  return new ApiError({ asked: 'PATCH it', code, status: { message, details: { causes } } })
}

/** Events, and what says that the first action of a plan ran into an error. */
function open() {
  const told: CompanionEvent[] = []
  const events = new WorkloadEvents((event) => told.push(event))
  const refuse = (error: unknown, plan = toCreate) => {
    const [action] = plan.actions
    if (action === undefined) throw new Error('nothing to refuse')
    events.planned(web, plan)
    events.refused(web, plan, action, error)
  }
  return { events, refuse, notes: () => told.map(({ reason, note }) => `${reason}: ${note}`) }
}

const prefix = 'CompanionRefused: Cannot create the companion PodDisruptionBudget holdfast-deployment-web: '

void t.test('each cause of a refusal is told once, whatever its numbers', (test) => {
  const { refuse, notes } = open()
  for (const used of [3, 4, 12]) refuse(refusal(`exceeded quota: used ${used}`))
  refuse(refusal('denied by a policy'))
  refuse(refusal('exceeded quota: used 5'))
  test.strictSame(notes(), [`${prefix}exceeded quota: used 3`, `${prefix}denied by a policy`])
  test.end()
})

void t.test('a refusal that is another one every time is told three times', (test) => {
  const { refuse, notes } = open()
  for (const id of ['a', 'b', 'c', 'd', 'e']) refuse(refusal(`request ${id} denied`))
  test.strictSame(
    notes(),
    ['a', 'b', 'c'].map((id) => `${prefix}request ${id} denied`)
  )
  test.end()
})

void t.test('it is told again once the companion was up to date in between', (test) => {
  const { events, refuse, notes } = open()
  refuse(refusal('exceeded quota'))
  events.planned(web, planOf(unknown('the budgets are 150 s old')))
  events.planned(web, planOf(known(aroundOf({ namespace: { labels: optedIn, terminating: true } }))))
  refuse(refusal('exceeded quota'))
  test.equal(notes().length, 1, 'what changes nothing is no time in between')
  events.planned(web, kept)
  refuse(refusal('exceeded quota'))
  test.equal(notes().length, 2)
  test.end()
})

const untold: Readonly<Record<string, unknown>> = {
  'an error of ours': new Error('broken'),
  'a server that failed': refusal('', 500),
  'a server that is overloaded': refusal('', 429),
  'a conflict': refusal('', 409),
  'credentials that are out of date': refusal('', 401),
  'a namespace that is being deleted': refusal('', 403, [{ reason: 'NamespaceTerminating' }])
}

for (const [what, error] of Object.entries(untold)) {
  void t.test(`${what} is not told`, (test) => {
    const { refuse, notes } = open()
    refuse(error)
    test.strictSame(notes(), [])
    test.end()
  })
}

for (const code of [400, 403, 422]) {
  void t.test(`a ${code} is told, and that nothing was said about it`, (test) => {
    const { refuse, notes } = open()
    refuse(refusal('', code))
    test.strictSame(notes(), [`${prefix}the API server answered ${code}`])
    test.end()
  })
}

void t.test('nothing is told to a workload that is gone', (test) => {
  const { refuse, notes } = open()
  refuse(refusal('no'), planOf(known(aroundOf({ workload: undefined, companions: [companionOf()] }))))
  test.strictSame(notes(), [])
  test.end()
})

void t.test('a removal that is refused is told beside the reason for it', (test) => {
  const { refuse, notes } = open()
  const given = { workload: workloadOf(), budgets: [budgetOf('own'), companionOf()], companions: [companionOf()] }
  refuse(refusal('no'), planOf(known(aroundOf(given))))
  test.strictSame(notes(), [
    'CompanionRefused: Cannot remove the companion PodDisruptionBudget holdfast-deployment-web: no'
  ])
  test.end()
})
