import t from 'tap'
import type { Surroundings } from '../../src/inventory/cluster-view.ts'
import { desiredCompanion } from '../../src/companion/desired.ts'
import { actionsFor } from '../../src/companion/plan.ts'
import { unknown } from '../../src/inventory/fact.ts'
import type { Budget, BudgetSpec } from '../../src/kube/budget.ts'
import { aroundOf, budgetOf, companionOf, narrowed, ownedBy, sceneOf, selector, web, workloadOf } from './scene.ts'

/** The actions as `verb name: why`, and whether they are urgent. */
function plan(given: Partial<Surroundings>, named?: Budget): readonly [actions: string[], urgent: boolean] {
  const desired = desiredCompanion(sceneOf(given, named))
  const { actions, urgent } = actionsFor(desired, { ref: web, around: aroundOf(given), named })
  const lines = actions.map((action) => {
    if (action.do === 'remove') return `remove ${action.live.metadata.name}: ${action.why}`
    return action.do === 'create' ? `create ${action.manifest.metadata.name}` : `update ${action.live.metadata.name}`
  })
  return [lines, urgent]
}

const name = 'holdfast-deployment-web'
const right: BudgetSpec = { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: narrowed }
const seen = (companion: Budget): readonly [Partial<Surroundings>, Budget] => [
  { budgets: [companion], companions: [companion] },
  companion
]

void t.test('a mark that somebody else wrote is written over once', (test) => {
  const status = { isCurrent: true, expectedPods: 3, currentHealthy: 3, stall: undefined }
  const marked = (mark: string) => ({ ...companionOf({ annotations: { 'holdfast.dev/gave-way': mark } }), status })
  test.strictSame(plan(...seen(marked('5'))), [[`update ${name}`], false])
  test.match(desiredCompanion(sceneOf({}, marked('5'))), {
    manifest: { metadata: { annotations: { 'holdfast.dev/gave-way': '0' } } },
    gaveWay: undefined
  })
  for (const mark of ['0', 'soon', '-1']) test.strictSame(plan(...seen(marked(mark))), [[], false], mark)
  test.end()
})

void t.test('a companion that is missing is made, one that is right is left', (test) => {
  test.strictSame(plan({}), [[`create ${name}`], false])
  test.strictSame(plan(...seen(companionOf())), [[], false])
  const more = companionOf({
    labels: { ...companionOf().metadata.labels, team: 'a' },
    annotations: { note: 'x' },
    ownerReferences: [...(ownedBy({}).ownerReferences ?? []), { kind: 'App', name: 'app', uid: 'u-app' }]
  })
  test.strictSame(plan(...seen(more)), [[], false], 'what others added is theirs')
  test.end()
})

const drifts: Readonly<Record<string, Budget>> = {
  'another bound': companionOf({}, { ...right, maxUnavailable: 2 }),
  'the same bound as a text': companionOf({}, { ...right, maxUnavailable: '1' }),
  'no bound': companionOf({}, { unhealthyPodEvictionPolicy: 'AlwaysAllow', selector }),
  'another policy for unhealthy pods': companionOf({}, { ...right, unhealthyPodEvictionPolicy: 'IfHealthyBudget' }),
  'no policy for unhealthy pods': companionOf({}, { maxUnavailable: 1, selector }),
  'another selector': companionOf({}, { ...right, selector: { matchLabels: { app: 'web', track: 'stable' } } }),
  'no owner': companionOf({ ownerReferences: [] })
}

for (const [what, companion] of Object.entries(drifts)) {
  void t.test(`a companion with ${what} is put right`, (test) => {
    test.strictSame(plan(...seen(companion)), [[`update ${name}`], false])
    test.end()
  })
}

void t.test('a companion that was given another bound as well is made anew', (test) => {
  const [actions, urgent] = plan(...seen(companionOf({}, { ...right, minAvailable: 2 })))
  test.strictSame([actions, urgent], [[`remove ${name}: its bound was changed to minAvailable`], false])
  test.end()
})

void t.test('evictions fail until it is removed where another budget is, so that is urgent', (test) => {
  const [around, named] = seen(companionOf())
  const beside = { ...around, budgets: [...(around.budgets ?? []), budgetOf('payments')] }
  const why = 'PodDisruptionBudget payments selects the same pods'
  test.strictSame(plan(beside, named), [[`remove ${name}: ${why}`], true])
  const shared = { ...around, overlapping: [workloadOf({}, { name: 'canary' })] }
  test.match(plan(shared, named), [[`remove ${name}: its selector also matches the pods of Deployment canary`], true])
  test.end()
})

void t.test('what nobody asks for any more is removed in its turn', (test) => {
  const [around, named] = seen(companionOf())
  const namespace = { labels: {}, terminating: false }
  const why = 'neither its namespace nor the configuration asks for one'
  test.strictSame(plan({ ...around, namespace }, named), [[`remove ${name}: ${why}`], false])
  const audit = { labels: { 'holdfast.dev/mode': 'audit' }, terminating: false }
  test.strictSame(plan({ ...around, namespace: audit }, named), [
    [`remove ${name}: its namespace is in audit mode`],
    false
  ])
  test.strictSame(plan({ ...around, workload: workloadOf({ replicas: 1 }) }, named), [
    [`remove ${name}: it runs 1 replica`],
    false
  ])
  test.strictSame(plan({ ...around, workload: undefined }, named), [[`remove ${name}: its workload is gone`], false])
  test.strictSame(plan({ namespace: audit }), [[], false], 'where none is there is nothing to do')
  test.end()
})

void t.test('what is left of an earlier workload goes before a new one is made', (test) => {
  const why = 'it belongs to no existing workload'
  test.strictSame(plan(...seen(companionOf(ownedBy({ uid: 'u-old' })))), [[`remove ${name}: ${why}`], false])
  const renamed = companionOf({ name: 'web-companion' })
  test.strictSame(plan({ companions: [renamed] }), [[`remove web-companion: ${why}`], false])
  test.end()
})

void t.test('what others own is never touched', (test) => {
  const foreign = [
    budgetOf('payments'),
    companionOf({ labels: {} }),
    companionOf({ labels: { 'app.kubernetes.io/managed-by': 'helm', 'holdfast.dev/companion': 'true' } }),
    companionOf(ownedBy({ name: 'api' })),
    companionOf(ownedBy({ apiVersion: 'example.com/v1' })),
    companionOf({ namespace: 'other' })
  ]
  for (const budget of foreign) {
    test.strictSame(plan({ budgets: [budget] }, budget), [[], true])
    test.strictSame(plan({ workload: undefined, companions: [budget] }, budget), [[], false])
  }
  test.end()
})

void t.test('nothing is done while it all goes by itself, or while nothing is known', (test) => {
  const [around, named] = seen(companionOf({}, { ...right, maxUnavailable: 3 }))
  const going = { metadata: { ...workloadOf().metadata, deletionTimestamp: '2026-11-21T04:00:00Z' } }
  test.strictSame(plan({ ...around, workload: workloadOf(going) }, named), [[], false])
  test.strictSame(plan({ ...around, namespace: { labels: {}, terminating: true } }, named), [[], false])
  const desired = desiredCompanion({ ...sceneOf(), around: unknown('stale') })
  test.strictSame(actionsFor(desired, { ref: web, around: aroundOf(), named }).actions, [])
  test.end()
})
