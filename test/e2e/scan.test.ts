import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { parseAllDocuments } from 'yaml'
import { facts } from '../../src/commands/facts.ts'
import { lint } from '../../src/commands/lint.ts'
import { openLive } from '../../src/commands/look/live.ts'
import { scan } from '../../src/commands/scan.ts'
import type { Report, Result } from '../../src/report/report.ts'
import { reportSchema } from '../../src/report/schema.ts'
import { look } from '../commands/look-here.ts'
import type { Ended } from '../commands/process.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { budgetsOf } from '../support/cluster-budgets.ts'
import { createNamespace, createNodes } from '../support/cluster-nodes.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { Webhook } from '../support/cluster-webhook.ts'
import { openBrowser } from '../support/chromium.ts'
import { consoleBlocks, isShown } from '../support/console-blocks.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { type Moment, population, spaces } from '../support/scan-population.ts'
import { call } from '../support/tls.ts'
import type { Said } from '../support/workloads.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/scan.md'), 'utf8')
const kinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Pod'])
const auditor = { name: 'auditor', groups: [] }

/** What axe finds, each with the first elements. */
const violations = `axe.run().then(({ violations }) => {
  return violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ failureSummary, html }) => html + failureSummary))
})`

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false, users: [auditor] })
if (plane !== undefined) {
  const webhook = await settle(tap, plane)
  const folder = tap.testdir({ 'stricter.yaml': 'profile: critical\n', kubeconfig: bothUsers(plane) })
  const run: Run = ([name, ...args]) => {
    if (name === 'lint') return look(lint, args, { cwd: folder })
    const command = name === 'facts' ? facts : scan
    const access = ['--kubeconfig', join(folder, 'kubeconfig')]
    return look((own, outside) => command(own, outside, openLive), [...args, ...access], { cwd: folder })
  }
  await tap.test('a scan, lint by saved facts and the webhook agree on each of sixty workloads', (t) => {
    return checkAgreement(t, { plane, webhook, folder, run })
  })
  await tap.test('the printed roles suffice', (t) => checkRights(t, plane, run))
  await tap.test('each question is answered by one command, as the page shows', (t) => checkPage(t, run))
  await tap.test('its page is for everybody, and asks for nothing', (t) => checkInBrowser(t, folder, run))
}

/** Runs a command of a page in this process. */
type Run = (words: readonly string[]) => Promise<Ended>

/** The kubeconfig with a context for the admin, and one for the auditor. */
function bothUsers({ kubeconfigOf }: ControlPlane): string {
  const [own, other] = ['admin', auditor.name].map((user) => {
    return JSON.parse(readFileSync(kubeconfigOf(user), 'utf8')) as { users: object[]; contexts: { context: object }[] }
  })
  if (own === undefined || other === undefined) throw new Error('no kubeconfig')
  const context = { ...other.contexts[0]?.context, user: auditor.name }
  const user = { ...other.users[0], name: auditor.name }
  return JSON.stringify({
    ...own,
    users: [...own.users, user],
    contexts: [...own.contexts, { name: auditor.name, context }]
  })
}

async function checkPage(t: Test, run: Run): Promise<void> {
  const blocks = consoleBlocks(page)
  t.equal(blocks.length, 11)
  for (const { args, lines, status } of blocks) {
    const { stdout, stderr, status: ended } = await run(args)
    const command = `holdfast ${args.join(' ')}`
    const output = stderr + stdout
    t.equal(isShown(output, lines) ? lines.join('\n') : output, lines.join('\n'), command)
    if (status !== undefined) t.equal(ended, status, command)
  }
}

