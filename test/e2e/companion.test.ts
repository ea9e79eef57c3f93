import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { asksForCompanions, budgetsIn, budgetWrites, eventsOf, untilBudgets } from '../support/cluster-companions.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { evict } from '../support/cluster-evict.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const name = 'holdfast-deployment-web'

const controlPlane = await openControlPlane(tap, { scheduler: false })
if (controlPlane !== undefined) {
  await tap.test('companions', async (t) => {
    const controller = await openController(t, controlPlane)
    await t.test('is what it is said to be', (test) => checkCompanion(test, controlPlane))
    await t.test('as many replicas as it takes', (test) => checkReplicas(test, controlPlane))
    await t.test('a floor of one', (test) => checkFloor(test, controlPlane))
    await t.test('what people ask for', (test) => checkWishes(test, controlPlane))
    await t.test('what people do to it', (test) => checkDrift(test, controlPlane))
    await t.test('what is taken over or taken', (test) => checkTaken(test, controlPlane))
    await t.test('a budget for labels of run time', (test) => checkRunTime(test, controlPlane))
    await t.test('workloads that share pods', (test) => checkShared(test, controlPlane))
    await t.test('the end of a workload', (test) => checkEnd(test, controlPlane))
    await t.test('the end of a namespace', (test) => checkNamespace(test, controlPlane))
    await t.test('the end of the wish', (test) => checkOptOut(test, controlPlane))
    await t.test('audit mode', (test) => checkAudit(test, controlPlane, controller))
    t.equal(await controller.metric('holdfast_reconcile_errors_total'), 0, 'nothing failed on the way')
    t.equal(await controller.metric('holdfast_leader'), 1)
    await t.test('a quota on budgets', (test) => checkQuota(test, controlPlane))
  })
}

async function withDeployment(plane: ControlPlane, namespace: string, replicas = 3): Promise<NamespaceUser> {
  const user = await userIn(plane, namespace, asksForCompanions)
  await user.create(podsOwnedBy('Deployment', 'web', replicas))
  return user
}

async function checkCompanion(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'plain')
  await user.create(podsOwnedBy('StatefulSet', 'db', 2))
  await user.create(podsOwnedBy('DaemonSet', 'agent', 1))
  const budgets = await untilBudgets(user, [name, 'holdfast-statefulset-db'])
  const { metadata, spec } = budgets.find((budget) => budget.metadata.name === name) ?? {}
  t.strictSame(spec, {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'batch.kubernetes.io/job-name', operator: 'DoesNotExist' }]
    }
  })
  t.strictSame(metadata?.labels, { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' })
  const { stdout: uid } = await user.must(['get', 'deployment', 'web', '--output=jsonpath={.metadata.uid}'])
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid }
  t.strictSame(metadata?.ownerReferences, [{ ...owner, controller: true, blockOwnerDeletion: false }])
  t.match(metadata?.managedFields?.[0], { manager: 'holdfast', operation: 'Apply' })
  await user.must(['annotate', 'deployment', 'web', 'holdfast.dev/max-unavailable=34%'])
  await untilSpec(user, { maxUnavailable: '34%' })
  await user.must(['annotate', 'deployment', 'web', '--overwrite', 'holdfast.dev/max-unavailable=0'])
  await untilSpec(user, { maxUnavailable: 1 })
  const says = 'holdfast.dev/max-unavailable: "0" is neither 1 or more nor 1% to 100%; Holdfast uses 1'
  await untilEvent(t, user, `MaxUnavailableRefused: ${says}`)
}

async function untilSpec(user: NamespaceUser, wanted: Readonly<Record<string, unknown>>): Promise<void> {
  await waitFor({ what: `${name} with ${JSON.stringify(wanted)}`, seconds: 20 }, async () => {
    const found = (await budgetsIn(user)).find(({ metadata }) => metadata.name === name)
    const spec: Readonly<Record<string, unknown>> = { ...found?.spec }
    return Object.entries(wanted).every(([key, value]) => spec[key] === value) ? true : undefined
  })
}

