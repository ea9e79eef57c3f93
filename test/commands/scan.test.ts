import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { facts } from '../../src/commands/facts.ts'
import { lint } from '../../src/commands/lint.ts'
import { scan } from '../../src/commands/scan.ts'
import type { JsonObject } from '../../src/kube/shape.ts'
import type { Report } from '../../src/report/report.ts'
import { reportSchema } from '../../src/report/schema.ts'
import { known } from '../../src/inventory/fact.ts'
import { inventoryOf, sourceOf } from '../support/inventory.ts'
import { admitFrom, ask } from '../support/workloads.ts'
import { type FakeCluster, fakeLive } from './live-cluster.ts'
import { deploymentYaml, folderWith, look } from './look-here.ts'

function parsed(yaml: string): JsonObject {
  return parseAllDocuments(yaml).map((one) => one.toJS() as JsonObject)[0] ?? {}
}

function namespaceOf(name: string, labels: Readonly<Record<string, string>> = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

function web(namespace: string, more: JsonObject = {}, options = {}): JsonObject {
  const object = parsed(deploymentYaml('web', { namespace, ...options }))
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), ...more } }
}

function budget(namespace: string, spec: JsonObject = { maxUnavailable: 1 }): JsonObject {
  const selector = { matchLabels: { app: 'web' } }
  const metadata = { namespace, name: 'web' }
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow', selector, ...spec }
  }
}

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a', labels: { 'kubernetes.io/hostname': 'a', 'topology.kubernetes.io/zone': 'z' } }
}
const blind = { probe: false }
const objects: readonly JsonObject[] = [
  node,
  { ...node, metadata: { name: 'b', labels: { 'kubernetes.io/hostname': 'b', 'topology.kubernetes.io/zone': 'y' } } },
  namespaceOf('shop', { 'holdfast.dev/mode': 'enforce', team: 'retail' }),
  namespaceOf('bank', { 'holdfast.dev/mode': 'audit', 'holdfast.dev/profile': 'baseline', team: 'money' }),
  namespaceOf('repaired', { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }),
  namespaceOf('kube-system'),
  web('shop', {}, blind),
  budget('shop'),
  web('bank', { labels: { team: 'audit' } }, blind),
  budget('bank', { maxUnavailable: 0 }),
  web(
    'repaired',
    { annotations: { 'holdfast.dev/exempt.readiness-probe': 'a queue', 'holdfast.dev/exempt-until': '2027-01-31' } },
    blind
  ),
  budget('repaired'),
  web('kube-system', {}, blind)
]

function scanned(args: readonly string[], cluster: FakeCluster = { objects }) {
  return look((given, outside) => scan(given, outside, fakeLive(cluster).open), args)
}

async function reportOf(args: readonly string[], cluster?: FakeCluster): Promise<Report> {
  const { stdout } = await scanned([...args, '--format', 'json'], cluster)
  return reportSchema.parse(JSON.parse(stdout))
}

function foundIn({ results }: Report): string[] {
  return results.map(({ object, policy, severity, denied, suppressed }) => {
    return [object.namespace, policy, severity, denied === true ? 'denied' : '', suppressed?.by ?? ''].join(' ').trim()
  })
}

const inSystem = ['kube-system disruption-budget advised', 'kube-system readiness-probe required']

void t.test('each namespace is judged by its labels, and what enforce would deny is marked', async (test) => {
  const report = await reportOf([])
  test.strictSame(foundIn(report), [
    'bank budget-allows-disruption required',
    'bank budget-allows-disruption required',
    ...inSystem,
    'repaired readiness-probe required  exemption',
    'shop readiness-probe required denied'
  ])
  test.strictSame(
    report.cluster?.namespaces.map(({ name, mode, profile, enforceable, objects: count }) => {
      return [name, mode, profile, enforceable, count]
    }),
    [
      ['shop', 'enforce', 'standard', true, 2],
      ['bank', 'audit', 'baseline', true, 2],
      ['kube-system', 'off', 'standard', false, 1],
      ['repaired', 'enforce', 'standard', true, 2]
    ]
  )
  const { status, stderr } = await scanned([])
  test.strictSame({ status, stderr }, { status: 1, stderr: '' })
  test.equal((await scanned(['--fail-on', 'never'])).status, 0)
})

