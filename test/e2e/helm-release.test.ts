import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { run } from '../support/cluster-kubectl.ts'
import { createNamespace, createNodes } from '../support/cluster-nodes.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { serveService } from '../support/cluster-service.ts'
import { shellOf } from '../support/cluster-shell.ts'
import { NamespaceUser } from '../support/cluster-user.ts'
import { apply, denied } from '../support/cluster-verdict.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { chart, type Helm, helmFor, must } from '../support/helm.ts'
import { startInstalled } from '../support/installed-processes.ts'
import { commandsIn } from '../support/page-commands.ts'

const root = join(import.meta.dirname, '../..')
const namespace = ['--namespace', 'holdfast-system']
const failing = ['--set', 'webhook.failurePolicy.enforce=Fail']
const configurations = '/apis/admissionregistration.k8s.io/v1'
/** All kinds that the chart has objects of. */
const kinds =
  'all,serviceaccounts,secrets,configmaps,resourcequotas,poddisruptionbudgets,roles,rolebindings,leases,clusterroles,clusterrolebindings,' +
  'validatingwebhookconfigurations,mutatingwebhookconfigurations,networkpolicies'

interface World {
  readonly plane: ControlPlane
  readonly api: ClusterApi
  readonly helm: Helm
  /** In a namespace that enforces. */
  readonly user: NamespaceUser
}

async function bundles(api: ClusterApi): Promise<readonly string[]> {
  const paths = ['validating', 'mutating'].map((kind) => `${configurations}/${kind}webhookconfigurations/holdfast`)
  const found = await Promise.all(paths.map((path) => api.must('GET', path)))
  return (found as { webhooks: readonly { clientConfig: { caBundle?: string } }[] }[]).flatMap(({ webhooks }) =>
    webhooks.map(({ clientConfig: { caBundle = '' } }) => caBundle)
  )
}

/** Whose objects were made or deleted, by kind, in the order in which it was done. */
function order({ auditLog }: ControlPlane, verb: 'create' | 'delete', since: number): readonly string[] {
  return (
    auditLog()
      .filter(({ verb: done, user, responseStatus }) => {
        // An apply is a patch that makes what is not there.
        const isMade = done === 'patch' && responseStatus?.code === 201
        return user?.username === 'admin' && (isMade ? 'create' : done) === verb
      })
      .map(({ objectRef }) => objectRef?.resource ?? '')
      // The nodes of the test delete these as the admin too.
      .filter((resource) => resource !== 'pods')
      .slice(since)
  )
}

async function checkInstall(t: Test, { plane, helm, user }: World): Promise<void> {
  const since = order(plane, 'create', 0).length
  await must(helm(['install', 'holdfast', chart, ...namespace, ...failing, '--wait', '--timeout', '50s']))
  const created = order(plane, 'create', since)
  t.ok(created.indexOf('deployments') >= 0)
  for (const kind of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'])
    t.ok(created.indexOf(kind) > created.lastIndexOf('deployments'), `${kind} come after the server`)
  const pods = await must(plane.kubectl(['get', 'pods', ...namespace, '--output=jsonpath={.items[*].status.phase}']))
  t.equal(pods, Array(5).fill('Running').join(' '), 'its own pods are let in, though nobody answers yet')
  const refused = await apply(user, bareDeployment('web'))
  t.match(refused.stderr, /failed calling webhook "enforce\.holdfast\.dev"/, 'and Fail is what it says')
}

/** What the pods would do. */
async function runPods(t: Test, { plane, api, user }: World): Promise<void> {
  const service = await serveService(t, api, 'holdfast-webhook')
  const processes = await Promise.all(
    (['controller', 'webhook', 'webhook'] as const).map((component) => startInstalled(t, plane, api, component))
  )
  await Promise.all(processes.map(({ untilReady }) => untilReady()))
  for (const webhook of processes.slice(1)) service.add(webhook)
  let last = ''
  await waitFor({ what: 'a denial', seconds: 20, details: () => last }, async () => {
    last = (await apply(user, bareDeployment('web'))).stderr
    return last.includes(denied) ? true : undefined
  })
  t.match(last, '[readiness-probe] spec.template.spec.containers[name=web].readinessProbe: serves port 8080')
}

interface TestPod {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] }
  readonly status: { readonly phase: string }
}

/** `helm test`, and what a kubelet would do for it: names of Services lead to their addresses. Resolves with the exit code of Helm. */
async function helmTest({ api, helm }: World, ...flags: readonly string[]): Promise<number> {
  const tested = helm(['test', 'holdfast', ...namespace, '--timeout', '50s', ...flags])
  const pods = '/api/v1/namespaces/holdfast-system/pods'
  const { metadata, spec } = await waitFor({ what: 'the pod of the test', seconds: 20 }, async () => {
    const selector = encodeURIComponent('app.kubernetes.io/component=test')
    const { items } = (await api.must('GET', `${pods}?labelSelector=${selector}`)) as { items: readonly TestPod[] }
    return items.find(({ status }) => status.phase === 'Running')
  })
  const service = (await api.must('GET', '/api/v1/namespaces/holdfast-system/services/holdfast-webhook')) as {
    spec: { clusterIP: string }
  }
  const [{ args }] = spec.containers
  const own = args.map((arg) => arg.replace('holdfast-webhook.holdfast-system.svc', service.spec.clusterIP))
  const { code } = await run([process.execPath, join(import.meta.dirname, '../../src/main.ts'), ...own], {})
  await api.must('PATCH', `${pods}/${metadata.name}/status`, { status: { phase: code === 0 ? 'Succeeded' : 'Failed' } })
  return (await tested).code
}

