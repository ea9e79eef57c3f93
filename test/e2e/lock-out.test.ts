import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { bareDeployment, soundDeployment } from '../support/cluster-objects.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { serveService } from '../support/cluster-service.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { apply, denied, untilSaid } from '../support/cluster-verdict.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { chart, type Helm, helmFor, must } from '../support/helm.ts'
import { startInstalled } from '../support/installed-processes.ts'

const release = ['holdfast', chart, '--namespace', 'holdfast-system']
const closed = ['--set', 'defaultMode=enforce,webhook.failurePolicy.enforce=Fail,webhook.failurePolicy.mutate=Fail']
const unanswered = /failed calling webhook "(enforce|mutate)\.holdfast\.dev"/
const asks = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }
/** The API server learns of a configuration about a second after it is written. */
const learning = { seconds: 20, everyMilliseconds: 250 }

interface World {
  readonly plane: ControlPlane
  readonly api: ClusterApi
  readonly helm: Helm
}

interface Users {
  /** In a namespace that asks for everything. */
  readonly enforced: NamespaceUser
  readonly warned: NamespaceUser
  /** In a namespace without a label. */
  readonly unlabelled: NamespaceUser
}

async function openUsers(plane: ControlPlane): Promise<Users> {
  return {
    enforced: await userIn(plane, 'enforced', asks),
    warned: await userIn(plane, 'warned', { 'holdfast.dev/mode': 'warn' }),
    unlabelled: await userIn(plane, 'unlabelled', {})
  }
}

async function untilRefused(user: NamespaceUser, text: RegExp | string): Promise<void> {
  let last = ''
  const patience = { ...learning, what: `a refusal in ${user.namespace}`, details: () => last }
  await waitFor(patience, async () => {
    last = (await apply(user, bareDeployment('probe'), '--dry-run=server')).stderr
    return (typeof text === 'string' ? last.includes(text) : text.test(last)) ? true : undefined
  })
}

async function untilLetIn(user: NamespaceUser): Promise<void> {
  let last = ''
  const patience = { ...learning, what: `what is applied in ${user.namespace} to be let in`, details: () => last }
  await waitFor(patience, async () => {
    const { code, stderr } = await apply(user, bareDeployment('probe'), '--dry-run=server')
    last = stderr
    return code === 0 && stderr === '' ? true : undefined
  })
}

async function checkIgnore(t: Test, { helm }: World, { enforced, warned, unlabelled }: Users): Promise<void> {
  await must(helm(['install', ...release, '--create-namespace', '--wait', '--timeout=50s']))
  for (const user of [enforced, warned, unlabelled]) {
    const { code, stderr } = await apply(user, bareDeployment('web'))
    t.strictSame({ code, stderr }, { code: 0, stderr: '' }, user.namespace)
  }
  await must(enforced.kubectl(['create', '-f', '-'], podsOwnedBy('Deployment', 'running', 2)))
}

async function checkFail(t: Test, { helm }: World, { enforced, warned, unlabelled }: Users): Promise<void> {
  const fail = ['--set', 'webhook.failurePolicy.enforce=Fail']
  await must(helm(['upgrade', ...release, ...fail]))
  await untilRefused(enforced, /failed calling webhook "enforce\.holdfast\.dev"/)
  for (const user of [warned, unlabelled]) {
    const { code, stderr } = await apply(user, bareDeployment('other'))
    t.strictSame({ code, stderr }, { code: 0, stderr: '' }, user.namespace)
  }
}

const metadata = (name: string, labels = {}): object => ({ name, labels })
const clusterScoped: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: metadata('made-while-closed', asks) },
  { apiVersion: 'v1', kind: 'Node', metadata: metadata('node-9') },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: metadata('made'), rules: [] },
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: metadata('made'), value: 7 }
]