void t.test('people read findings, exemptions with their end, and the worst namespace first', async (test) => {
  const { stdout } = await scanned(['--group-by', 'team', '--no-system'])
  test.match(stdout, 'denied  Deployment shop/web  readiness-probe\n')
  test.equal(
    stdout.slice(stdout.indexOf('Exempt\n')),
    `Exempt
  Deployment repaired/web readiness-probe: exempt until 2027-01-31: a queue

TEAM    OBJECTS  DENIED  REQUIRED  ADVISED  UNKNOWN  EXEMPT
retail  2        1       1         -        -        -
audit   1        -       1         -        -        -
money   1        -       1         -        -        -
(none)  2        -       -         -        -        1

NAMESPACE  MODE            PROFILE      OBJECTS  DENIED  REQUIRED  ADVISED  UNKNOWN  EXEMPT
shop       enforce         standard v2  2        1       1         -        -        -
bank       audit           baseline v2  2        -       2         -        -        -
repaired   enforce+inject  standard v2  2        -       -         -        -        1

6 objects: 3 required; 1 fixable by inject; 1 exempt
`
  )
})

void t.test('exemptions that have ended are listed', async (test) => {
  const annotations = { 'holdfast.dev/exempt.readiness-probe': 'a queue', 'holdfast.dev/exempt-until': '2026-11-28' }
  const ended = { objects: [node, namespaceOf('shop'), web('shop', { annotations }, blind), budget('shop')] }
  test.strictSame((await reportOf([], ended)).stale, ['shop: deployment/web: its exemptions ended on 2026-11-28'])
  test.strictSame((await reportOf([])).stale, [])
})

async function deniedWith(...args: string[]): Promise<string[]> {
  const { results } = await reportOf(['--mode', 'enforce', '--profile', 'standard', '--before-labels', ...args])
  return results
    .filter((result) => result.denied === true)
    .map(({ object, policy }) => `${object.kind} ${object.namespace} ${policy}`)
}

void t.test('a rehearsal tells what another mode would deny, and what repairs would leave', async (test) => {
  test.strictSame(await deniedWith(), [
    'Deployment bank readiness-probe',
    'PodDisruptionBudget bank budget-allows-disruption',
    'Deployment shop readiness-probe'
  ])
  test.strictSame(await deniedWith('--with-repairs'), ['PodDisruptionBudget bank budget-allows-disruption'])
})

void t.test('a rehearsal is compared with the present labels', async (test) => {
  const { stdout } = await scanned(['--mode', 'enforce', '--diff', '-n', 'bank'])
  test.equal(
    stdout.slice(stdout.indexOf('Turns'), stdout.indexOf('NAMESPACE')),
    'Turns 1 object of 1 namespace from required to denied\n  PodDisruptionBudget bank/web: budget-allows-disruption\n\n'
  )
  test.match((await scanned(['--mode', 'audit', '--diff', '-n', 'bank'])).stdout, 'The rehearsal turns nothing\n')
})

void t.test('only what is asked for is looked at', async (test) => {
  test.strictSame(foundIn(await reportOf(['-n', 'kube-system'])), inSystem)
  test.strictSame(foundIn(await reportOf(['-n', 'kube-system', '--no-system'])), [])
  test.equal((await reportOf(['--kind', 'poddisruptionbudgets'])).summary.objects, 3)
  test.equal((await reportOf(['--selector', 'team=audit'])).summary.objects, 1)
  test.equal((await reportOf(['--selector', 'team!=audit', '--kind', 'Deployment'])).summary.objects, 3)
})

