import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { parseAllDocuments } from 'yaml'
import { eventsOf } from '../support/cluster-companions.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { createNamespace } from '../support/cluster-nodes.ts'
import { bareDeployment, soundDeployment } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { controllerUser } from '../support/cluster-rights.ts'
import { type Shell, shellOf } from '../support/cluster-shell.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { chart, type Helm, helmFor, must } from '../support/helm.ts'
import { blocksIn } from '../contract/pages.ts'
import { commandsIn } from '../support/page-commands.ts'
import { openReportKind, policyReportKind } from '../support/report-kinds.ts'

const root = join(import.meta.dirname, '../..')
const reportsPage = readFileSync(join(root, 'docs/reports.md'), 'utf8')
const create = ['create', '-f', '-']
const ours = '--selector=app.kubernetes.io/managed-by=holdfast'
const rights = new Set(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'])
const scans = { HOLDFAST_SCAN_ENABLED: 'true', HOLDFAST_SCAN_INTERVAL_MINUTES: '1' }
const reports = { ...scans, HOLDFAST_REPORTS_ENABLED: 'true' }
const everything = { ...reports, HOLDFAST_SCAN_EVENTS: 'true', HOLDFAST_SCAN_PAGE: 'true' }
const withoutProbe = { op: 'remove', path: '/spec/template/spec/containers/0/readinessProbe' }
const registered = 'validatingwebhookconfigurations,mutatingwebhookconfigurations'

interface SeenReport {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly ownerReferences: readonly object[]
  }
  readonly source?: string
  readonly scope: { readonly kind: string; readonly name: string; readonly uid: string }
  readonly summary: Readonly<Record<string, number>>
  readonly results: readonly { readonly policy: string; readonly severity: string; readonly result: string }[]
}

