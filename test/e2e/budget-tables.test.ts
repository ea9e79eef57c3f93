import tap, { type Test } from 'tap'
import type { BudgetSpec } from '../../src/kube/budget.ts'
import { disruptionsAtFullHealth, disruptionsOf, type Selected } from '../../src/kube/disruptions.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { budgetsOf, isSynced, type LiveBudget, syncFailure } from '../support/cluster-budgets.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { type PodOwner, podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const namespace = 'tables'
const budgets = budgetsOf(namespace)

function owned(kind: PodOwner, replicas: number): Selected & { kind: PodOwner; replicas: number } {
  return { kind, replicas, scalable: kind !== 'DaemonSet' && kind !== 'Job' && kind !== 'Pod' }
}

const workloads = {
  'pod-1': owned('Pod', 1),
  'pod-2': owned('Pod', 1),
  'web-1': owned('Deployment', 1),
  'web-2': owned('Deployment', 2),
  'web-3': owned('Deployment', 3),
  'web-4': owned('Deployment', 4),
  'web-5': owned('Deployment', 5),
  'web-7': owned('Deployment', 7),
  'web-10': owned('Deployment', 10),
  'web-0': owned('Deployment', 0),
  set: owned('StatefulSet', 3),
  replicas: owned('ReplicaSet', 2),
  controller: owned('ReplicationController', 2),
  daemons: owned('DaemonSet', 3),
  tasks: owned('Job', 2)
}
type Name = keyof typeof workloads

const table: readonly BudgetSpec[] = [
  { maxUnavailable: 0 },
  { maxUnavailable: 1 },
  { maxUnavailable: '25%' },
  { maxUnavailable: '50%' },
  { minAvailable: 1 },
  { minAvailable: 4 },
  { minAvailable: '50%' },
  { minAvailable: '51%' },
  { minAvailable: '100%' }
]
const forms: readonly BudgetSpec[] = [{}, { maxUnavailable: 1 }, { minAvailable: '34%' }, { minAvailable: 1 }]

const selections: readonly (readonly [names: readonly Name[], specs: readonly BudgetSpec[]])[] = [
  [['web-1'], table],
  [['web-2'], table],
  [['web-3'], table],
  [['web-4'], table],
  [['web-5'], table],
  [['web-7'], table],
  [['web-10'], table],
  [[], forms],
  [['web-0'], forms],
  [['set'], forms],
  [['replicas'], forms],
  [['controller'], forms],
  [
    ['web-2', 'web-3'],
    [...forms, { minAvailable: 2 }, { minAvailable: 5 }, { minAvailable: '81%' }]
  ],
  [['web-3', 'pod-1'], forms],
  [['pod-1', 'pod-2'], forms],
  [['daemons'], forms],
  [['tasks'], forms],
  [['web-5', 'daemons'], forms]
]

const bounds: readonly (number | string)[] = [
  0,
  1,
  2 ** 31 - 1,
  2 ** 31,
  -1,
  1e100,
  '0%',
  '00%',
  '100%',
  '0000000000100%',
  '101%',
  '150%',
  '99999999999999999999%',
  '1.1%',
  '-1%',
  '+1%',
  ' 1%',
  '1% ',
  '1%\n',
  '1',
  '%',
  '',
  'nope',
  '__proto__',
  '٣%'
]

interface Case {
  readonly name: string
  readonly spec: BudgetSpec
  readonly selected: readonly Selected[]
  readonly selector: object
}

const cases: readonly Case[] = selections.flatMap(([names, specs], row) =>
  specs.map((spec, column) => ({
    name: `budget-${row}-${column}`,
    spec,
    selected: names.map((name) => workloads[name]),
    selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['nobody', ...names] }] }
  }))
)

const controlPlane = await openControlPlane(tap, { kwok: true })
if (controlPlane !== undefined) {
  const api = openApi(controlPlane)
  tap.teardown(() => api.close())
  await tap.test('the disruption controller writes what we compute', (t) => checkTables(t, controlPlane, api))
  await tap.test('bounds without an answer are those that the API server refuses', (t) => checkRefused(t, api))
}