void t.test('what may not be listed is unknown, and the run is incomplete', async (test) => {
  const { status, stderr, stdout } = await scanned(['-n', 'shop'], { objects, forbidden: ['poddisruptionbudgets'] })
  test.equal(status, 3)
  test.equal(stderr, 'policy/poddisruptionbudgets: forbidden\n')
  test.match(stdout, 'Not judged\n  policy/poddisruptionbudgets: forbidden\n')
  test.notMatch(stdout, 'no budget selects its pods', 'whether it has one is not known')
})

void t.test('budgets that let no pod go now are listed with their arithmetic', async (test) => {
  const status = { observedGeneration: 1, expectedPods: 3, currentHealthy: 2, desiredHealthy: 2, disruptionsAllowed: 0 }
  const inShop = { ...budget('shop'), status }
  const inBank = { ...budget('bank'), status: { ...status, expectedPods: 0 } }
  const { stdout } = await scanned(['--kind', 'PodDisruptionBudget'], { objects: [inShop, inBank] })
  test.match(
    stdout,
    `Budgets that let no pod go now
BUDGET    BOUND              PODS  HEALTHY  MUST STAY  MAY GO
shop/web  maxUnavailable: 1  3     2        2          0

`
  )
})

void t.test('an object that the API server would not show so is named, and the rest is judged', async (test) => {
  const odd = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'odd' },
    spec: { replicas: 'x' }
  }
  const { incomplete, summary } = await reportOf(['-n', 'shop'], { objects: [...objects, odd] })
  test.strictSame(incomplete, [{ file: 'Deployment shop/odd', problem: 'spec.replicas: expected an integer' }])
  test.equal(summary.objects, 2)
})

void t.test('what Holdfast has changed is listed', async (test) => {
  const labels = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
  const record = JSON.stringify([{ policy: 'readiness-probe', at: 'containers[name=web].readinessProbe', value: 1 }])
  const companion = { ...budget('shop'), metadata: { namespace: 'shop', name: 'kept', labels } }
  const injected = web('shop', { annotations: { 'holdfast.dev/injected': record } })
  const { stdout } = await scanned([], { objects: [node, namespaceOf('shop'), injected, companion] })
  test.match(
    stdout,
    'Changed by Holdfast\n  Deployment shop/web: readiness-probe\n  PodDisruptionBudget shop/kept: a companion\n'
  )
})

function podOf(name: string, nodeName?: string): JsonObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d', controller: true }
  const labels = { app: 'web', 'pod-template-hash': '5d' }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name, labels, ownerReferences: [owner] },
    spec: { containers: [{ name: 'web' }], ...(nodeName !== undefined && { nodeName }) },
    status: { phase: nodeName === undefined ? 'Pending' : 'Running' }
  }
}

void t.test('where pods run is told if it is asked for', async (test) => {
  const pods = [podOf('1', 'a'), podOf('2', 'a'), podOf('3')]
  const { cluster, summary } = await reportOf(['--pods', '-n', 'shop'], { objects: [...objects, ...pods] })
  test.strictSame(cluster?.placement, {
    nodes: [
      { name: 'b', zone: 'y', ready: false, schedulable: true },
      { name: 'a', zone: 'z', ready: false, schedulable: true }
    ],
    workloads: [{ namespace: 'shop', kind: 'Deployment', name: 'web', pending: 1, pods: [[1, 2]] }]
  })
  test.equal(summary.objects, 2, 'pods of a workload are judged with it')
  test.equal((await reportOf([])).cluster?.placement, undefined)
})