/** Everything fails that can be made to fail, and nobody answers. */
async function checkClosed(t: Test, { plane, helm }: World, { enforced, unlabelled }: Users): Promise<void> {
  const { kubectl } = plane
  await must(helm(['upgrade', ...release, '--reset-values', ...closed]))
  await untilRefused(unlabelled, unanswered)
  await untilRefused(enforced, unanswered)
  const ours = ['--namespace', 'holdfast-system']
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    'its own Deployments can be restarted': () => must(kubectl(['rollout', 'restart', 'deployment', ...ours])),
    'its own pods come up': () =>
      must(kubectl(['rollout', 'status', 'deployment/holdfast-webhook', ...ours, '--timeout=50s'])),
    'anything can be made beside it': () =>
      must(kubectl(['create', '-f', '-', ...ours], { input: bareDeployment('debug') })),
    'and in kube-system': () =>
      must(kubectl(['create', '-f', '-', '--namespace=kube-system'], { input: bareDeployment('dns') })),
    'what belongs to no namespace': () =>
      must(kubectl(['create', '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items: clusterScoped } })),
    'pods that are lost come back': () => checkPodsComeBack(enforced),
    'a workload can be deleted': () => must(enforced.kubectl(['delete', 'deployment', 'running'])),
    'a namespace can be taken out': () => must(kubectl(['label', 'namespace', 'unlabelled', 'holdfast.dev/mode=off'])),
    'and is out': () => untilLetIn(unlabelled),
    'and back in': () => must(kubectl(['label', 'namespace', 'unlabelled', 'holdfast.dev/mode-'])),
    'it can be upgraded': () =>
      must(helm(['upgrade', ...release, '--reuse-values', '--set', 'config.log.level=debug'])),
    'its configurations can be changed': () =>
      must(kubectl(['annotate', 'validatingwebhookconfiguration', 'holdfast', 'example.test/a=b'])),
    'it can be taken away': () => must(helm(['uninstall', 'holdfast', ...ours])),
    'and nothing is refused then': () => untilLetIn(enforced),
    'it can be installed again, as closed as it was': () => must(helm(['install', ...release, ...closed])),
    'and refuses again': () => untilRefused(enforced, unanswered),
    'it can be opened by hand': () =>
      must(kubectl(['delete', 'validatingwebhookconfiguration,mutatingwebhookconfiguration', 'holdfast'])),
    'and is open': () => untilLetIn(enforced),
    'a lost configuration comes back with the next upgrade': () =>
      must(helm(['upgrade', ...release, '--reset-values', ...closed])),
    'so that it refuses': () => untilRefused(enforced, unanswered)
  }
  for (const [name, step] of Object.entries(steps)) await t.resolves(step(), name)
}

async function checkPodsComeBack(user: NamespaceUser): Promise<void> {
  const running = async (): Promise<string> =>
    must(user.kubectl(['get', 'pods', '-l', 'app=running', '--field-selector=status.phase=Running', '--output=name']))
  const settled = () =>
    waitFor({ what: 'two pods', seconds: 30 }, async () => {
      const names = await running()
      return names.trim().split('\n').length === 2 ? names : undefined
    })
  const before = await settled()
  await must(user.kubectl(['delete', 'pods', '-l', 'app=running']))
  if ((await settled()) === before) throw new Error('the pods are still the same')
}

/** The repair of what is closed: Holdfast comes up by itself, and answers. Then one configuration after the other is turned off. */
async function checkRepair(t: Test, { plane, api }: World, { enforced, unlabelled }: Users): Promise<void> {
  const service = await serveService(t, api, 'holdfast-webhook')
  const controller = await startInstalled(t, plane, api, 'controller')
  const webhook = await startInstalled(t, plane, api, 'webhook')
  await Promise.all([controller.untilReady(), webhook.untilReady()])
  service.add(webhook)
  const bare = bareDeployment('probe', { ports: [] })
  await waitFor({ ...learning, what: 'the mutating webhook' }, async () => {
    const { stdout } = await apply(enforced, bare, '--dry-run=server', '--output=yaml')
    return stdout.includes('holdfast.dev/injected') ? true : undefined
  })
  await checkOwners(t, plane, enforced)
  await checkParts(t, plane, unlabelled)
  await checkComesBack(t, enforced)
  await must(plane.kubectl(['delete', 'mutatingwebhookconfiguration', 'holdfast']))
  await untilRefused(enforced, denied)
  t.pass('without the mutating one nothing is repaired, so what is missing is denied')
  await must(plane.kubectl(['delete', 'validatingwebhookconfiguration', 'holdfast']))
  await untilLetIn(enforced)
  t.pass('without the validating one nothing is denied')
}

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', name: 'cr' }
const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const custom = { apiVersion: 'example.test/v1', kind: 'Database', name: 'db' }
const hasty = { lifecycle: { preStop: { exec: { command: ['sleep', '60'] } } } }

/** Who writes an owner decides whether it counts. A dry run needs no owner that exists. */
async function checkOwners(t: Test, { kubectl }: ControlPlane, { namespace }: NamespaceUser): Promise<void> {
  const part = { ...bareDeployment('part', hasty), kind: 'ReplicaSet' }
  const budget = { ...policyBudget, spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'kept' } } } }
  const mark = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
  const companion = { ...budget, metadata: { labels: mark }, spec: { ...budget.spec, maxUnavailable: 1 } }
  const verdict = async (user: string, owner: object, object: object): Promise<string> => {
    const ownerReferences = [{ ...owner, uid: '7d1f4c2a-0000-4000-8000-000000000001' }]
    const as = [`--as=system:serviceaccount:${user}`, '--as-group=system:masters', `--namespace=${namespace}`]
    const args = ['create', '--dry-run=server', ...as, '-f', '-']
    const { labels = {} } = (object as { metadata?: { labels?: object } }).metadata ?? {}
    const input = { ...object, metadata: { name: 'part', labels, ownerReferences } }
    const { code, stderr } = await kubectl(args, { input })
    return code === 0 ? 'let in' : stderr.includes(denied) ? 'denied' : stderr
  }
  const tenant = `${namespace}:deployer`
  const controls = { controller: true }
  const cases: Readonly<Record<string, readonly [user: string, owner: object, object: object, verdict: string]>> = {
    'a budget of an operator, though its owner does not control it': ['operators:db', custom, budget, 'let in'],
    'a budget with an owner that a tenant wrote': [tenant, custom, budget, 'denied'],
    'a budget of an operator that keeps its settings in a ConfigMap': ['operators:db', configMap, budget, 'let in'],
    'a budget with such an owner that a tenant wrote': [tenant, configMap, budget, 'denied'],
    'a budget with the mark of a companion, and its owner': [tenant, { ...web, ...controls }, companion, 'denied'],
    'a companion that our controller writes': [
      'holdfast-system:holdfast-controller',
      { ...web, ...controls },
      companion,
      'let in'
    ],
    'a ReplicaSet of an operator': ['operators:db', { ...custom, ...controls }, part, 'let in'],
    'a ReplicaSet with an owner that a tenant wrote': [tenant, { ...custom, ...controls }, part, 'denied'],
    'a ReplicaSet with the owner of another controller': ['operators:db', { ...web, ...controls }, part, 'denied'],
    'a ReplicaSet of the controller of Deployments': [
      'kube-system:deployment-controller',
      { ...web, ...controls },
      part,
      'let in'
    ]
  }
  for (const [fact, [user, owner, object, expected]] of Object.entries(cases))
    t.equal(await verdict(user, owner, object), expected, fact)
}

