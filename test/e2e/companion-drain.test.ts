import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { asksForCompanions, budgetsIn, eventsOf, untilBudgets } from '../support/cluster-companions.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { evict } from '../support/cluster-evict.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const name = 'holdfast-deployment-web'
const apart = 'batch.kubernetes.io/job-name'
const webLabels = { app: 'web' }
/** One write per second leaves most of these to be made. */
const crowd = 200
const giveWaySeconds = 6
const soon = { HOLDFAST_COMPANION_GIVE_WAY_SECONDS: String(giveWaySeconds) }
const slowly = { HOLDFAST_COMPANION_WRITES_PER_SECOND: '1', HOLDFAST_COMPANION_WRITES_BURST: '20' }
const boldly = { ...slowly, HOLDFAST_COMPANION_MAX_UNAVAILABLE: '2' }

interface Scene {
  readonly plane: ControlPlane
  readonly api: ClusterApi
}

const plane = await openControlPlane(tap, { kwok: true })
if (plane !== undefined) {
  const api = openApi(plane)
  tap.teardown(() => api.close())
  const nodes = await createNodes(plane)
  const scene = { plane, api }
  await tap.test('a controller that keeps up', async (t) => {
    const controller = await openController(t, plane, { environment: soon })
    await t.test('every node can be drained in turn', (test) => checkDrain(test, scene, nodes))
    await t.test('it makes way for another budget', (test) => checkForeign(test, scene, 'foreign'))
    await t.test('it makes way for one that protects nothing, and says so', (test) => checkLoose(test, scene))
    await t.test('pods of Jobs block no drain', (test) => checkJobs(test, scene))
    await t.test('it goes for pods that cannot be counted', (test) => checkStrangers(test, scene, controller))
    await t.test('it gives way to a pod that stays unready', (test) => checkUnready(test, scene, controller))
    await t.test('what may be a quorum keeps its majority', (test) => checkQuorum(test, scene))
    await t.test('it makes way for a budget over pods of an older template', (test) => checkOlder(test, scene))
    await t.test('it makes way for a budget by the name of a pod', (test) => checkPodName(test, scene))
    await t.test('it makes way for a budget by a role, which only looks like a companion', (test) =>
      checkRole(test, scene)
    )
  })
  await tap.test('a controller with much to do', async (t) => {
    await openController(t, plane, { environment: boldly })
    await t.test('it keeps the majority of voters, whatever it allows otherwise', (test) => checkVoters(test, scene))
    await t.test('it makes way all the same', (test) => checkForeign(test, scene, 'busy', crowd))
  })
}

async function running({ plane: cluster }: Scene, namespace: string): Promise<NamespaceUser> {
  const user = await userIn(cluster, namespace, asksForCompanions)
  await user.create(podsOwnedBy('Deployment', 'web', 3))
  await user.must(['rollout', 'status', 'deployment', 'web', '--timeout=60s'])
  await untilBudgets(user, [name])
  return user
}

async function checkDrain(t: Test, scene: Scene, nodes: readonly string[]): Promise<void> {
  await running(scene, 'drained')
  for (const node of nodes) {
    const { code, said, seconds } = await drain(scene, node)
    t.equal(code, 0, `${node}: ${said}`)
    t.comment(`${node} drained in ${seconds.toFixed(1)} s`)
  }
}

/** What dry runs of an eviction answered while `during` ran, each with the time of the answer. */
async function evictionsDuring(
  { api }: Scene,
  { namespace }: NamespaceUser,
  pod: string,
  during: () => Promise<void>
): Promise<readonly { status: number; at: number }[]> {
  const answers: { status: number; at: number }[] = []
  const over = new AbortController()
  const done = during().finally(() => over.abort())
  while (!over.signal.aborted) {
    const { status } = await evict(api, namespace, pod, { dryRun: ['All'] })
    answers.push({ status, at: Date.now() })
  }
  await done
  return answers
}

/** When a write of a budget was done, by the audit log. */
function writtenAt({ plane: cluster }: Scene, verb: string, namespace: string, budget: string): number {
  const found = cluster.auditLog().findLast(({ verb: done, objectRef, responseStatus }) => {
    const isThis = objectRef?.namespace === namespace && objectRef.name === budget && done === verb
    return isThis && objectRef.resource === 'poddisruptionbudgets' && (responseStatus?.code ?? 500) < 300
  })
  if (found === undefined) throw new Error(`${verb} of ${budget} is not in the audit log`)
  return Date.parse(found.stageTimestamp)
}