/** At three widths and in both colour schemes: nothing is wider than the window, and axe finds no fault. */
async function checkInBrowser(t: Test, folder: string, run: Run): Promise<void> {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const file = join(folder, 'page.html')
  await run(['scan', '--context', auditor.name, '--namespace', 'shop', '--report', `html=${join(folder, 'part.html')}`])
  await run(['scan', '--group-by', 'team', '--mode', 'enforce', '--diff', '--report', `html=${file}`])
  // Both pages with all that they have: what turned, the map, exemptions, and what is not known.
  for (const shown of [file, join(folder, 'part.html')]) {
    await browser.open(`file://${shown}`)
    await browser.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true })`)
    await browser.evaluate(`${axe()};true`)
    for (const width of [360, 800, 1280]) {
      for (const scheme of ['light', 'dark'] as const) {
        await browser.look(width, scheme)
        const where = `${width} px, ${scheme}`
        t.equal(await browser.evaluate('document.documentElement.scrollWidth'), width, where)
        t.strictSame(await browser.evaluate(violations), [], where)
      }
    }
    t.strictSame(browser.requests(), [])
  }
}

function axe(): string {
  return readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8')
}

/** What the auditor may do is what the command prints, no more. */
async function checkRights(t: Test, { kubectl }: ControlPlane, run: Run): Promise<void> {
  const { stdout: roles } = await run(['scan', '--print-rbac', '--namespace', 'shop'])
  t.equal((await kubectl(['apply', '-f', '-'], { input: roles })).code, 0)
  const user = `--user=${auditor.name}`
  await kubectl(['create', 'rolebinding', 'scan', '--role=holdfast-scan', user, '--namespace=shop'])
  await kubectl(['create', 'clusterrolebinding', 'scan', '--clusterrole=holdfast-scan', user])
  const asked = ['scan', '--namespace', 'shop', '--pods', '--format', 'json']
  const whole = await run(asked)
  let last = ''
  const patience = { seconds: 20, everyMilliseconds: 200, details: () => last }
  await waitFor({ ...patience, what: 'the rights to count' }, async () => {
    const { status, stderr } = await run([...asked, '--context', auditor.name])
    last = stderr
    return status === 3 ? undefined : true
  })
  const seen = await run([...asked, '--context', auditor.name])
  t.strictSame(seen, whole)
  const rules = parseAllDocuments(roles)[0]?.toJS() as { rules: { apiGroups: string[] }[] }
  const patch = { rules: rules.rules.filter(({ apiGroups }) => !apiGroups.includes('policy')) }
  const args = [
    'patch',
    'role',
    'holdfast-scan',
    '--namespace=shop',
    '--type=merge',
    `--patch=${JSON.stringify(patch)}`
  ]
  t.equal((await kubectl(args)).code, 0)
  await waitFor({ ...patience, what: 'the right to be gone' }, async () => {
    return (await run([...asked, '--context', auditor.name])).status === 3 ? true : undefined
  })
}

interface Agreement {
  plane: ControlPlane
  webhook: Webhook
  folder: string
  run: Run
}

async function checkAgreement(t: Test, { plane: { kubectl }, webhook, folder, run }: Agreement): Promise<void> {
  const report = await reportOf(run, ['scan', '--no-system'])
  writeFileSync(join(folder, 'facts.json'), (await run(['facts'])).stdout)
  t.strictSame(await reportOf(run, ['scan', '--no-system', '--facts', 'facts.json']), report, 'a scan of saved facts')
  const asked = ['get', [...kinds].join(), '--all-namespaces', '--output=json']
  const { stdout } = await kubectl([...asked, '--show-managed-fields'])
  const { items } = JSON.parse(stdout) as { items: readonly LiveObject[] }
  const sixty = items.filter(({ metadata: { namespace } }) => Object.hasOwn(spaces, namespace))
  t.equal(sixty.length, 60)
  writeFileSync(
    join(folder, 'manifests.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: writtenOf(sixty) })
  )
  const linted = await reportOf(run, ['lint', join(folder, 'manifests.json'), '--facts', 'facts.json'])
  const rehearsed = await reportOf(run, ['scan', '--no-system', '--mode', 'enforce'])
  const about = ({ results }: Report, { kind, metadata: { namespace, name } }: LiveObject): readonly Result[] => {
    const own = results.filter(({ object: of }) => of.namespace === namespace && of.kind === kind && of.name === name)
    return own.filter(({ suppressed }) => suppressed === undefined)
  }
  const said = new Set<string>()
  for (const object of sixty) {
    const text = `${object.metadata.namespace} ${object.kind}/${object.metadata.name}`
    const own = about(report, object).map(essence).toSorted()
    for (const one of about(report, object)) said.add(one.policy).add(one.severity)
    const { allowed, auditAnnotations = {} } = await webhookOn(webhook, object)
    const found = (JSON.parse(auditAnnotations['findings'] ?? '[]') as Result[]).map(essence)
    t.strictSame(found.toSorted(), own, `${text}: the webhook`)
    // What to do about a file is said in other words than what to do about an object that was applied.
    const problems = (of: Report) => about(of, object).map(problem).toSorted()
    t.strictSame(problems(linted), problems(report), `${text}: lint`)
    t.equal(
      !allowed,
      about(rehearsed, object).some(({ denied }) => denied === true),
      `${text}: denied`
    )
  }
  t.ok(
    ['required', 'advised', 'unknown', 'readiness-probe', 'min-replicas', 'topology-spread'].every((one) =>
      said.has(one)
    ),
    [...said].join()
  )
}

/** The manifests of the objects as somebody has written them; what was injected into since is as it is. */
function writtenOf(live: readonly LiveObject[]): readonly object[] {
  const injected = live.filter(({ metadata: { namespace } }) => namespace === 'stock')
  const written = population().flatMap(({ namespace, objects }) => {
    const ofKind = (objects as readonly LiveObject[]).filter(({ kind }) => kinds.has(kind))
    return ofKind.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }))
  })
  return [...written.filter(({ metadata: { namespace } }) => namespace !== 'stock'), ...injected]
}

function essence(result: Result): string {
  return `${problem(result)}; ${result.fix}`
}

function problem({ policy, severity, field, problem: said }: Result): string {
  return `${severity} [${policy}] ${field}: ${said}`
}

interface LiveObject {
  apiVersion: string
  kind: string
  metadata: { namespace: string; name: string }
}

async function reportOf(run: Run, words: readonly string[]): Promise<Report> {
  return reportSchema.parse(JSON.parse((await run([...words, '--format', 'json'])).stdout))
}

/** What the webhook says if somebody creates the object now. */
async function webhookOn({ port, caCertificate = '' }: Webhook, object: LiveObject): Promise<Said> {
  const { namespace, name } = object.metadata
  const [group = '', version = ''] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : ['', 'v1']
  const resource = { group, version, resource: `${object.kind.toLowerCase()}s` }
  const request = { namespace, name, operation: 'CREATE', userInfo: { username: 'alice' }, object, oldObject: null }
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: '1-2-3', kind: { group, version, kind: object.kind }, resource, ...request }
  }
  const body = JSON.stringify(review)
  const { text } = await call({ port, ca: caCertificate, path: '/validate/enforce', body })
  return (JSON.parse(text) as { response: Said }).response
}

/** The cluster of the page: sixty workloads, most from before Holdfast, some through its webhook, one that came while it was down. */
async function settle(t: Test, cluster: ControlPlane): Promise<Webhook> {
  const api = openApi(cluster)
  t.teardown(() => api.close())
  await createNodes(cluster)
  for (const namespace of Object.keys(spaces)) await createNamespace(cluster, namespace)
  await createNamespace(cluster, 'kube-system')
  await must(cluster, ['apply', '-n', 'kube-system', '-f', '-'], bareDeployment('coredns'))
  await create(cluster, 'before')
  for (const [namespace, { labels }] of Object.entries(spaces)) {
    const pairs = Object.entries(labels).map((pair) => pair.join('='))
    await must(cluster, ['label', 'namespace', namespace, ...pairs])
  }
  const webhook = await openWebhook(t, cluster)
  await create(cluster, 'served')
  // Nobody calls it any more, which the API server sees as it sees one that is down and may fail.
  await must(cluster, ['delete', 'validatingwebhookconfigurations,mutatingwebhookconfigurations', '--all'])
  await waitFor({ what: 'the webhook not to be called', seconds: 20, everyMilliseconds: 200 }, async () => {
    const { code } = await cluster.kubectl(['create', '--dry-run=server', '-n', 'shop', '-f', '-'], {
      input: bareDeployment('probe')
    })
    return code === 0 ? true : undefined
  })
  await create(cluster, 'outage')
  await countBudget(api, 'lab', 'front', { expected: 2, healthy: 2, desired: 2, allowed: 0 })
  await countBudget(api, 'shop', 'web', { expected: 2, healthy: 2, desired: 1, allowed: 1 })
  await countBudget(api, 'bank', 'db', { expected: 2, healthy: 1, desired: 1, allowed: 0 })
  return webhook
}

async function create(cluster: ControlPlane, moment: Moment): Promise<void> {
  for (const { namespace, moment: at, objects: items } of population()) {
    if (at !== moment) continue
    await must(cluster, ['apply', '-n', namespace, '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
  }
}

async function must({ kubectl }: ControlPlane, args: readonly string[], input?: object): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, input === undefined ? {} : { input })
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
  return stdout
}

interface Counts {
  expected: number
  healthy: number
  desired: number
  allowed: number
}

/** As the disruption controller would, which does not run here. */
async function countBudget(
  api: ClusterApi,
  namespace: string,
  name: string,
  { expected, healthy, desired, allowed }: Counts
): Promise<void> {
  const status = {
    observedGeneration: 1,
    expectedPods: expected,
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed
  }
  await api.must('PATCH', `${budgetsOf(namespace)}/${name}/status`, { status })
}
