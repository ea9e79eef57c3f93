import fc from 'fast-check'
import { type Facts, known, unknown } from '../../src/engine/facts.ts'
import { profileNames } from '../../src/engine/policy.ts'
import type { WorkloadKind } from '../../src/kube/workload.ts'
import { factsOf, injectedKey, type Json, type JsonMap, type Setting } from '../support/workloads.ts'

const { constantFrom, constant, oneof, option, record, array, tuple } = fc

function often<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return oneof({ arbitrary: usual, weight: 12 }, { arbitrary: odd, weight: 1 })
}

const names = ['web', 'api', 'proxy', 'db-1', 'x'] as const
const oddNames = ['Web', 'a.b', 'a]b', 'a[b', '', 'web', '__proto__', 'constructor', 'ünï', 'a\nb', 'x'.repeat(300)]
const numbers = constantFrom(80, 8080, 9090, 0, 65_535, 70_000)

const port = record(
  {
    containerPort: numbers,
    protocol: constantFrom('TCP', 'TCP', 'TCP', 'UDP', 'SCTP'),
    name: constantFrom('http', 'metrics', '')
  },
  { requiredKeys: ['containerPort'] }
)

const portRef = oneof(numbers, constantFrom('http', 'nowhere'))
const httpGet = record(
  {
    path: constantFrom('/', '/healthz'),
    port: portRef,
    host: constantFrom('', 'example.org'),
    scheme: constantFrom('HTTP', 'HTTPS'),
    httpHeaders: array(record({ name: constant('Host'), value: constant('a') }), { maxLength: 2 })
  },
  { requiredKeys: ['port'] }
)
const tcpSocket = record({ port: portRef, host: constantFrom('', '10.0.0.1') }, { requiredKeys: ['port'] })
const command = constantFrom<Json>(['true'], ['sleep', '7'], ['sh', '-c', 'sleep 50; nginx -s quit'], ['sleep', '3590'])
const grpc = record({ port: numbers, service: constantFrom('', 'live') }, { requiredKeys: ['port'] })

const timing = record(
  {
    periodSeconds: constantFrom(1, 10),
    timeoutSeconds: constantFrom(1, 3),
    failureThreshold: constant(3),
    terminationGracePeriodSeconds: constant(10)
  },
  { requiredKeys: [] }
)
const handler = oneof(
  record({ httpGet }),
  record({ tcpSocket }),
  record({ exec: record({ command }) }),
  record({ grpc }),
  often(record({ httpGet }), record({ httpGet, tcpSocket }))
)
const probe = often<JsonMap | null>(
  tuple(handler, timing).map(([one, other]) => ({ ...one, ...other })),
  constantFrom(null, {})
)
const hook = often<JsonMap | null>(
  oneof(
    record({ sleep: record({ seconds: constantFrom(0, 5, 25, 29, 3600) }) }),
    record({ exec: record({ command }) }),
    record({ httpGet })
  ),
  constantFrom(null, {})
)
const lifecycle = oneof(
  record({ preStop: hook }),
  record({ postStart: hook }),
  record({ preStop: hook, postStart: hook }),
  constantFrom({}, null)
)

const containerRest = record(
  {
    image: constantFrom('a:1', 'b@sha256:0'),
    ports: often<Json>(array(port, { maxLength: 3 }), constant(null)),
    readinessProbe: probe,
    livenessProbe: probe,
    startupProbe: probe,
    lifecycle,
    resources: constant({})
  },
  { requiredKeys: ['ports'] }
)

function containerNamed(name: string): fc.Arbitrary<JsonMap> {
  return containerRest.map((rest) => ({ name, ...rest }))
}

const sane = fc.subarray([...names], { minLength: 1, maxLength: 3 }).chain((chosen) => tuple(...chosen.map(containerNamed)))
const odd = array(oneof(constantFrom(...oddNames).chain(containerNamed), containerRest), { minLength: 1, maxLength: 3 })
const containers = often<JsonMap[]>(sane, odd)
const sidecars = array(
  tuple(containerNamed('mesh'), constantFrom('Always', 'Never')).map(([one, restartPolicy]) => ({ ...one, restartPolicy })),
  { maxLength: 1 }
)