const upgrades: Readonly<Record<string, readonly string[]>> = {
  'as Helm 4 does it': ['--set', 'config.log.level=debug'],
  'as Helm 3 did it': ['--server-side=false', '--set', 'config.log.level=warn'],
  'with force': ['--server-side=true', '--force-conflicts', '--set', 'config.log.level=error']
}

async function checkUpgrades(t: Test, { api, helm, user }: World): Promise<void> {
  const before = await bundles(api)
  t.ok(before.length === 5 && before.every((bundle) => bundle !== '' && bundle === before[0]), 'there is one bundle')
  for (const [how, flags] of Object.entries(upgrades)) {
    const upgrade = ['upgrade', 'holdfast', chart, ...namespace, ...failing, ...flags]
    const { code, stderr } = await helm(upgrade)
    t.strictSame({ code, stderr }, { code: 0, stderr: '' }, how)
    t.strictSame(await bundles(api), before, `the bundle is not touched ${how}`)
    t.match((await apply(user, bareDeployment('web'))).stderr, denied)
  }
  await must(helm(['rollback', 'holdfast', '1', ...namespace]))
  t.strictSame(await bundles(api), before, 'nor by a rollback')
}

async function checkUninstall(t: Test, { plane, helm, user }: World): Promise<void> {
  const since = order(plane, 'delete', 0).length
  await must(helm(['uninstall', 'holdfast', ...namespace]))
  const deleted = order(plane, 'delete', since)
  t.strictSame(
    deleted.slice(0, 2),
    ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    'the configurations go first'
  )
  const applied = await apply(user, bareDeployment('web'))
  t.strictSame({ code: applied.code, stderr: applied.stderr }, { code: 0, stderr: '' }, 'nothing is judged any more')
  // The processes still run here, as pods do for a while: they must not make anything anew.
  await wait(5000)
  let left = ''
  await waitFor({ what: 'all to be gone', seconds: 40, details: () => left }, async () => {
    left = await must(
      plane.kubectl(['get', kinds, '--all-namespaces', '-o', 'name', '-l', 'app.kubernetes.io/name=holdfast'])
    )
    return left === '' ? true : undefined
  })
  const names = await must(plane.kubectl(['get', kinds, '--all-namespaces', '-o', 'name']))
  t.strictSame(
    names.split('\n').filter((name) => name.includes('holdfast')),
    [],
    'nothing of ours is left, nor made by it'
  )
}

/** As docs/upgrade.md says it, with the values of this test. */
async function takeOver(t: Test, plane: ControlPlane, values: string): Promise<void> {
  const shell = await shellOf(plane)
  const page = readFileSync(join(root, 'docs/upgrade.md'), 'utf8')
  const [, section = ''] = page.split('\n## From one kind of certificates to another\n')
  const commands = commandsIn(section)
  t.equal(commands.length, 2)
  for (const command of commands) await must(shell(command.replace('values.yaml', values)))
  const replicas = ['deployment', 'holdfast-controller', ...namespace, '--output=jsonpath={.spec.replicas}']
  t.equal(await must(plane.kubectl(['get', ...replicas])), '2', 'the controller is started again')
}

/** The field has an owner, so whoever wants to write another bundle has to say so. */
async function checkModes(t: Test, { plane, api, helm }: World): Promise<void> {
  await must(helm(['install', 'holdfast', chart, ...namespace]))
  const [operation] = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'b3VycyE=' }]
  const path = `${configurations}/mutatingwebhookconfigurations/holdfast?fieldManager=holdfast`
  const { webhooks } = (await api.must('GET', path)) as { webhooks: readonly { clientConfig: object }[] }
  const bundled = webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle: operation?.value }
  }))
  await api.must('PATCH', path, { webhooks: bundled })
  const files = { mode: 'files', files: { secretName: 'own', caBundle: 'another' } }
  const values = join(plane.directory, 'values.yaml')
  writeFileSync(values, JSON.stringify({ certificates: files }))
  const refused = await helm(['upgrade', 'holdfast', chart, ...namespace, '--values', values])
  t.equal(refused.code, 1)
  t.match(refused.stderr, /conflict with "holdfast".*caBundle/s)
  await takeOver(t, plane, values)
  const another = Buffer.from('another').toString('base64')
  t.strictSame(await bundles(api), Array(5).fill(another))
  await must(helm(['upgrade', 'holdfast', chart, ...namespace, '--reset-values']))
  t.strictSame(await bundles(api), Array(5).fill(''), 'back again it is left to the controller')
  await must(helm(['uninstall', 'holdfast', ...namespace]))
}

const plane = await openControlPlane(tap, { kwok: true, granted: false, servicesOnLoopback: true })
if (plane !== undefined) {
  const api = openApi(plane)
  tap.teardown(() => api.close())
  await createNodes(plane)
  await createNamespace(plane, 'holdfast-system', { 'pod-security.kubernetes.io/enforce': 'restricted' })
  await createNamespace(plane, 'shop', { 'holdfast.dev/mode': 'enforce' })
  const world: World = { plane, api, helm: await helmFor(plane), user: new NamespaceUser(plane, 'shop') }
  await tap.test('install: the server first, its configurations after, nobody locked out', (t) =>
    checkInstall(t, world)
  )
  await tap.test('upgrade and uninstall, while it runs', async (t) => {
    await runPods(t, world)
    t.equal(await helmTest(world), 0, 'helm test says that it answers')
    await t.test('an upgrade leaves the bundle alone', (test) => checkUpgrades(test, world))
    await t.test('uninstall: configurations first, and nothing stays', (test) => checkUninstall(test, world))
  })
  await tap.test('from self-managed to files, and back', (t) => checkModes(t, world))
}
