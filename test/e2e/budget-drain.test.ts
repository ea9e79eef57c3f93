import tap, { type Test } from 'tap'
import { disruptionsOf } from '../../src/kube/disruptions.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { budgetsOf, createBudget, isSynced, type LiveBudget, syncFailure } from '../support/cluster-budgets.ts'
import { evict } from '../support/cluster-evict.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { type PodOwner, podsOwnedBy } from '../support/cluster-workloads.ts'

const namespace = 'drain'
const pods = `/api/v1/namespaces/${namespace}/pods`
const evicted = { status: 201 }

interface Cluster {
  readonly user: NamespaceUser
  readonly api: ClusterApi
}

const controlPlane = await openControlPlane(tap, { kwok: true })
if (controlPlane !== undefined) {
  const api = openApi(controlPlane)
  tap.teardown(() => api.close())
  await createNodes(controlPlane)
  const cluster = { user: await userIn(controlPlane, namespace, {}), api }
  await createCustomKinds(cluster)
  await tap.test('maxUnavailable 1 lets every pod go in the end', (t) => checkOneByOne(t, cluster))
  await tap.test('maxUnavailable 0 lets none go', (t) => checkNone(t, cluster))
  await tap.test('two budgets refuse whatever they allow', (t) => checkTwo(t, cluster))
  await tap.test('an unready pod goes as soon as AlwaysAllow is set', (t) => checkUnready(t, cluster))
  await tap.test('a budget over a DaemonSet lets none go', (t) => checkDaemons(t, cluster))
  await tap.test('a custom kind counts by its scale', (t) => checkScalable(t, cluster))
  await tap.test('a custom kind without scale cannot be counted', (t) => checkUnscalable(t, cluster))
}

/** The names of the pods of a new object, once all are ready and its controller knows. */
async function podsOf({ user, api }: Cluster, kind: PodOwner, name: string, count: number): Promise<readonly string[]> {
  await user.create(podsOwnedBy(kind, name, count))
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`
  await waitFor({ what: `${name} to be ready`, seconds: 30 }, async () => {
    const { status } = (await api.must('GET', path)) as { status?: { readyReplicas?: number; numberReady?: number } }
    return (status?.readyReplicas ?? status?.numberReady) === count ? true : undefined
  })
  const { items } = (await api.must('GET', `${pods}?labelSelector=app%3D${name}`)) as {
    items: readonly { metadata: { name: string } }[]
  }
  return items.map(({ metadata }) => metadata.name)
}

async function checkOneByOne(t: Test, cluster: Cluster): Promise<void> {
  const [first = '', ...others] = await podsOf(cluster, 'Deployment', 'web', 3)
  await createBudget(cluster.api, namespace, 'web', { app: 'web', maxUnavailable: 1 })
  t.strictSame(await evict(cluster.api, namespace, first), evicted, 'the first goes at once')
  for (const name of others) {
    const status = await waitFor({ what: `${name} to go`, seconds: 20 }, async () => {
      const answer = await evict(cluster.api, namespace, name)
      return answer.status === 429 ? undefined : answer.status
    })
    t.equal(status, 201, 'the next goes as soon as there is a new pod for the last')
  }
}

async function checkNone(t: Test, cluster: Cluster): Promise<void> {
  const [name = ''] = await podsOf(cluster, 'Deployment', 'kept', 2)
  await createBudget(cluster.api, namespace, 'kept', { app: 'kept', maxUnavailable: 0 })
  const says = 'The disruption budget kept needs 2 healthy pods and has 2 currently'
  t.strictSame(await evict(cluster.api, namespace, name), { status: 429, says })
}

async function checkTwo(t: Test, cluster: Cluster): Promise<void> {
  const [name = ''] = await podsOf(cluster, 'StatefulSet', 'twice', 2)
  await createBudget(cluster.api, namespace, 'one', { app: 'twice', maxUnavailable: 1 })
  await createBudget(cluster.api, namespace, 'other', { app: 'twice', maxUnavailable: 1 })
  const says = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
  t.strictSame(await evict(cluster.api, namespace, name), { status: 500, says })
  await cluster.user.must(['delete', 'poddisruptionbudget', 'other'])
  t.strictSame(await evict(cluster.api, namespace, name), evicted, 'without the other it goes')
}

async function checkUnready(t: Test, cluster: Cluster): Promise<void> {
  const { api } = cluster
  const [name = ''] = await podsOf(cluster, 'Deployment', 'unready', 1)
  await api.must('PATCH', `${pods}/${name}/status`, { status: { conditions: [{ type: 'Ready', status: 'False' }] } })
  const bounds = { app: 'unready', maxUnavailable: 0 }
  const { status } = await createBudget(
    api,
    namespace,
    'unready',
    bounds,
    (budget) => budget.status.currentHealthy === 0 && isSynced(budget)
  )
  const { expectedPods, desiredHealthy, disruptionsAllowed } = status
  const computed = disruptionsOf({ maxUnavailable: 0 }, [{ kind: 'Deployment', replicas: 1, scalable: true }], 0)
  t.strictSame(computed, { expectedPods, desiredHealthy, disruptionsAllowed })
  const says = 'The disruption budget unready needs 1 healthy pods and has 0 currently'
  t.strictSame(await evict(api, namespace, name), { status: 429, says })
  await api.must('PATCH', `${budgetsOf(namespace)}/unready`, { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } })
  t.strictSame(await evict(api, namespace, name), evicted)
}

/** A budget that never was synced counts as just edited, and says so for ever; one that was says what is wrong. */
async function checkDaemons(t: Test, cluster: Cluster): Promise<void> {
  const { api } = cluster
  const [late = ''] = await podsOf(cluster, 'DaemonSet', 'late', 3)
  const never = await createBudget(api, namespace, 'late', { app: 'late', maxUnavailable: 1 })
  t.equal(syncFailure(never), noScale('daemonsets.apps'))
  t.strictSame(await evict(api, namespace, late), processing('late'), 'pods before their budget')
  await createBudget(api, namespace, 'early', { app: 'early', maxUnavailable: 1 })
  const [early = ''] = await podsOf(cluster, 'DaemonSet', 'early', 3)
  const why = `it failed sync: ${noScale('daemonsets.apps')}`
  const says = `The disruption budget early does not allow evicting pods currently because ${why}`
  const answer = await waitFor({ what: 'budget early to fail', seconds: 20 }, async () => {
    const { items } = (await api.must('GET', budgetsOf(namespace))) as { items: readonly LiveBudget[] }
    const failed = items.some((budget) => budget.metadata.name === 'early' && syncFailure(budget) !== undefined)
    return failed ? evict(api, namespace, early) : undefined
  })
  t.strictSame(answer, { status: 429, says }, 'the budget before its pods')
}

function noScale(resource: string): string {
  return `${resource} does not implement the scale subresource`
}

function processing(name: string): object {
  return { status: 429, retryAfter: 10, says: `The disruption budget ${name} is still being processed by the server.` }
}

/** Early: the disruption controller looks for new kinds every 30 s. */
async function createCustomKinds({ user }: Cluster): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' }
  const items = (['Rollout', 'Fleet'] as const).map((kind) => {
    const subresources = kind === 'Rollout' ? { scale } : {}
    const names = { kind, singular: kind.toLowerCase(), plural: `${kind.toLowerCase()}s` }
    const versions = [{ name: 'v1', served: true, storage: true, schema, subresources }]
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${names.plural}.example.test` },
      spec: { group: 'example.test', scope: 'Namespaced', names, versions }
    }
  })
  await user.must(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
}