async function untilEvent(t: Test, user: NamespaceUser, event: string): Promise<void> {
  let events: readonly string[] = []
  const details = () => events.join('\n')
  await waitFor({ what: `the event ${event}`, seconds: 20, details }, async () => {
    events = await eventsOf(user, 'Deployment', 'web')
    return events.includes(event) ? true : undefined
  })
  t.pass(event)
}

async function checkReplicas(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'replicas')
  await untilBudgets(user, [name])
  await user.must(['scale', 'deployment', 'web', '--replicas=1'])
  await untilBudgets(user, [])
  await untilEvent(t, user, `CompanionRemoved: Removed the companion PodDisruptionBudget ${name}: it runs 1 replica`)
  await user.must(['scale', 'deployment', 'web', '--replicas=3'])
  await untilBudgets(user, [name])
}

async function checkFloor(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'floor')
  await untilBudgets(user, [name])
  await user.must(['scale', 'deployment', 'web', '--replicas=1'])
  await untilBudgets(user, [])
  await user.must(['autoscale', 'deployment', 'web', '--min=1', '--max=5', '--cpu=50%'])
  await untilBudgets(user, [name])
  t.pass('one replica that an autoscaler may add to has one')
  const api = openApi(plane)
  t.teardown(() => api.close())
  const dryRun = { dryRun: ['All'] }
  const [only = ''] = await readyPods(api, user, 1)
  t.equal((await evict(api, 'floor', only, dryRun)).status, 201, 'the only pod may go')
  await user.must(['scale', 'deployment', 'web', '--replicas=4'])
  const [first = '', second = ''] = await readyPods(api, user, 4)
  t.equal((await evict(api, 'floor', first)).status, 201, 'of four one may go')
  t.equal((await evict(api, 'floor', second, dryRun)).status, 429, 'and no second one')
  await user.must(['scale', 'deployment', 'web', '--replicas=1'])
  const [last = ''] = await readyPods(api, user, 1)
  t.equal((await evict(api, 'floor', last, dryRun)).status, 201, 'the only pod may go again')
  await user.must(['patch', 'horizontalpodautoscaler', 'web', '--patch={"spec":{"maxReplicas":1}}'])
  await untilBudgets(user, [])
  t.pass('one that stays alone has none')
}

interface Pods {
  readonly items: readonly { readonly metadata: { readonly name: string } }[]
}

interface Counted {
  readonly status: {
    readonly expectedPods: number
    readonly currentHealthy: number
    readonly disruptionsAllowed: number
  }
}

/** The pods of `web`, once they are as many as that, called ready, and counted by the companion. */
async function readyPods(api: ClusterApi, user: NamespaceUser, count: number): Promise<readonly string[]> {
  const { namespace } = user
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
  return waitFor({ what: `${count} ready pods in ${namespace}`, seconds: 40 }, async () => {
    const { items } = (await user.read('api/v1', 'pods?labelSelector=app%3Dweb')) as Pods
    const pods = items.map(({ metadata }) => metadata.name)
    if (pods.length !== count) return undefined
    for (const pod of pods) await api.must('PATCH', `/api/v1/namespaces/${namespace}/pods/${pod}/status`, { status })
    const { status: counted } = (await user.read('apis/policy/v1', `poddisruptionbudgets/${name}`)) as Counted
    const { expectedPods, currentHealthy, disruptionsAllowed } = counted
    return [expectedPods, currentHealthy, disruptionsAllowed].join() === [count, count, 1].join() ? pods : undefined
  })
}

async function checkQuota(t: Test, plane: ControlPlane): Promise<void> {
  const user = await userIn(plane, 'quota', asksForCompanions)
  const budgets = 'count/poddisruptionbudgets.policy'
  const spec = { hard: { [budgets]: '0' } }
  await user.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec })
  await waitFor({ what: 'the quota to be counted', seconds: 30 }, async () => {
    const { stdout } = await user.must(['get', 'resourcequota', 'few', '--output=jsonpath={.status.hard}'])
    return stdout.includes(budgets) ? true : undefined
  })
  await user.create(podsOwnedBy('Deployment', 'web', 3))
  const forbidden = `poddisruptionbudgets.policy "${name}" is forbidden: exceeded quota: few`
  const numbers = `requested: ${budgets}=1, used: ${budgets}=0, limited: ${budgets}=0`
  const refusal = `Cannot create the companion PodDisruptionBudget ${name}: ${forbidden}, ${numbers}`
  await untilEvent(t, user, `CompanionRefused: ${refusal}`)
  await user.must(['delete', 'resourcequota', 'few'])
  await untilBudgets(user, [name])
  t.strictSame(await eventsOf(user, 'Deployment', 'web'), [`CompanionRefused: ${refusal}`], 'once')
}