async function checkTables(t: Test, cluster: ControlPlane, api: ClusterApi): Promise<void> {
  await createNodes(cluster, workloads.daemons.replicas)
  const user = await userIn(cluster, namespace, {})
  const items = Object.entries(workloads).map(([name, { kind, replicas }]) => podsOwnedBy(kind, name, replicas))
  await user.must(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
  await waitFor({ what: 'all to be ready', seconds: 60, everyMilliseconds: 250 }, () => allReady(api))
  await Promise.all(
    cases.map(({ name, spec, selector }) =>
      api.must('POST', budgets, { metadata: { name }, spec: { ...spec, selector } })
    )
  )
  const written = await waitFor({ what: 'all budgets to be synced', seconds: 60, everyMilliseconds: 250 }, () =>
    allSynced(api)
  )
  for (const one of cases) checkCase(t, one, written.get(one.name))
}

/** By what the controllers say, of which the disruption controller is one: they see the same pods. */
async function allReady(api: ClusterApi): Promise<true | undefined> {
  for (const [name, { kind, replicas }] of Object.entries(workloads)) {
    const group =
      kind === 'Pod' || kind === 'ReplicationController' ? 'api/v1' : kind === 'Job' ? 'apis/batch/v1' : 'apis/apps/v1'
    const path = `/${group}/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`
    const { status = {} } = (await api.must('GET', path)) as { status?: Record<string, unknown> }
    const ready = status['readyReplicas'] ?? status['numberReady'] ?? status['succeeded'] ?? 0
    if (kind === 'Pod' ? status['phase'] !== 'Running' : ready !== replicas) return undefined
  }
  return true
}

async function allSynced(api: ClusterApi): Promise<ReadonlyMap<string, LiveBudget> | undefined> {
  const { items } = (await api.must('GET', budgets)) as { items: readonly LiveBudget[] }
  return items.every(isSynced) ? new Map(items.map((item) => [item.metadata.name, item])) : undefined
}

function checkCase(t: Test, { name, spec, selected }: Case, written: LiveBudget | undefined): void {
  if (written === undefined) throw new Error(`${name} is not there`)
  const { expectedPods, desiredHealthy, disruptionsAllowed, currentHealthy } = written.status
  const of = selected.map(({ kind, replicas }) => `${kind} of ${replicas}`).join(' and ')
  const fact = `${JSON.stringify(spec)} over ${of === '' ? 'nothing' : of}`
  const computed = disruptionsOf(spec, selected, currentHealthy)
  const failure = syncFailure(written)
  if (failure === undefined) {
    t.strictSame(computed, { expectedPods, desiredHealthy, disruptionsAllowed }, fact)
    t.equal(disruptionsAtFullHealth(spec, selected), disruptionsAllowed, `${fact}: at full health`)
  } else {
    t.equal(computed, 'cannot be counted', fact)
    t.equal(disruptionsAllowed, 0, `${fact}: nothing is allowed`)
    t.match(failure, /^(daemonsets\.apps|jobs\.batch) does not implement the scale subresource$/, fact)
  }
}

async function checkRefused(t: Test, api: ClusterApi): Promise<void> {
  const specs: BudgetSpec[] = [
    {},
    { minAvailable: 1, maxUnavailable: 1 },
    { minAvailable: '0%', maxUnavailable: '10%' },
    ...bounds.flatMap((bound) => [{ minAvailable: bound }, { maxUnavailable: bound }])
  ]
  for (const spec of specs) {
    const reply = await api.send('POST', `${budgets}?dryRun=All`, { metadata: { name: 'refused' }, spec })
    const refused = disruptionsOf(spec, [owned('Deployment', 3)], 3) === undefined
    t.equal(reply.status !== 201, refused, `${JSON.stringify(spec)} is ${refused ? 'refused' : 'accepted'}`)
  }
}
