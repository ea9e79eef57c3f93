import tap, { type Test } from 'tap'
import { parseAllDocuments } from 'yaml'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { createNamespace } from '../support/cluster-nodes.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { controllerUser } from '../support/cluster-rights.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { chart, type Helm, helmFor, must } from '../support/helm.ts'
import { openReportKind, policyReportKind } from '../support/report-kinds.ts'

const create = ['create', '-f', '-']
const ours = '--selector=app.kubernetes.io/managed-by=holdfast'
const rights = new Set(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'])
const scans = { HOLDFAST_SCAN_ENABLED: 'true', HOLDFAST_SCAN_INTERVAL_MINUTES: '1' }
const reports = { ...scans, HOLDFAST_REPORTS_ENABLED: 'true' }

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
  await createNamespace(plane, 'holdfast-system')
  await grant(plane, helm, { scan: { enabled: true }, reports: { enabled: true } })
  await install(plane, openReportKind, policyReportKind)
  const shop = await userIn(plane, 'shop', { 'holdfast.dev/mode': 'audit' })
  const other = await userIn(plane, 'other', {})
  for (const user of [shop, other]) await user.must(create, bareDeployment('web'))
  await shop.must(create, budget({ maxUnavailable: 0 }))
  await tap.test('a scan reports what it finds, and the next one what is new', (t) => checkFirst(t, plane, shop))
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
    t.strictSame(await reportsOf(plane), [])
    t.equal(await controller.metric('holdfast_report_writes_total{result="removed"}'), 1)
  })
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

async function checkFirst(t: Test, cluster: ControlPlane, shop: NamespaceUser): Promise<void> {
  const controller = await scannedBy(t, cluster, reports)
  const first = await reportsOf(cluster)
  t.strictSame(aboutOf(first), ['shop Deployment/web', 'shop PodDisruptionBudget/web'], 'none where nobody opted in')
  const web = find(first, 'Deployment', 'web')
  const { stdout: uid } = await shop.must(['get', 'deployment', 'web', '--output=jsonpath={.metadata.uid}'])
  t.equal(web.source, 'holdfast')
  t.equal(web.scope.uid, uid)
  t.strictSame(web.metadata.ownerReferences, [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid }])
  t.ok(web.results.some(({ policy, result }) => policy === 'readiness-probe' && result === 'fail'))
  t.equal(web.summary['fail'], web.results.filter(({ result }) => result === 'fail').length)
  t.equal(await findings(controller, 'readiness-probe'), 1)
  t.equal(await controller.metric('holdfast_report_writes_total{result="written"}'), 2)

  // No webhook is registered: this is what comes in while it is down.
  await shop.must(create, bareDeployment('late'))
  await untilScanned(controller, 2, 100)
  const second = await reportsOf(cluster)
  t.strictSame(aboutOf(second), ['shop Deployment/late', 'shop Deployment/web', 'shop PodDisruptionBudget/web'])
  t.equal(await findings(controller, 'readiness-probe'), 2)
  t.equal(await controller.metric('holdfast_report_writes_total{result="written"}'), 3, 'what is as it was is left')
  for (const { metadata, scope } of first) {
    t.equal(find(second, scope.kind, scope.name).metadata.resourceVersion, metadata.resourceVersion)
  }
}

function findings({ metric }: Controller, policy: string): Promise<number | undefined> {
  return metric(`holdfast_findings{object_namespace="shop",policy="${policy}",severity="required"}`)
}

async function checkChanges(t: Test, cluster: ControlPlane, shop: NamespaceUser): Promise<void> {
  const before = await reportsOf(cluster)
  t.notOk(find(before, 'Deployment', 'web').results.some(({ policy }) => policy === 'pinned-image'))
  await shop.must(['set', 'image', 'deployment/web', 'web=registry.example/nginx:latest'])
  await shop.must(['apply', '-f', '-'], budget({ maxUnavailable: 1 }))
  const controller = await scannedBy(t, cluster, reports)
  const after = await reportsOf(cluster)
  t.strictSame(aboutOf(after), ['shop Deployment/late', 'shop Deployment/web'], 'one without a finding goes')
  const web = find(after, 'Deployment', 'web')
  t.ok(
    web.results.some(({ policy }) => policy === 'pinned-image'),
    'one that is no longer true changes'
  )
  t.equal(web.metadata.uid, find(before, 'Deployment', 'web').metadata.uid)
  t.equal(await controller.metric('holdfast_report_writes_total{result="written"}'), 1, 'another leader writes no more')
  t.equal(await controller.metric('holdfast_report_writes_total{result="removed"}'), 1)
  await shop.must(['delete', 'deployment', 'late'])
  await waitFor({ what: 'the report to be collected', seconds: 40, everyMilliseconds: 250 }, async () =>
    aboutOf(await reportsOf(cluster)).join() === 'shop Deployment/web' ? true : undefined
  )
  t.equal(await controller.metric('holdfast_scans_total{result="whole"}'), 1, 'without another scan')
}

async function checkOff(t: Test, cluster: ControlPlane): Promise<void> {
  const foreign = { apiVersion: 'openreports.io/v1alpha1', kind: 'Report', metadata: { name: 'foreign' } }
  await must(cluster.kubectl([...create, '--namespace=shop'], { input: foreign }))
  const controller = await scannedBy(t, cluster, scans)
  t.strictSame(await reportsOf(cluster), [])
  t.equal(await controller.metric('holdfast_report_writes_total{result="removed"}'), 1)
  t.equal(await findings(controller, 'readiness-probe'), 1, 'and it scans all the same')
  t.equal((await cluster.kubectl(['get', 'reports', 'foreign', '--namespace=shop'])).code, 0, 'those of others stay')
}

async function checkKinds(t: Test, cluster: ControlPlane): Promise<void> {
  await must(cluster.kubectl(['delete', 'crd', 'reports.openreports.io']))
  const first = await scannedBy(t, cluster, reports)
  const [web] = await reportsOf(cluster, 'policyreports.wgpolicyk8s.io')
  t.match(web, { source: undefined, scope: { kind: 'Deployment', name: 'web' } })
  t.ok((web?.results.length ?? 0) > 1)
  await first.process.stop(10_000)
  await install(cluster, openReportKind)
  await scannedBy(t, cluster, reports)
  t.strictSame(aboutOf(await reportsOf(cluster)), ['shop Deployment/web'])
  t.strictSame(await reportsOf(cluster, 'policyreports.wgpolicyk8s.io'), [], 'none in both kinds')
}