const labels = often<JsonMap>(
  constantFrom({ app: 'web' }, { app: 'web', tier: 'front' }),
  constantFrom({}, { ['__proto__']: 'x', app: 'web' }, { constructor: 'x' })
)
const expression = constantFrom<JsonMap>(
  { key: 'app', operator: 'In', values: ['web'] },
  { key: 'app', operator: 'NotIn', values: ['api'] },
  { key: 'tier', operator: 'DoesNotExist' },
  { key: 'app', operator: 'Exists' },
  { key: 'app', operator: 'Gt', values: ['1'] },
  { key: '__proto__', operator: 'Exists' }
)
const selector = often<JsonMap | null>(
  oneof(
    constantFrom({ matchLabels: { app: 'web' } }, { matchLabels: { app: 'api' } }),
    record({ matchLabels: labels, matchExpressions: array(expression, { maxLength: 2 }) }, { requiredKeys: [] })
  ),
  constantFrom(null, {})
)
const topologyKey = constantFrom('kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'rack')
const constraint = record(
  { maxSkew: constant(1), topologyKey, whenUnsatisfiable: constantFrom('DoNotSchedule', 'ScheduleAnyway'), labelSelector: selector },
  { requiredKeys: ['maxSkew', 'topologyKey', 'whenUnsatisfiable'] }
)
const term = record(
  { topologyKey, labelSelector: selector, namespaces: constant(['other']), namespaceSelector: constant({}) },
  { requiredKeys: ['topologyKey'] }
)
const podAntiAffinity = record(
  {
    requiredDuringSchedulingIgnoredDuringExecution: array(term, { maxLength: 2 }),
    preferredDuringSchedulingIgnoredDuringExecution: array(record({ weight: constant(1), podAffinityTerm: term }), { maxLength: 2 })
  },
  { requiredKeys: [] }
)

const grace = constantFrom(0, 5, 10, 30, 30, 30, 600)
export const gracePlace = 'terminationGracePeriodSeconds'

const podSpec = record(
  {
    containers,
    initContainers: sidecars,
    [gracePlace]: grace,
    topologySpreadConstraints: array(constraint, { maxLength: 3 }),
    affinity: record({ podAntiAffinity }, { requiredKeys: [] }),
    hostNetwork: constantFrom(true, false),
    volumes: constant([{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]),
    unheardOf: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
  },
  { requiredKeys: ['containers'] }
)

const amount = constantFrom<Json>(0, 1, 2, '0%', '25%', '50%', '100%', 'half')
const strategy = record(
  {
    type: constantFrom('RollingUpdate', 'RollingUpdate', 'Recreate', 'OnDelete'),
    rollingUpdate: record({ maxSurge: amount, maxUnavailable: amount, partition: constantFrom(0, 1, 3) }, { requiredKeys: [] })
  },
  { requiredKeys: [] }
)

const entry = record({
  policy: constantFrom('readiness-probe', 'pre-stop-sleep', 'termination-budget', 'topology-spread', 'nobody'),
  at: constantFrom(
    'containers[name=web].readinessProbe',
    'containers[name=web].lifecycle.preStop',
    gracePlace,
    'topologySpreadConstraints',
    'hostNetwork',
    '__proto__',
    'containers[0].image'
  ),
  value: constantFrom<Json>({}, 30, 600, true, [], { exec: { command: ['true'] } }, { tcpSocket: { port: 8080 } }, 'a:1'),
  instead: constantFrom(30, 0)
})
const hostile = oneof<fc.Arbitrary<JsonMap>[]>(
  array(entry, { maxLength: 3 }).map((entries) => ({ [injectedKey]: JSON.stringify(entries) })),
  constantFrom<JsonMap>({ [injectedKey]: 'no record' }, { [injectedKey]: '[null]' }, { ['__proto__']: 'x' }),
  constantFrom<JsonMap>({ 'holdfast.dev/exempt.readiness-probe': 'for a reason' }, { 'holdfast.dev/exempt.': 'x' }),
  constantFrom<JsonMap>({ 'holdfast.dev/inject': 'disabled' }, { 'holdfast.dev/exempt-until': '2026-02-30' })
)
export const annotations: fc.Arbitrary<JsonMap> = oneof<fc.Arbitrary<JsonMap>[]>(constant({}), constant({ note: 'a' }), hostile)

/** What shows who wrote the grace period. */
export type Evidence = 'none' | 'says it was written' | 'says nobody wrote it'

function placed(at: readonly string[], value: Json): JsonMap {
  const [first = '', ...rest] = at
  return { [first]: rest.length === 0 ? value : placed(rest, value) }
}

function evidenceOf(evidence: Evidence, byApply: boolean, at: readonly string[]): { annotations?: JsonMap; managedFields?: Json } {
  if (evidence === 'none') return {}
  const path = [...at, 'spec', gracePlace]
  const written = evidence === 'says it was written'
  if (byApply) {
    const fieldsV1 = written ? placed(path.map((token) => `f:${token}`), {}) : { 'f:spec': {} }
    return { managedFields: [{ manager: 'kubectl', operation: 'Apply', fieldsV1 }] }
  }
  const text = JSON.stringify(written ? placed(path, 30) : { spec: {} })
  return { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } }
}

export interface Generated {
  kind: WorkloadKind
  resource: string
  /** Where its pod template lies. */
  at: readonly string[]
  evidence: Evidence
  object: JsonMap
}

const inTemplate = ['spec', 'template']
const kinds: Readonly<Record<WorkloadKind, { resource: string; at: readonly string[] }>> = {
  Deployment: { resource: 'apps/deployments', at: inTemplate },
  StatefulSet: { resource: 'apps/statefulsets', at: inTemplate },
  DaemonSet: { resource: 'apps/daemonsets', at: inTemplate },
  ReplicaSet: { resource: 'apps/replicasets', at: inTemplate },
  Job: { resource: 'batch/jobs', at: inTemplate },
  CronJob: { resource: 'batch/cronjobs', at: ['spec', 'jobTemplate', 'spec', 'template'] },
  Pod: { resource: 'pods', at: [] }
}