async function checkWishes(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'wishes')
  await untilBudgets(user, [name])
  for (const annotation of ['inject=disabled', 'exempt.disruption-budget=has its own']) {
    const [key = ''] = annotation.split('=')
    await user.must(['annotate', 'deployment', 'web', `holdfast.dev/${annotation}`])
    await untilBudgets(user, [])
    await user.must(['annotate', 'deployment', 'web', `holdfast.dev/${key}-`])
    await untilBudgets(user, [name])
    t.pass(annotation)
  }
}

async function checkDrift(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'drift')
  const [before] = await untilBudgets(user, [name])
  await user.must(['patch', 'poddisruptionbudget', name, '--type=merge', '--patch={"spec":{"maxUnavailable":3}}'])
  await untilSpec(user, { maxUnavailable: 1 })
  t.equal((await budgetsIn(user))[0]?.metadata.uid, before?.metadata.uid, 'an edit is put right in place')
  await user.must(['delete', 'poddisruptionbudget', name])
  await untilBudgets(user, [name])
  const patch = '--patch={"spec":{"minAvailable":3,"maxUnavailable":null}}'
  await user.must(['patch', 'poddisruptionbudget', name, '--type=merge', patch])
  await untilSpec(user, { maxUnavailable: 1, minAvailable: undefined })
  await user.must(['label', 'deployment', 'web', 'team=a'])
  await user.must([
    'patch',
    'poddisruptionbudget',
    name,
    '--type=merge',
    '--patch={"metadata":{"ownerReferences":null}}'
  ])
  await waitFor({ what: 'the owner to be put back', seconds: 30 }, async () => {
    const [budget] = await budgetsIn(user)
    return budget?.metadata.ownerReferences?.length === 1 ? true : undefined
  })
}

async function checkRunTime(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'run-time')
  await untilBudgets(user, [name])
  const selector = { matchLabels: { app: 'web', role: 'leader' } }
  const metadata = { name: 'leader' }
  await user.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { minAvailable: 1, selector }
  })
  await untilBudgets(user, ['leader'])
  await user.must(['delete', 'poddisruptionbudget', 'leader'])
  await untilBudgets(user, [name])
  t.pass('it makes way before a pod has the label')
}

async function checkTaken(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'taken')
  await untilBudgets(user, [name])
  await user.must(['label', 'poddisruptionbudget', name, 'holdfast.dev/companion-'])
  await user.must(['patch', 'poddisruptionbudget', name, '--type=merge', '--patch={"spec":{"maxUnavailable":2}}'])
  const why = `No companion PodDisruptionBudget is kept: PodDisruptionBudget ${name} selects the same pods`
  await untilEvent(t, user, `CompanionNotKept: ${why}`)
  await user.must(['scale', 'deployment', 'web', '--replicas=4'])
  t.match((await budgetsIn(user))[0]?.spec, { maxUnavailable: 2 }, 'theirs')
  const other = await userIn(plane, 'name-taken', asksForCompanions)
  const selector = { matchLabels: { app: 'other' } }
  const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec: { selector } }
  await other.create(budget)
  await other.create(podsOwnedBy('Deployment', 'web', 3))
  await untilEvent(
    t,
    other,
    `CompanionNotKept: No companion PodDisruptionBudget is kept: PodDisruptionBudget ${name} exists and does not belong to Holdfast`
  )
  t.strictSame((await budgetsIn(other))[0]?.spec, { selector }, 'untouched')
}