/** Deployments that make no pods: what is to be made for them is all that matters. */
async function fill(user: NamespaceUser, count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => {
    const deployment = podsOwnedBy('Deployment', `crowd-${index}`, 2) as { spec: object }
    return { ...deployment, spec: { ...deployment.spec, paused: true } }
  })
  await user.must(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
}

async function checkForeign(t: Test, scene: Scene, namespace: string, others = 0): Promise<void> {
  const user = await running(scene, namespace)
  if (others > 0) await fill(user, others)
  const { stdout: pod } = await user.must(['get', 'pods', '--output=jsonpath={.items[0].metadata.name}'])
  const selector = { matchLabels: { app: 'web' } }
  const foreign = { kind: 'PodDisruptionBudget', metadata: { name: 'own' }, spec: { maxUnavailable: 1, selector } }
  const answers = await evictionsDuring(scene, user, pod, async () => {
    await user.create({ apiVersion: 'policy/v1', ...foreign })
    await waitFor({ what: 'the companion to make way', seconds: 20 }, async () =>
      (await budgetsIn(user)).some(({ metadata }) => metadata.name === name) ? undefined : true
    )
    await new Promise((resolve) => setTimeout(resolve, 1000))
  })
  const gone = writtenAt(scene, 'delete', namespace, name)
  const failures = answers.filter(({ status }) => status === 500)
  t.comment(`${gone - writtenAt(scene, 'create', namespace, 'own')} ms with two budgets, by the audit log`)
  t.comment(`${failures.length} of ${answers.length} evictions asked for meanwhile failed`)
  t.strictSame(
    failures.filter(({ at }) => at > gone + 200),
    [],
    'none fails once it is gone'
  )
  t.ok(
    answers.some(({ status, at }) => status === 201 && at > gone),
    'and they are granted again'
  )
  if (others > 0) t.ok((await budgetCount(user)) < others, 'though many were still to be made')
  await user.must(['delete', 'poddisruptionbudget', 'own'])
  if (others === 0) await untilBudgets(user, [name])
}

async function budgetCount(user: NamespaceUser): Promise<number> {
  return (await budgetsIn(user)).length
}

async function podsOf(user: NamespaceUser, app = 'web'): Promise<readonly { name: string; node: string }[]> {
  const { items } = (await user.read('api/v1', `pods?labelSelector=app%3D${app}`)) as {
    items: readonly { metadata: { name: string }; spec: { nodeName: string } }[]
  }
  return items.map(({ metadata, spec }) => ({ name: metadata.name, node: spec.nodeName }))
}

async function drain(
  { plane: cluster }: Scene,
  node: string
): Promise<{ code: number; seconds: number; said: string }> {
  const began = performance.now()
  const { code, stderr: said } = await cluster.kubectl([
    'drain',
    node,
    '--ignore-daemonsets',
    '--force',
    '--timeout=60s'
  ])
  await cluster.kubectl(['uncordon', node])
  return { code, said, seconds: (performance.now() - began) / 1000 }
}

async function untilEvent(user: NamespaceUser, kind: string, owner: string, event: string): Promise<void> {
  let events: readonly string[] = []
  const details = () => events.join('\n')
  await waitFor({ what: `the event ${event}`, seconds: 20, details }, async () => {
    events = await eventsOf(user, kind, owner)
    return events.includes(event) ? true : undefined
  })
}

/** The spec of a companion, once it has these values. */
async function untilSpec(
  user: NamespaceUser,
  companion: string,
  wanted: Readonly<Record<string, unknown>>,
  seconds = 20
): Promise<void> {
  await waitFor({ what: `${companion} with ${JSON.stringify(wanted)}`, seconds }, async () => {
    const found = (await budgetsIn(user)).find(({ metadata }) => metadata.name === companion)
    const spec: Readonly<Record<string, unknown>> = { ...found?.spec }
    return Object.entries(wanted).every(([key, value]) => spec[key] === value) ? true : undefined
  })
}

/** Waits until the eviction of a pod is answered like that. */
async function untilEvicted(
  { api }: Scene,
  { namespace }: NamespaceUser,
  pod: string,
  wanted: number
): Promise<string> {
  let last = ''
  await waitFor({ what: `${pod} to get ${wanted}`, seconds: 20, details: () => last }, async () => {
    const { status, says = '' } = await evict(api, namespace, pod, { dryRun: ['All'] })
    last = `${status} ${says}`
    return status === wanted ? true : undefined
  })
  return last
}

