import tap, { type Test } from 'tap'
import { openApi, type Api } from '../../src/cluster/api/api.ts'
import { hasStatus } from '../../src/cluster/api/api-error.ts'
import { ClusterCache } from '../../src/cluster/cluster-cache.ts'
import { buildFactSource, type FactSource } from '../../src/inventory/fact-source.ts'
import { startReflector } from '../../src/cluster/reflector/reflector.ts'
import { readServerVersion } from '../../src/cluster/server-version.ts'
import { type Fact, known } from '../../src/inventory/fact.ts'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { parseBudget } from '../../src/kube/budget.ts'
import { systemClasses } from '../../src/kube/priority-class.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { verticalAutoscalerKind } from '../support/custom-kinds.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const shop = '/namespaces/shop'
const labels = { app: 'web' }
const optedIn = { 'holdfast.dev/mode': 'warn', 'holdfast.dev/inject': 'enabled' }

function deployment(): object {
  const resources = { requests: { cpu: '10m' }, limits: { memory: '16Mi' } }
  const volumes = ['data', 'missing'].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }))
  const containers = [{ name: 'web', image: 'web:1', resources }]
  const template = { metadata: { labels }, spec: { containers, volumes } }
  const spec = { replicas: 3, selector: { matchLabels: labels }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec }
}

function budget(name: string): object {
  const spec = { maxUnavailable: 1, selector: { matchLabels: labels } }
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace: 'shop' }, spec }
}

function autoscaler(): object {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const spec = { scaleTargetRef, minReplicas: 2, maxReplicas: 5 }
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec }
}

function claim(): object {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'fast' }
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec }
}

function localDisk(): object {
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }]
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions }] } }
  const spec = {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    local: { path: '/mnt/disk' },
    nodeAffinity,
    storageClassName: 'fast'
  }
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'disk' }, spec }
}

/** As metrics-server registers itself; nobody answers. */
const metricsServer = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1beta1.metrics.k8s.io' },
  spec: {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    groupPriorityMinimum: 100,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
    service: { name: 'metrics-server', namespace: 'kube-system' }
  }
}

function verticalAutoscaler(): object {
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const spec = { targetRef, updatePolicy: { updateMode: 'Initial' } }
  return { apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', metadata: { name: 'web' }, spec }
}

async function create(api: Api): Promise<void> {
  const post = (path: string, body: object) => api.send({ method: 'POST', path, body })
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: optedIn } })
  const zone = { 'topology.kubernetes.io/zone': 'a' }
  await post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: zone } })
  await post(`/apis/apps/v1${shop}/deployments`, deployment())
  await post(`/apis/policy/v1${shop}/poddisruptionbudgets`, budget('web'))
  await post(`/apis/autoscaling/v2${shop}/horizontalpodautoscalers`, autoscaler())
  const spec = { selector: labels, ports: [{ port: 80, targetPort: 8080 }] }
  const quota = { hard: { 'requests.cpu': '4', pods: '10' }, scopes: ['NotBestEffort'] }
  await post(`/api/v1${shop}/resourcequotas`, { metadata: { name: 'compute' }, spec: quota })
  const limits = [{ type: 'Container', max: { memory: '1Gi' } }]
  await post(`/api/v1${shop}/limitranges`, { metadata: { name: 'usual' }, spec: { limits } })
  await post(`/api/v1${shop}/persistentvolumeclaims`, claim())
  await post(`/api/v1${shop}/services`, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec })
}

/** So the API server asks to wait for a kind that it has only just begun to serve. */
function isNotReady(error: unknown): boolean {
  return hasStatus(error, 429) && error.said === 'storage is (re)initializing'
}

function follow(t: Test, api: Api): ClusterCache {
  const cache = new ClusterCache({
    follow: (options) => startReflector({ api, ...options, timings: { absentMs: 200 } }),
    onProblem: ({ path, error }) => void (isNotReady(error) || t.fail(`${path}: ${String(error)}`)),
    staleAfterSeconds: 180
  })
  t.teardown(() => cache.stop())
  return cache
}

function valueOf<T>(fact: Fact<T>): T {
  if (!fact.known) throw new Error(fact.why)
  return fact.value
}

function verticalIn({ verticalAutoscalers }: Facts): string {
  return valueOf(verticalAutoscalers)
    .map(({ name, mode }) => `${name} ${mode}`)
    .join(', ')
}

/** Tries anew until a change is seen. */
function becomes(source: FactSource, holds: (facts: Facts) => boolean): Promise<true> {
  const holdsNow = async () => (holds(source.factsFor(parseWorkload('Deployment', deployment()))) ? true : undefined)
  return waitFor({ what: 'the change', seconds: 20 }, holdsNow)
}