const plane = await openControlPlane(tap, { scheduler: false, granted: false })
if (plane !== undefined) {
  const helm = await helmFor(plane)
  const shell = await shellOf(plane)
  await createNamespace(plane, 'holdfast-system')
  await grant(plane, helm, { scan: { enabled: true }, reports: { enabled: true } })
  await install(plane, openReportKind, policyReportKind)
  const shop = await userIn(plane, 'shop', { 'holdfast.dev/mode': 'audit' })
  const pay = await userIn(plane, 'pay', { 'holdfast.dev/mode': 'enforce' })
  const other = await userIn(plane, 'other', {})
  for (const user of [shop, other]) await user.create(bareDeployment('web'))
  await must(plane.kubectl([...create, '--namespace=kube-system'], { input: bareDeployment('web') }))
  await pay.create(soundDeployment('web'))
  await shop.create(budget({ maxUnavailable: 0 }))
  await tap.test('a scan finds what is there, and the next one what came in while the webhook was down', (t) =>
    checkOutage(t, plane, { shop, pay }, shell)
  )
  await tap.test('a report follows its object, and goes with it', (t) => checkChanges(t, plane, shop))
  await tap.test('none is left once reports are off, with the rights for that', async (t) => {
    await grant(plane, helm, { scan: { enabled: true } })
    await checkOff(t, plane)
    await grant(plane, helm, { scan: { enabled: true }, reports: { enabled: true } })
  })
  await tap.test('reports are of the kind that is served', (t) => checkKinds(t, plane))
  await tap.test('none is left of a namespace that opts out', async (t) => {
    await shop.must(['label', 'namespace', 'shop', 'holdfast.dev/mode-'])
    const controller = await scannedBy(t, plane, reports)
    await untilWritten(controller, 0, 1)
    t.strictSame(await reportsOf(plane), [])
  })
  await tap.test('the page says how to delete what is left', (t) => checkDelete(t, plane, shell))
  await tap.test('the rights of the chart suffice', async (t) => {
    const own = plane.auditLog().filter(({ user }) => user?.username === controllerUser.name)
    t.ok(own.some(({ objectRef, verb }) => objectRef?.resource === 'reports' && verb === 'delete'))
    const refused = own.filter(({ responseStatus }) => responseStatus?.code === 403)
    t.strictSame(
      refused.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`),
      []
    )
  })
}

/** Grants the controller what the chart gives it with these values, and nothing else. */
async function grant({ kubectl }: ControlPlane, helm: Helm, values: object): Promise<void> {
  const args = ['template', 'holdfast', chart, '--namespace', 'holdfast-system', '--values', '-']
  const rendered = parseAllDocuments(await must(helm(args, values))).map((one) => one.toJS() as { kind: string } | null)
  const items = rendered.filter((object) => object !== null && rights.has(object.kind))
  await must(kubectl(['apply', '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items } }))
}

async function install({ kubectl }: ControlPlane, ...items: readonly object[]): Promise<void> {
  await must(kubectl(create, { input: { apiVersion: 'v1', kind: 'List', items } }))
  await must(kubectl(['wait', 'crd', '--all', '--for=condition=Established']))
}

function budget(spec: object): object {
  const selector = { matchLabels: { app: 'web' } }
  const whole = { selector, unhealthyPodEvictionPolicy: 'AlwaysAllow', ...spec }
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec: whole }
}

/** A controller that has just scanned for the first time. */
async function scannedBy(
  t: Test,
  cluster: ControlPlane,
  environment: Readonly<Record<string, string>>
): Promise<Controller> {
  const controller = await openController(t, cluster, { environment })
  await untilScanned(controller, 1, 40)
  return controller
}

async function untilScanned({ metric, process }: Controller, count: number, seconds: number): Promise<void> {
  await waitFor({ what: `scan ${count}`, seconds, everyMilliseconds: 250, details: () => process.log() }, async () =>
    (await metric('holdfast_scans_total{result="whole"}')) === count ? true : undefined
  )
}

async function reportsOf({ kubectl }: ControlPlane, kind = 'reports.openreports.io'): Promise<readonly SeenReport[]> {
  const stdout = await must(kubectl(['get', kind, '--all-namespaces', ours, '--output=json']))
  return (JSON.parse(stdout) as { items: readonly SeenReport[] }).items
}

/** `shop deployment/web`. */
function aboutOf(seen: readonly SeenReport[]): readonly string[] {
  return seen.map(({ metadata, scope }) => `${metadata.namespace} ${scope.kind}/${scope.name}`).sort()
}

function find(seen: readonly SeenReport[], kind: string, name: string): SeenReport {
  const found = seen.find(({ scope }) => scope.kind === kind && scope.name === name)
  if (found === undefined) throw new Error(`there is no report about ${kind} ${name}`)
  return found
}

interface Users {
  /** In audit. */
  shop: NamespaceUser
  /** In enforce. */
  pay: NamespaceUser
}

async function checkOutage(t: Test, cluster: ControlPlane, { shop, pay }: Users, shell: Shell): Promise<void> {
  const webhook = await openWebhook(t, cluster)
  await ignoreFailures(cluster)
  const controller = await scannedBy(t, cluster, everything)
  await untilWritten(controller, 3)
  const first = await reportsOf(cluster)
  const there = ['shop Deployment/web', 'shop PodDisruptionBudget/web']
  t.strictSame(aboutOf(first), ['pay Deployment/web', ...there], 'none where nobody opted in')
  await checkReport(t, first, shop)
  await checkCommands(t, shell)
  t.equal(await findings(controller, 'readiness-probe'), 1)
  const unprotected = 'holdfast_unprotected_workloads{object_namespace="pay",mode="enforce"}'
  t.equal(await controller.metric(unprotected), 1)
  t.match(await page(controller), 'shop/web')
  t.notMatch(await page(controller), 'pay/late')

  t.match((await pay.kubectl(create, bareDeployment('late'))).stderr, 'denied the request')
  await webhook.stop()
  for (const user of [shop, pay]) await user.create(bareDeployment('late'))
  await pay.must(['patch', 'deployment', 'web', '--type=json', '--patch', JSON.stringify([withoutProbe])])
  const again = await openWebhook(t, cluster)
  t.match((await pay.kubectl(create, bareDeployment('later'))).stderr, 'denied the request')

  await untilScanned(controller, 2, 100)
  t.equal(await findings(controller, 'readiness-probe', pay), 2, 'in the metrics')
  t.equal(await findings(controller, 'readiness-probe'), 2)
  await untilWritten(controller, 6)
  const second = await reportsOf(cluster)
  const added = ['pay Deployment/late', 'pay Deployment/web', 'shop Deployment/late']
  t.strictSame(aboutOf(second), [...added, ...there], 'in the reports')
  const unchanged = find(first, 'PodDisruptionBudget', 'web').metadata
  const { resourceVersion } = find(second, 'PodDisruptionBudget', 'web').metadata
  t.equal(resourceVersion, unchanged.resourceVersion, 'what is as it was is left')
  t.match(await page(controller), 'pay/late', 'on the page')
  await checkEvents(t, { shop, pay })

  await again.stop()
  await must(cluster.kubectl(['delete', registered, '--all']))
  await pay.must(['delete', 'deployments', '--all'])
  await waitFor({ what: 'their reports to be collected', seconds: 40, everyMilliseconds: 250 }, async () =>
    (await reportsOf(cluster)).every(({ metadata }) => metadata.namespace === 'shop') ? true : undefined
  )
}

/** As the chart has it. Tests of the webhook want to know of a call that fails, so they register it with Fail. */
async function ignoreFailures({ kubectl }: ControlPlane): Promise<void> {
  const stdout = await must(kubectl(['get', registered, '--output=json']))
  const { items } = JSON.parse(stdout) as {
    items: readonly { kind: string; metadata: { name: string }; webhooks: readonly object[] }[]
  }
  for (const { kind, metadata, webhooks } of items) {
    const patch = webhooks.map((_, index) => {
      return { op: 'replace', path: `/webhooks/${index}/failurePolicy`, value: 'Ignore' }
    })
    await must(kubectl(['patch', kind, metadata.name, '--type=json', '--patch', JSON.stringify(patch)]))
  }
}

async function checkReport(t: Test, seen: readonly SeenReport[], shop: NamespaceUser): Promise<void> {
  const ofShop = seen.filter(({ metadata }) => metadata.namespace === 'shop')
  const web = find(ofShop, 'Deployment', 'web')
  const { stdout: uid } = await shop.must(['get', 'deployment', 'web', '--output=jsonpath={.metadata.uid}'])
  t.equal(web.source, 'holdfast')
  t.equal(web.scope.uid, uid)
  t.strictSame(web.metadata.ownerReferences, [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid }])
  t.ok(web.results.some(({ policy, result }) => policy === 'readiness-probe' && result === 'fail'))
  t.equal(web.summary['fail'], web.results.filter(({ result }) => result === 'fail').length)
}

/** Waits until so many reports have been written and removed: a scan is counted before. */
async function untilWritten({ metric }: Controller, written: number, removed = 0): Promise<void> {
  const what = `${written} reports to be written, and ${removed} removed`
  await waitFor({ what, seconds: 20, everyMilliseconds: 100 }, async () => {
    const counts = await Promise.all(
      ['written', 'removed'].map((result) => metric(`holdfast_report_writes_total{result="${result}"}`))
    )
    return counts.join() === `${written},${removed}` ? true : undefined
  })
}

async function page({ healthUrl }: Controller): Promise<string> {
  return (await fetch(`${healthUrl}/report`)).text()
}

async function checkEvents(t: Test, { shop, pay }: Users): Promise<void> {
  for (const name of ['late', 'web']) {
    const told = `RequiredFinding: deployment/${name}: [readiness-probe] `
    await waitFor({ what: `an Event about ${name}`, seconds: 20 }, async () =>
      (await eventsOf(pay, 'Deployment', name)).some((event) => event.startsWith(told)) ? true : undefined
    )
  }
  t.equal((await eventsOf(pay, 'Deployment', 'web')).length, 1, 'nothing else is news')
  for (const name of ['late', 'web']) t.strictSame(await eventsOf(shop, 'Deployment', name), [], 'none in audit')
}

function findings({ metric }: Controller, policy: string, user?: NamespaceUser): Promise<number | undefined> {
  const [namespace, mode] = user === undefined ? ['shop', 'audit'] : [user.namespace, 'enforce']
  return metric(
    `holdfast_findings{object_namespace="${namespace}",mode="${mode}",policy="${policy}",severity="required"}`
  )
}

/** The command of the page that begins like this. */
function onPage(beginning: string): string {
  const found = commandsIn(reportsPage).find((command) => command.startsWith(beginning))
  if (found === undefined) throw new Error(`docs/reports.md has no command ${beginning}`)
  return found
}

/** What kubectl prints of each report; names and ages differ each time. */
function rowsOf(table: string): readonly string[] {
  const rows = table
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('$ '))
  return rows.map((row) =>
    row
      .replace(/^holdfast-\S+/, 'holdfast-')
      .replace(/\d+s$/, '')
      .replaceAll(/ +/g, ' ')
      .trim()
  )
}

async function checkCommands(t: Test, shell: Shell): Promise<void> {
  const table = onPage('kubectl get reports --namespace shop')
  const shown = blocksIn(reportsPage).find(({ text }) => text.startsWith(`$ ${table}\n`))
  t.strictSame(rowsOf(await must(shell(table))).toSorted(), rowsOf(shown?.text ?? '').toSorted())
  const listed = await must(shell(onPage('kubectl get reports --all-namespaces')))
  t.match(listed, /^shop deployment\/web: \[readiness-probe\] .*; add one$/m)
  t.equal(listed.trim().split('\n').length, 5, 'as many as the reports count')
  const holder = await must(shell(`${onPage('holder=')}\necho "\${holder%_*}"`))
  t.equal(holder.trim(), hostname(), 'the host name of a pod is its name')
}

/** One that Holdfast wrote, and that no scan removes any more, beside the one of somebody else. */
async function checkDelete(t: Test, { kubectl }: ControlPlane, shell: Shell): Promise<void> {
  const labels = { 'app.kubernetes.io/managed-by': 'holdfast' }
  for (const metadata of [{ name: 'left', labels }, { name: 'foreign' }]) {
    const report = { apiVersion: 'openreports.io/v1alpha1', kind: 'Report', metadata }
    await must(kubectl([...create, '--namespace=shop'], { input: report }))
  }
  await must(shell(onPage('kubectl delete reports')))
  const left = await must(kubectl(['get', 'reports', '--all-namespaces', '--output=name']))
  t.equal(left.trim(), 'report.openreports.io/foreign')
}

async function checkChanges(t: Test, cluster: ControlPlane, shop: NamespaceUser): Promise<void> {
  const before = await reportsOf(cluster)
  t.notOk(find(before, 'Deployment', 'web').results.some(({ policy }) => policy === 'pinned-image'))
  await shop.must(['set', 'image', 'deployment/web', 'web=registry.example/nginx:latest'])
  await shop.must(['apply', '-f', '-'], budget({ maxUnavailable: 1 }))
  const controller = await scannedBy(t, cluster, reports)
  await untilWritten(controller, 1, 1)
  const after = await reportsOf(cluster)
  t.strictSame(aboutOf(after), ['shop Deployment/late', 'shop Deployment/web'], 'one without a finding goes')
  const web = find(after, 'Deployment', 'web')
  t.ok(
    web.results.some(({ policy }) => policy === 'pinned-image'),
    'one that is no longer true changes'
  )
  t.equal(web.metadata.uid, find(before, 'Deployment', 'web').metadata.uid)
  await shop.must(['delete', 'deployment', 'late'])
  await waitFor({ what: 'the report to be collected', seconds: 40, everyMilliseconds: 250 }, async () =>
    aboutOf(await reportsOf(cluster)).join() === 'shop Deployment/web' ? true : undefined
  )
  t.equal(await controller.metric('holdfast_scans_total{result="whole"}'), 1, 'without another scan')
}

async function checkOff(t: Test, cluster: ControlPlane): Promise<void> {
  const foreign = { apiVersion: 'openreports.io/v1alpha1', kind: 'Report', metadata: { name: 'foreign' } }
  await must(cluster.kubectl([...create, '--namespace=shop'], { input: foreign }))
  const controller = await scannedBy(t, cluster, { ...scans, HOLDFAST_SCAN_NAMESPACES: 'all' })
  await untilWritten(controller, 0, 1)
  t.strictSame(await reportsOf(cluster), [])
  t.equal(await findings(controller, 'readiness-probe'), 1, 'and it scans all the same')
  for (const labels of ['object_namespace="other",mode="off"', 'object_namespace="kube-system",mode="system"']) {
    const found = `holdfast_findings{${labels},policy="readiness-probe",severity="required"}`
    t.equal(await controller.metric(found), 1, 'in all namespaces, where that is asked for')
  }
  t.equal((await fetch(`${controller.healthUrl}/report`)).status, 404, 'there is no page unless that is asked for')
  t.equal((await cluster.kubectl(['get', 'reports', 'foreign', '--namespace=shop'])).code, 0, 'those of others stay')
}

async function checkKinds(t: Test, cluster: ControlPlane): Promise<void> {
  await must(cluster.kubectl(['delete', 'crd', 'reports.openreports.io']))
  const first = await scannedBy(t, cluster, reports)
  await untilWritten(first, 1)
  const [web] = await reportsOf(cluster, 'policyreports.wgpolicyk8s.io')
  t.match(web, { source: undefined, scope: { kind: 'Deployment', name: 'web' } })
  t.ok((web?.results.length ?? 0) > 1)
  await first.process.stop(10_000)
  await install(cluster, openReportKind)
  const second = await scannedBy(t, cluster, reports)
  await untilWritten(second, 1, 1)
  t.strictSame(aboutOf(await reportsOf(cluster)), ['shop Deployment/web'])
  t.strictSame(await reportsOf(cluster, 'policyreports.wgpolicyk8s.io'), [], 'none in both kinds')
}