async function makeUnready({ api }: Scene, { namespace }: NamespaceUser, pod: string): Promise<void> {
  const status = { conditions: [{ type: 'Ready', status: 'False' }] }
  await api.must('PATCH', `/api/v1/namespaces/${namespace}/pods/${pod}/status`, { status })
}

function budgetNamed(budget: string, spec: object): object {
  const whole = { selector: { matchLabels: webLabels }, ...spec }
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: budget }, spec: whole }
}

async function checkLoose(t: Test, scene: Scene): Promise<void> {
  const user = await running(scene, 'loose')
  await user.create(budgetNamed('loose', { maxUnavailable: '100%' }))
  await untilBudgets(user, ['loose'])
  const why = 'PodDisruptionBudget loose selects the same pods, and lets all of them go at once'
  await untilEvent(
    user,
    'Deployment',
    'web',
    `CompanionRemoved: Removed the companion PodDisruptionBudget ${name}: ${why}`
  )
  const pods = await podsOf(user)
  await untilEvicted(scene, user, pods[0]?.name ?? '', 201)
  for (const { name: pod } of pods) t.equal((await evict(scene.api, 'loose', pod)).status, 201, `${pod} may go`)
}

async function checkJobs(t: Test, scene: Scene): Promise<void> {
  const user = await running(scene, 'jobs')
  const job = {
    template: {
      metadata: { labels: webLabels },
      spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'registry.example/web:1' }] }
    }
  }
  const spec = { schedule: '0 3 * * *', jobTemplate: { spec: job } }
  await user.create({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly' }, spec })
  await user.must(['create', 'job', 'once', '--from=cronjob/nightly'])
  await waitFor({ what: 'the pod of the Job', seconds: 20 }, async () => {
    const { stdout } = await user.must(['get', 'pods', `--selector=${apart}=once`, '--output=name'])
    return stdout === '' ? undefined : true
  })
  const [first, second] = (await podsOf(user)).filter(({ name: pod }) => pod.startsWith('web-'))
  if (first === undefined || second === undefined) throw new Error('no pods')
  await untilEvicted(scene, user, first.name, 201)
  const drained = await drain(scene, first.node)
  t.equal(drained.code, 0, drained.said)
  t.strictSame(await eventsOf(user, 'Deployment', 'web'), [], 'there is nothing to say')
  await user.create(budgetNamed('own', { maxUnavailable: 1 }))
  await untilBudgets(user, ['own'])
  await user.must(['create', 'job', 'twice', '--from=cronjob/nightly'])
  await user.must(['rollout', 'status', 'deployment', 'web', '--timeout=60s'])
  const left = (await podsOf(user)).find(({ name: pod }) => pod.startsWith('web-'))?.name ?? ''
  const said = await untilEvicted(scene, user, left, 429)
  t.match(
    said,
    /jobs\.batch does not implement the scale subresource|still being processed/,
    'under the budget of a person'
  )
  const selector = { matchLabels: webLabels, matchExpressions: [{ key: apart, operator: 'DoesNotExist' }] }
  await user.must(
    ['apply', '--server-side', '--force-conflicts', '-f', '-'],
    budgetNamed('own', { maxUnavailable: 1, selector })
  )
  await untilEvicted(scene, user, left, 201)
  t.pass('a budget that leaves out the pods of Jobs blocks nothing')
}

/** A rollout that is paused: the pods have labels that the template no longer has. */
async function checkOlder(t: Test, scene: Scene): Promise<void> {
  const user = await running(scene, 'older')
  const relabel = (track: string) => {
    const template = { metadata: { labels: { ...webLabels, track } } }
    return user.must(['patch', 'deployment', 'web', `--patch=${JSON.stringify({ spec: { template } })}`])
  }
  await relabel('old')
  await user.must(['rollout', 'status', 'deployment', 'web', '--timeout=60s'])
  await user.must(['rollout', 'pause', 'deployment', 'web'])
  await relabel('new')
  const [pod] = await podsOf(user)
  await untilEvicted(scene, user, pod?.name ?? '', 201)
  await untilBudgets(user, [name])
  await user.create(budgetNamed('old', { maxUnavailable: 1, selector: { matchLabels: { track: 'old' } } }))
  await untilBudgets(user, ['old'])
  await untilEvicted(scene, user, pod?.name ?? '', 201)
  const drained = await drain(scene, pod?.node ?? '')
  t.equal(drained.code, 0, drained.said)
  await user.must(['rollout', 'resume', 'deployment', 'web'])
  await user.must(['rollout', 'status', 'deployment', 'web', '--timeout=60s'])
  await untilBudgets(user, [name, 'old'])
  t.pass('and comes back with the last pod of that template gone')
}

async function checkPodName(t: Test, scene: Scene): Promise<void> {
  const user = await userIn(scene.plane, 'pod-name', asksForCompanions)
  for (const set of ['db', 'cache']) await user.create(podsOwnedBy('StatefulSet', set, 2))
  await user.must(['rollout', 'status', 'statefulset', 'db', '--timeout=60s'])
  await untilBudgets(user, ['holdfast-statefulset-cache', 'holdfast-statefulset-db'])
  const selector = { matchLabels: { 'statefulset.kubernetes.io/pod-name': 'db-0' } }
  await user.create(budgetNamed('first', { minAvailable: 0, selector }))
  await untilBudgets(user, ['first', 'holdfast-statefulset-cache'])
  await untilEvicted(scene, user, 'db-0', 201)
  const why = 'PodDisruptionBudget first may select the same pods'
  await untilEvent(
    user,
    'StatefulSet',
    'db',
    `CompanionRemoved: Removed the companion PodDisruptionBudget holdfast-statefulset-db: ${why}`
  )
  t.pass('and the other set keeps its own')
}

async function checkRole(t: Test, scene: Scene): Promise<void> {
  const user = await running(scene, 'role')
  const labels = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
  const [pod] = await podsOf(user)
  await user.must(['label', 'pod', pod?.name ?? '', 'role=primary'])
  const budget = budgetNamed('forged', { minAvailable: 0, selector: { matchLabels: { role: 'primary' } } })
  await user.create({ ...budget, metadata: { name: 'forged', labels } })
  await untilBudgets(user, ['forged'])
  await untilEvicted(scene, user, pod?.name ?? '', 201)
  await user.must(['delete', 'poddisruptionbudget', 'forged'])
  await untilBudgets(user, [name])
  t.pass('and comes back without it')
}

/** A pod whose controller has no scale. */
async function createStranger({ api }: Scene, user: NamespaceUser): Promise<void> {
  const { namespace } = user
  const maker = await api.must('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'maker' } })
  const { uid } = (maker as { metadata: { uid: string } }).metadata
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'maker', uid, controller: true }]
  const metadata = { name: 'stranger', labels: webLabels, ownerReferences }
  await user.create({ ...podsOwnedBy('Pod', 'stranger', 1), metadata })
}