void t.test('the roles of a scan can be printed', async (test) => {
  const { stdout, status } = await scanned(['--print-rbac', '-n', 'shop'])
  test.equal(status, 0)
  const [role, clusterRole] = parseAllDocuments(stdout).map(
    (one) => one.toJS() as { kind: string; rules: { resources: string[] }[] }
  )
  test.equal(role?.kind, 'Role')
  test.ok(role?.rules.some(({ resources }) => resources.includes('deployments')))
  test.strictSame(
    clusterRole?.rules.map(({ resources }) => resources),
    [['nodes', 'persistentvolumes'], ['priorityclasses'], ['apiservices'], ['namespaces']]
  )
  const whole = parseAllDocuments((await scanned(['--print-rbac'])).stdout)
  test.equal(whole.length, 1)
  const budgets = ['--print-rbac', '--kind', 'PodDisruptionBudget']
  test.notMatch((await scanned(budgets)).stdout, 'pods')
  test.match((await scanned([...budgets, '--format', 'html'])).stdout, 'pods', 'its map shows where they run')
})

void t.test('wrong flags are said', async (test) => {
  const wrong = async (...args: string[]) => (await scanned(args)).stderr
  test.match(await wrong('--kind', 'Deploment'), '--kind: "Deploment" is not one of Deployment,')
  test.equal(await wrong('-l', 'app in'), '--selector: "app in" is not a selector such as app=web,tier!=test\n')
  test.equal(
    await wrong('--diff'),
    '--diff: needs one of --config, --mode, --profile, --profile-version, --with-repairs\n'
  )
  test.equal(await wrong('--before-labels'), '--before-labels: needs --profile or --profile-version\n')
  test.match((await scanned(['--help'])).stdout, 'Usage: holdfast scan')
})

function texts({ results }: Report): string[] {
  return results.map(({ object, text, severity }) => `${object.namespace} ${severity} ${text}`).toSorted()
}

void t.test('scan, a scan of saved facts, lint by them and the webhook agree on every workload', async (test) => {
  const saved = await look((given, outside) => facts(given, outside, fakeLive({ objects }).open), [])
  const inFiles = objects.filter(({ kind }) => kind === 'Deployment')
  folderWith(test, {
    'facts.json': saved.stdout,
    'manifests.yaml': inFiles.map((object) => JSON.stringify(object)).join('\n---\n')
  })
  const live = await reportOf(['--kind', 'Deployment'])
  const offline = await reportOf(['--kind', 'Deployment', '--facts', 'facts.json'])
  test.strictSame(offline, live)
  const linted = await look(lint, ['manifests.yaml', '--facts', 'facts.json', '--format', 'json'])
  test.strictSame(texts(reportSchema.parse(JSON.parse(linted.stdout))), texts(live))
  test.not(live.results.length, 0)
  const namespaces = new Map(
    objects
      .filter(({ kind }) => kind === 'Namespace')
      .map((one) => {
        const { name, labels } = one['metadata'] as { name: string; labels?: Record<string, string> }
        return [name, labels ?? {}]
      })
  )
  const source = sourceOf(inventoryOf(objects), { serverVersion: () => known({ major: 1, minor: 36 }) })
  for (const object of inFiles) {
    const { namespace } = object['metadata'] as { namespace: string }
    const endpoint = namespaces.get(namespace)?.['holdfast.dev/mode'] === 'enforce' ? 'enforce' : 'audit'
    const injects = namespaces.get(namespace)?.['holdfast.dev/inject'] === 'enabled'
    if (injects) continue
    const { allowed, auditAnnotations = {} } = ask(admitFrom(source), endpoint, {
      object,
      request: { namespace, operation: 'CREATE' }
    })
    const own = live.results.filter(
      ({ object: { namespace: of }, suppressed }) => of === namespace && suppressed === undefined
    )
    const told = JSON.parse(auditAnnotations['findings'] ?? '[]') as { policy: string; severity: string }[]
    test.strictSame(told.map(({ policy }) => policy).toSorted(), own.map(({ policy }) => policy).toSorted(), namespace)
    test.equal(
      !allowed,
      own.some(({ denied }) => denied === true),
      namespace
    )
  }
})