/** The budget over two running pods of an object that wants three, once the controller knows its kind. */
async function budgetOver({ user, api }: Cluster, kind: 'Rollout' | 'Fleet'): Promise<LiveBudget> {
  const name = kind.toLowerCase()
  const apiVersion = 'example.test/v1'
  const objects = `/apis/${apiVersion}/namespaces/${namespace}/${name}s`
  const created = await api.must('POST', objects, { apiVersion, kind, metadata: { name }, spec: { replicas: 3 } })
  const { uid } = (created as { metadata: { uid: string } }).metadata
  const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }]
  for (const pod of ['one', 'two']) {
    const metadata = { name: `${name}-${pod}`, labels: { app: name }, ownerReferences }
    await api.must('POST', pods, { ...podsOwnedBy('Pod', name, 1), metadata })
  }
  await user.must(['wait', 'pod', '--selector', `app=${name}`, '--for=condition=Ready', '--timeout=30s'])
  await createBudget(api, namespace, name, { app: name, maxUnavailable: 2 })
  return waitFor({ what: `the controller to know ${kind}`, seconds: 45, everyMilliseconds: 500 }, async () => {
    const annotations = { 'example.test/looked-at': new Date().toISOString() }
    const budget = (await api.must('PATCH', `${budgetsOf(namespace)}/${name}`, {
      metadata: { annotations }
    })) as LiveBudget
    const known = budget.status.currentHealthy === 2 || syncFailure(budget)?.endsWith('scale subresource') === true
    return known ? budget : undefined
  })
}

async function checkScalable(t: Test, cluster: Cluster): Promise<void> {
  const { status } = await budgetOver(cluster, 'Rollout')
  const { expectedPods, desiredHealthy, disruptionsAllowed } = status
  const computed = disruptionsOf({ maxUnavailable: 2 }, [{ kind: 'Rollout', replicas: 3, scalable: true }], 2)
  t.strictSame(computed, { expectedPods, desiredHealthy, disruptionsAllowed })
  t.strictSame(await evict(cluster.api, namespace, 'rollout-one'), evicted)
}

async function checkUnscalable(t: Test, cluster: Cluster): Promise<void> {
  const budget = await budgetOver(cluster, 'Fleet')
  t.equal(syncFailure(budget), noScale('fleets.example.test'))
  const selected = [{ kind: 'Fleet', replicas: 3, scalable: false }]
  t.equal(disruptionsOf({ maxUnavailable: 2 }, selected, 2), 'cannot be counted')
  t.strictSame(await evict(cluster.api, namespace, 'fleet-one'), processing('fleet'))
}