async function checkStrangers(t: Test, scene: Scene, controller: Controller): Promise<void> {
  const user = await running(scene, 'strangers')
  const [first] = await podsOf(user)
  if (first === undefined) throw new Error('no pods')
  await createStranger(scene, user)
  const began = performance.now()
  await untilBudgets(user, [])
  t.comment(`gone after ${((performance.now() - began) / 1000).toFixed(1)} s`)
  const why = 'the disruption controller cannot count its pods: configmaps does not implement the scale subresource'
  await untilEvent(
    user,
    'Deployment',
    'web',
    `CompanionRemoved: Removed the companion PodDisruptionBudget ${name}: ${why}`
  )
  t.equal(await controller.metric('holdfast_companions{state="withdrawn"}'), 1)
  const drained = await drain(scene, first.node)
  t.equal(drained.code, 0, drained.said)
  t.strictSame(await budgetsIn(user), [], 'it does not come back at once')
  await user.must(['delete', 'pod', 'stranger', '--ignore-not-found', '--wait'])
  await user.must(['annotate', 'deployment', 'web', 'holdfast.dev/inject=disabled'])
  await waitFor({ what: 'the state to be seen', seconds: 20 }, async () => {
    return (await controller.metric('holdfast_companions{state="withdrawn"}')) === 0 ? true : undefined
  })
  await user.must(['annotate', 'deployment', 'web', 'holdfast.dev/inject-'])
  await untilBudgets(user, [name])
  t.pass('it comes back when its owner asks for it')
}

async function checkUnready(t: Test, scene: Scene, controller: Controller): Promise<void> {
  const user = await running(scene, 'unready')
  const [broken, healthy] = await podsOf(user)
  if (broken === undefined || healthy === undefined) throw new Error('no pods')
  await untilEvicted(scene, user, healthy.name, 201)
  await makeUnready(scene, user, broken.name)
  const began = performance.now()
  await untilEvicted(scene, user, healthy.name, 429)
  const drained = await drain(scene, healthy.node)
  t.equal(drained.code, 0, drained.said)
  t.comment(`drained in ${drained.seconds.toFixed(1)} s`)
  t.ok(performance.now() - began > giveWaySeconds * 900, 'it waited')
  const note = '1 pod stays unready: it allows 2 instead of 1, so that the healthy ones can be evicted'
  await untilEvent(
    user,
    'Deployment',
    'web',
    `CompanionGaveWay: The companion PodDisruptionBudget ${name} gives way: ${note}`
  )
  t.equal(await controller.metric('holdfast_companions{state="gave-way"}'), 1)
  await untilSpec(user, name, { maxUnavailable: 2 })
  await user.must(['delete', 'pod', broken.name, '--ignore-not-found'])
  await untilSpec(user, name, { maxUnavailable: 1 })
  const mark = ['get', 'poddisruptionbudget', name, '--output=jsonpath={.metadata.annotations.holdfast\\.dev/gave-way}']
  t.equal((await user.must(mark)).stdout, '0', 'all are healthy: it is as before')
}

