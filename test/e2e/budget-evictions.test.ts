import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { budgetsOf } from '../support/cluster-budgets.ts'
import { evict } from '../support/cluster-evict.ts'
import { userIn } from '../support/cluster-user.ts'
import type { ApiServer } from '../support/control-plane.ts'
import { openSharedServer } from '../support/shared-server.ts'
import { type EvictedPod, evictionOutcome, type SelectingBudget } from '../support/eviction.ts'

const evictees: Readonly<Record<string, EvictedPod>> = {
  ready: { phase: 'Running', ready: true, terminating: false },
  unready: { phase: 'Running', ready: false, terminating: false },
  pending: { phase: 'Pending', ready: false, terminating: false },
  succeeded: { phase: 'Succeeded', ready: false, terminating: false },
  failed: { phase: 'Failed', ready: false, terminating: false },
  lost: { phase: 'Unknown', ready: true, terminating: false },
  leaving: { phase: 'Running', ready: true, terminating: true }
}

const policies = [undefined, 'IfHealthyBudget', 'AlwaysAllow'] as const
const counts = [
  { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1 },
  { currentHealthy: 2, desiredHealthy: 2, disruptionsAllowed: 0 },
  { currentHealthy: 1, desiredHealthy: 2, disruptionsAllowed: 0 },
  { currentHealthy: 3, desiredHealthy: 0, disruptionsAllowed: 0 },
  { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0 },
  { currentHealthy: 2, desiredHealthy: 2, disruptionsAllowed: 0, syncFailed: 'no scale' }
]

const states: readonly SelectingBudget[] = policies.flatMap((policy) =>
  counts.flatMap((count) =>
    [true, false].flatMap((observed) =>
      [0, 2000, 2001].map((disruptedPods) => ({
        name: 'web',
        observed,
        disruptedPods,
        ...count,
        ...(policy === undefined ? {} : { unhealthyPodEvictionPolicy: policy })
      }))
    )
  )
)

const namespace = 'evictions'
const budgets = budgetsOf(namespace)
const labels = { app: 'web' }

// Nobody but the test writes a status here.
const server = await openSharedServer(tap)
if (server !== undefined) {
  const api = openApi(server)
  tap.teardown(() => api.close())
  await createEvictees(server, api)
  await tap.test('the eviction API answers as foretold', async (t) => {
    await t.test('without budget', (test) => checkEvictions(test, api, []))
    await createBudget(api, 'web')
    for (const state of states) await t.test(factOf(state), (test) => checkState(test, api, state))
    await createBudget(api, 'another')
    await t.test('with two budgets', (test) => checkEvictions(test, api, states.slice(0, 2)))
  })
}

function factOf(state: SelectingBudget): string {
  return `with a budget of ${JSON.stringify({ ...state, name: undefined })}`
}

async function createEvictees(cluster: ApiServer, api: ClusterApi): Promise<void> {
  const user = await userIn(cluster, namespace, {})
  const items = Object.keys(evictees).map((name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'registry.example/nginx:1.29' }] }
  }))
  await user.must(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
  for (const [name, { phase, ready, terminating }] of Object.entries(evictees)) {
    const status = { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] }
    await api.must('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status })
    if (terminating) await user.must(['delete', 'pod', name, '--wait=false', '--grace-period=600'])
  }
}

async function createBudget(api: ClusterApi, name: string): Promise<void> {
  const spec = { maxUnavailable: 1, selector: { matchLabels: labels } }
  await api.must('POST', budgets, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec })
}

/** Puts the budget into a state, as the disruption controller would have left it. */
async function writeState(api: ClusterApi, state: SelectingBudget): Promise<void> {
  const { name, observed, unhealthyPodEvictionPolicy = null, syncFailed, disruptedPods, ...numbers } = state
  const edited = await api.must('PATCH', `${budgets}/${name}`, { spec: { unhealthyPodEvictionPolicy } })
  const { metadata, ...rest } = edited as { metadata: { generation: number } }
  const now = new Date().toISOString().replace(/\.\d+/, '')
  const condition = { type: 'DisruptionAllowed', status: 'False', lastTransitionTime: now }
  const status = {
    ...numbers,
    expectedPods: 3,
    observedGeneration: observed ? metadata.generation : metadata.generation - 1,
    disruptedPods: Object.fromEntries(Array.from({ length: disruptedPods }, (_, index) => [`gone-${index}`, now])),
    conditions: syncFailed === undefined ? [] : [{ ...condition, reason: 'SyncFailed', message: syncFailed }]
  }
  await api.must('PUT', `${budgets}/${name}/status`, { ...rest, metadata, status })
}

async function checkState(t: Test, api: ClusterApi, state: SelectingBudget): Promise<void> {
  await writeState(api, state)
  await checkEvictions(t, api, [state])
}

/** In a dry run, so that the next state finds the same pods. */
async function checkEvictions(t: Test, api: ClusterApi, selecting: readonly SelectingBudget[]): Promise<void> {
  for (const [name, pod] of Object.entries(evictees)) {
    const found = await evict(api, namespace, name, { dryRun: ['All'] })
    t.strictSame(found, evictionOutcome(pod, selecting), `the ${name} pod`)
  }
}