async function checkShared(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'shared')
  await untilBudgets(user, [name])
  const narrow = { app: 'web', track: 'canary' }
  const template = {
    metadata: { labels: narrow },
    spec: { containers: [{ name: 'web', image: 'registry.example/a' }] }
  }
  const spec = { replicas: 2, selector: { matchLabels: narrow }, template }
  await user.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'canary' }, spec })
  await untilBudgets(user, ['holdfast-deployment-canary'])
  const why = 'its selector also matches the pods of Deployment canary'
  await untilEvent(t, user, `CompanionRemoved: Removed the companion PodDisruptionBudget ${name}: ${why}`)
}

async function checkEnd(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'end')
  const [first] = await untilBudgets(user, [name])
  await user.must(['delete', 'deployment', 'web'])
  await untilBudgets(user, [])
  await user.create(podsOwnedBy('Deployment', 'web', 3))
  const [second] = await untilBudgets(user, [name])
  t.not(second?.metadata.uid, first?.metadata.uid)
  // What is orphaned is removed in a moment, or taken over by the next of that name, whichever is first.
  await user.must(['delete', 'deployment', 'web', '--cascade=orphan'])
  await user.create(podsOwnedBy('Deployment', 'web', 3))
  const { stdout: uid } = await user.must(['get', 'deployment', 'web', '--output=jsonpath={.metadata.uid}'])
  await waitFor({ what: 'the companion to belong to the new one', seconds: 20 }, async () => {
    const [budget] = await budgetsIn(user)
    return JSON.stringify(budget?.metadata.ownerReferences ?? []).includes(uid) ? true : undefined
  })
  await user.must(['delete', 'deployment', 'web', '--cascade=foreground'])
  await untilBudgets(user, [])
}

function writesIn(plane: ControlPlane, namespace: string): readonly string[] {
  const own = budgetWrites(plane).filter(({ budget }) => budget.startsWith(`${namespace}/`))
  return own.map(({ verb }) => verb)
}

async function checkNamespace(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'going')
  await untilBudgets(user, [name])
  const before = writesIn(plane, 'going')
  t.strictSame(before, ['patch'])
  await user.must(['delete', 'namespace', 'going'])
  t.strictSame(writesIn(plane, 'going'), before, 'nothing is written to it any more')
}

async function checkOptOut(t: Test, plane: ControlPlane): Promise<void> {
  const user = await withDeployment(plane, 'opt-out')
  await untilBudgets(user, [name])
  const [before] = await user.replicaSets('web')
  const { metadata } = await user.deployment('web')
  await user.must(['label', 'namespace', 'opt-out', 'holdfast.dev/inject-'])
  await untilBudgets(user, [])
  t.strictSame(await user.replicaSets('web'), [before], 'nothing is rolled out')
  t.equal((await user.deployment('web')).metadata.generation, metadata.generation)
}

async function checkAudit(t: Test, plane: ControlPlane, { metric, process }: Controller): Promise<void> {
  const user = await userIn(plane, 'audit', { 'holdfast.dev/mode': 'audit' })
  await user.create(podsOwnedBy('Deployment', 'web', 3))
  await waitFor({ what: 'the metric', seconds: 20 }, async () =>
    (await metric('holdfast_companions{state="would-keep"}')) === 1 ? true : undefined
  )
  t.strictSame(await budgetsIn(user), [])
  const line = '"workload":"apps/Deployment/audit/web","msg":"a companion would be kept"'
  await waitFor({ what: 'the log line', seconds: 5 }, async () => (process.log().includes(line) ? true : undefined))
  await checkQuiet(t, plane, user)
}

/** In warn mode either budget would be told of. Events come in order: after that of another namespace there will be none. */
async function checkQuiet(t: Test, plane: ControlPlane, audited: NamespaceUser): Promise<void> {
  const loud = await withDeployment(plane, 'loud')
  const own = ['create', 'poddisruptionbudget', 'own', '--selector=app=web', '--max-unavailable=100%']
  await audited.must(own)
  await loud.must(own)
  await waitFor({ what: 'the event in warn mode', seconds: 20 }, async () =>
    (await eventsOf(loud, 'Deployment', 'web')).length > 0 ? true : undefined
  )
  t.strictSame(await eventsOf(audited, 'Deployment', 'web'), [], 'an audited namespace gets no Event')
}