const policyBudget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }

/** What Kubernetes makes of a workload comes, whatever is wrong with it. */
async function checkParts(t: Test, { kubectl }: ControlPlane, unlabelled: NamespaceUser): Promise<void> {
  await must(kubectl(['label', 'namespace', 'unlabelled', 'holdfast.dev/mode=off']))
  await untilLetIn(unlabelled)
  await must(apply(unlabelled, bareDeployment('parts')))
  await must(kubectl(['label', 'namespace', 'unlabelled', 'holdfast.dev/mode-']))
  await untilRefused(unlabelled, denied)
  const parts = ['replicasets', '--selector=app=parts']
  await must(unlabelled.kubectl(['delete', ...parts]))
  const [name] = await waitFor({ what: 'another ReplicaSet', seconds: 30 }, async () => {
    const names = (await must(unlabelled.kubectl(['get', ...parts, '--output=name']))).trim().split('\n')
    return names[0] === '' ? undefined : names
  })
  t.match(name, 'replicaset.apps/parts-', 'a ReplicaSet that is lost comes back')
}

/** What serves is never denied for the budget over it, however that blocks. */
async function checkComesBack(t: Test, user: NamespaceUser): Promise<void> {
  const lost = soundDeployment('lost')
  const { selector } = lost.spec
  const budget = { ...policyBudget, metadata: { name: 'lost' } }
  await must(user.kubectl(['create', '-f', '-'], { ...budget, spec: { minAvailable: 2, selector } }))
  await untilSaid(user, lost, 'budget lost blocks every drain')
  await must(user.kubectl(['create', '-f', '-'], lost))
  await must(user.kubectl(['delete', 'deployment', 'lost']))
  await must(user.kubectl(['create', '-f', '-'], lost))
  await must(user.kubectl(['scale', 'deployment', 'lost', '--replicas=0']))
  t.pass('a workload that is lost comes back under a budget that blocks every drain')
}

const plane = await openControlPlane(tap, { kwok: true, granted: false, servicesOnLoopback: true })
if (plane !== undefined) {
  const api = openApi(plane)
  tap.teardown(() => api.close())
  await createNodes(plane)
  const world: World = { plane, api, helm: await helmFor(plane) }
  const users = await openUsers(plane)
  await tap.test('nobody answers, and failurePolicy is Ignore: nothing is held up', (t) => checkIgnore(t, world, users))
  await tap.test('with Fail only namespaces in enforce are', (t) => checkFail(t, world, users))
  await tap.test('Fail everywhere, in all namespaces: there is always a way out', (t) => checkClosed(t, world, users))
  await tap.test('it repairs itself, and is turned off by one command each', (t) => checkRepair(t, world, users))
}
