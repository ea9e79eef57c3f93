import * as fc from 'fast-check'
import type { Json, JsonMap } from '../support/workloads.ts'

const { constantFrom, constant, oneof, record, array, tuple } = fc

/** Now and then something odd. */
export function often<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
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
const command = constantFrom<Json>(
  ['check', '$HOST'],
  ['check', '$(POD_IP)'],
  ['true'],
  ['sleep', '7'],
  ['sh', '-c', 'sleep 50; nginx -s quit'],
  ['sleep', '3590']
)
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
    image: constantFrom('a:1', 'b@sha256:0', 'a-exporter:1', 'a', 'a:latest'),
    command: constantFrom<Json>(['/app'], ['sleep', 'infinity'], null),
    args: constantFrom<Json>(['--leader-elect'], ['-c', 'true'], null),
    env: constantFrom<Json>(
      [],
      [
        { name: 'POD_IP', valueFrom: {} },
        { name: 'HOST', value: 'a' }
      ],
      7,
      null
    ),
    ports: often<Json>(
      oneof(constant([{ containerPort: 8080, protocol: 'TCP' }]), array(port, { maxLength: 3 })),
      constant(null)
    ),
    readinessProbe: probe,
    livenessProbe: probe,
    startupProbe: probe,
    lifecycle,
    resources: constantFrom<Json>({}, { requests: { cpu: '1' } }, { limits: { memory: 1 } }, null)
  },
  { requiredKeys: ['ports'] }
)

function containerNamed(name: string): fc.Arbitrary<JsonMap> {
  return containerRest.map((rest) => ({ name, ...rest }))
}

const sane = fc
  .subarray([...names], { minLength: 1, maxLength: 3 })
  .chain((chosen) => tuple(...chosen.map(containerNamed)))
const odd = array(oneof(constantFrom(...oddNames).chain(containerNamed), containerRest), { minLength: 1, maxLength: 3 })
const containers = often<JsonMap[]>(sane, odd)
const sidecars = array(
  tuple(containerNamed('mesh'), constantFrom('Always', 'Never')).map(([one, restartPolicy]) => ({
    ...one,
    restartPolicy
  })),
  { maxLength: 1 }
)

export const labels = often<JsonMap>(
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
export const selector = often<JsonMap | null>(
  oneof(
    constant({ matchLabels: { app: 'web' } }),
    constantFrom({ matchLabels: { app: 'web' } }, { matchLabels: { app: 'api' } }),
    record({ matchLabels: labels, matchExpressions: array(expression, { maxLength: 2 }) }, { requiredKeys: [] })
  ),
  constantFrom(null, {})
)
const topologyKey = constantFrom(
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'rack',
  'failure-domain.beta.kubernetes.io/zone'
)
const inclusion = constantFrom('Honor', 'Ignore')
const constraint = record(
  {
    maxSkew: constantFrom(1, 2),
    topologyKey,
    whenUnsatisfiable: constantFrom('DoNotSchedule', 'ScheduleAnyway'),
    labelSelector: selector,
    minDomains: constantFrom(1, 2, 5),
    nodeAffinityPolicy: inclusion,
    nodeTaintsPolicy: inclusion
  },
  { requiredKeys: ['maxSkew', 'topologyKey', 'whenUnsatisfiable'] }
)
const nodeAffinity = record(
  {
    requiredDuringSchedulingIgnoredDuringExecution: record({
      nodeSelectorTerms: array(
        record({ matchExpressions: constant([{ key: 'rack', operator: 'Exists' }]) }, { requiredKeys: [] }),
        { maxLength: 2 }
      )
    })
  },
  { requiredKeys: [] }
)
const term = record(
  { topologyKey, labelSelector: selector, namespaces: constant(['other']), namespaceSelector: constant({}) },
  { requiredKeys: ['topologyKey'] }
)
const podAntiAffinity = record(
  {
    requiredDuringSchedulingIgnoredDuringExecution: array(term, { maxLength: 2 }),
    preferredDuringSchedulingIgnoredDuringExecution: array(record({ weight: constant(1), podAffinityTerm: term }), {
      maxLength: 2
    })
  },
  { requiredKeys: [] }
)

const grace = constantFrom(0, 5, 10, 30, 30, 30, 600)
export const gracePlace = 'terminationGracePeriodSeconds'

export const podSpec: fc.Arbitrary<JsonMap> = record(
  {
    containers,
    initContainers: sidecars,
    [gracePlace]: grace,
    topologySpreadConstraints: array(constraint, { maxLength: 3 }),
    affinity: oneof<fc.Arbitrary<JsonMap>[]>(
      constant({}),
      constant({}),
      record({ podAntiAffinity }),
      record({ nodeAffinity })
    ),
    nodeSelector: constantFrom({}, { 'topology.kubernetes.io/zone': 'a' }),
    tolerations: constantFrom<Json>(
      [],
      [{ operator: 'Exists' }],
      [{ key: 'gpu', operator: 'Exists' }],
      [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 20 }],
      [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
      null
    ),
    hostNetwork: constantFrom(true, false, false, false),
    priorityClassName: constantFrom('', 'high', 'low'),
    volumes: constant([{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]),
    unheardOf: fc.jsonValue({ maxDepth: 2 })
  },
  { requiredKeys: ['containers'] }
)