async function testFacts(t: Test, plane: ControlPlane): Promise<void> {
  const api = await openApi({ kubeconfig: plane.kubeconfigOf('admin'), environment: {}, userAgent: 'holdfast/test' })
  if (api === undefined) throw new Error('no kubeconfig')
  t.teardown(() => api.close())
  await create(api)
  const cache = follow(t, api)
  t.match(cache.unsynced, /^waiting for the first list of \w+$/)
  await cache.firstSync()
  t.equal(cache.unsynced, undefined)
  const version = await readServerVersion(api, AbortSignal.timeout(5000))
  const companions = {
    enabled: true,
    kinds: new Set(['apps/Deployment']),
    excludedNamespaces: new Set<string>(),
    isExempt: () => false
  }
  const { inventory } = cache
  const source = buildFactSource({ inventory, readiness: cache, serverVersion: () => known(version), companions })

  await t.test('of a Deployment that is there', (test) => {
    const facts = source.factsFor(parseWorkload('Deployment', deployment()))
    test.strictSame(
      valueOf(facts.budgets).map(({ name, companion }) => ({ name, companion })),
      [{ name: 'web', companion: false }]
    )
    test.equal(valueOf(facts.autoscaler)?.minReplicas, 2)
    test.strictSame(
      valueOf(facts.services).map(({ metadata, ports }) => [metadata.name, ports[0]?.targetPort]),
      [['web', 8080]]
    )
    test.strictSame([...valueOf(facts.nodes).domainsOf('topology.kubernetes.io/zone')], ['a'])
    const data = { name: 'data', namespace: 'shop', accessModes: ['ReadWriteOnce'] }
    const [pending, ...others] = valueOf(facts.claims).values()
    test.match(pending, { ...data, phase: 'Pending', volumeName: '', storageClassName: 'fast' })
    test.strictSame(others, [], 'one that is missing says nothing')
    test.notOk(valueOf(valueOf(facts.neighbours).someSelectedBy({})), 'itself is no neighbour')
    test.equal(valueOf(facts.companion), true)
    test.match(source.namespaceLabels('shop'), known(optedIn))
    const [usual] = valueOf(facts.limitRanges)
    test.match(usual?.limits[0], { max: { memory: '1Gi' }, limits: { memory: '1Gi' }, requests: { memory: '1Gi' } })
    test.match(valueOf(facts.quotas), [
      { name: 'compute', stated: ['requests.cpu'], scopes: [{ name: 'NotBestEffort' }] }
    ])
    const classes = valueOf(facts.priorityClasses)
    for (const name of systemClasses) test.ok(classes.has(name), `every API server has ${name}`)
    test.notOk(classes.has('high'))
    const groups = valueOf(facts.apiGroups)
    test.ok(groups.has('autoscaling'), 'the API server lists its own groups')
    test.notOk(groups.has('metrics.k8s.io'), 'nothing serves metrics here')
    test.end()
  })

  await t.test('of a budget beside the one that is there', (test) => {
    const facts = source.factsFor(parseBudget(budget('other')))
    const [web] = valueOf(facts.workloads)
    test.strictSame([web?.group, web?.kind, web?.replicas, web?.podLabels], ['apps', 'Deployment', 3, labels])
    test.strictSame(web?.containers, [{ name: 'web', requests: ['cpu', 'memory'] }])
    test.equal(web?.autoscaler?.maxReplicas, 5)
    test.ok(web?.metadata.uid)
    test.strictSame(
      valueOf(facts.budgets).map(({ name }) => name),
      ['web']
    )
    test.end()
  })

  await t.test('of a kind that is not served there is none, until it is', async (test) => {
    test.ok(await becomes(source, (facts) => verticalIn(facts) === ''), 'known, and nothing there')
    const kind = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    await api.send({ method: 'POST', path: kind, body: verticalAutoscalerKind })
    const path = `/apis/autoscaling.k8s.io/v1${shop}/verticalpodautoscalers`
    const created = { what: 'the kind to be served', seconds: 20, everyMilliseconds: 200 }
    await waitFor(created, async () => api.send({ method: 'POST', path, body: verticalAutoscaler() }).catch(() => {}))
    test.ok(await becomes(source, (facts) => verticalIn(facts) === 'web Initial'))
    await api.send({ method: 'DELETE', path: `${kind}/verticalpodautoscalers.autoscaling.k8s.io`, body: {} })
    test.ok(await becomes(source, (facts) => verticalIn(facts) === ''))
  })

  await t.test('what changes is seen', async (test) => {
    const budgets = `/apis/policy/v1${shop}/poddisruptionbudgets`
    await api.send({ method: 'POST', path: budgets, body: budget('second') })
    test.ok(await becomes(source, (facts) => valueOf(facts.budgets).length === 2))
    await api.send({ method: 'DELETE', path: `${budgets}/web`, body: {} })
    test.ok(await becomes(source, (facts) => valueOf(facts.budgets)[0]?.name === 'second'))
    const claimAt = `/api/v1${shop}/persistentvolumeclaims/data`
    const bound = { phase: 'Bound', accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] }
    const contentType = 'application/merge-patch+json'
    await api.send({ method: 'PATCH', path: `${claimAt}/status`, body: { status: bound }, contentType })
    test.ok(await becomes(source, (facts) => valueOf(facts.claims).get('data')?.accessModes.length === 2))
    await api.send({ method: 'POST', path: '/api/v1/persistentvolumes', body: localDisk() })
    await api.send({ method: 'PATCH', path: claimAt, body: { spec: { volumeName: 'disk' } }, contentType })
    test.ok(await becomes(source, (facts) => valueOf(facts.volumes).get('data')?.isOnOneNode === true))
    await api.send({ method: 'POST', path: '/apis/apiregistration.k8s.io/v1/apiservices', body: metricsServer })
    test.ok(await becomes(source, (facts) => valueOf(facts.apiGroups).has('metrics.k8s.io')))
    await api.send({ method: 'DELETE', path: `/apis/autoscaling/v2${shop}/horizontalpodautoscalers/web`, body: {} })
    test.ok(await becomes(source, (facts) => valueOf(facts.autoscaler) === null))
  })
}

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (plane !== undefined) await tap.test('facts of a real cluster', (t) => testFacts(t, plane))