async function checkQuorum(t: Test, scene: Scene): Promise<void> {
  const companion = 'holdfast-statefulset-db'
  const user = await userIn(scene.plane, 'quorum', asksForCompanions)
  await user.create(podsOwnedBy('StatefulSet', 'db', 3))
  await user.must(['rollout', 'status', 'statefulset', 'db', '--timeout=60s'])
  await untilBudgets(user, [companion])
  await untilSpec(user, companion, { unhealthyPodEvictionPolicy: 'IfHealthyBudget', maxUnavailable: 1 })
  await untilEvicted(scene, user, 'db-2', 201)
  for (const pod of ['db-0', 'db-1']) await makeUnready(scene, user, pod)
  t.match(await untilEvicted(scene, user, 'db-0', 429), /needs 2 healthy pods and has 1/, 'unready is not dead')
  await untilSpec(user, companion, { unhealthyPodEvictionPolicy: 'AlwaysAllow', maxUnavailable: 1 })
  await untilEvicted(scene, user, 'db-0', 201)
  t.equal((await evict(scene.api, 'quorum', 'db-2', { dryRun: ['All'] })).status, 429, 'the healthy one stays')
  const why = '2 pods stay unready: unready pods may be evicted, the healthy ones may be a quorum and stay'
  await untilEvent(
    user,
    'StatefulSet',
    'db',
    `CompanionGaveWay: The companion PodDisruptionBudget ${companion} gives way: ${why}`
  )
  for (const pod of ['db-0', 'db-1']) await user.must(['delete', 'pod', pod])
  await untilSpec(user, companion, { unhealthyPodEvictionPolicy: 'IfHealthyBudget' })
}

interface Voter {
  metadata: { name: string; uid: string; deletionTimestamp?: string }
  status: { conditions?: readonly { type: string; status: string }[] }
}

function isReady({ metadata, status: { conditions = [] } }: Voter): boolean {
  return (
    metadata.deletionTimestamp === undefined && conditions.some((one) => one.type === 'Ready' && one.status === 'True')
  )
}

async function votersOf(user: NamespaceUser): Promise<readonly Voter[]> {
  return ((await user.read('api/v1', 'pods?labelSelector=app%3Ddb')) as { items: readonly Voter[] }).items
}

/** All are evicted at once, again and again, until each has been replaced. */
async function checkVoters(t: Test, scene: Scene): Promise<void> {
  const user = await userIn(scene.plane, 'voters', asksForCompanions)
  await user.create(podsOwnedBy('Deployment', 'web', 3))
  const set = podsOwnedBy('StatefulSet', 'db', 3)
  const annotations = { 'holdfast.dev/quorum': '3' }
  await user.create({ ...set, metadata: { name: 'db', annotations } })
  await user.must(['rollout', 'status', 'statefulset', 'db', '--timeout=60s'])
  await untilSpec(user, name, { maxUnavailable: 2 })
  await untilSpec(user, 'holdfast-statefulset-db', { maxUnavailable: 1 })
  await untilEvicted(scene, user, 'db-2', 201)
  const first = new Set((await votersOf(user)).map(({ metadata }) => metadata.uid))
  const counts: number[] = []
  let granted = 0
  await waitFor({ what: 'every voter to be replaced', seconds: 90 }, async () => {
    const voters = await votersOf(user)
    counts.push(voters.filter(isReady).length)
    const answers = await Promise.all(voters.map(({ metadata }) => evict(scene.api, 'voters', metadata.name)))
    granted += answers.filter(({ status }) => status === 201).length
    return voters.length === 3 && voters.every(({ metadata }) => !first.has(metadata.uid)) ? true : undefined
  })
  t.ok(granted >= 3, `${granted} evictions are granted`)
  t.ok(Math.min(...counts) >= 2, `of 3 voters ${Math.min(...counts)} are ready at least`)
}
