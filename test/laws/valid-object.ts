import * as fc from 'fast-check'
import type { KindName } from '../../src/kube/kinds.ts'
import type { JsonMap } from '../support/workloads.ts'

const { constant, constantFrom, oneof, record, array } = fc

/** A record of whose fields any may be missing, but for the required ones. */
function some(model: Record<string, fc.Arbitrary<unknown>>, ...requiredKeys: readonly string[]): fc.Arbitrary<JsonMap> {
  return record(model, { requiredKeys: [...requiredKeys] }) as fc.Arbitrary<JsonMap>
}

const handler = oneof(
  some(
    {
      httpGet: some(
        { path: constantFrom('/', '/ready'), port: constantFrom(8080, 'http'), scheme: constant('HTTP') },
        'port'
      )
    },
    'httpGet'
  ),
  constant({ tcpSocket: { port: 8080 } }),
  constant({ grpc: { port: 8080 } }),
  constant({ exec: { command: ['check'] } })
)

function probe(more: Record<string, fc.Arbitrary<unknown>> = {}): fc.Arbitrary<JsonMap> {
  const timing = some({
    initialDelaySeconds: constantFrom(0, 60),
    periodSeconds: constantFrom(1, 10),
    timeoutSeconds: constantFrom(1, 5),
    failureThreshold: constantFrom(1, 3),
    ...more
  })
  return fc.tuple(handler, timing).map(([one, other]) => ({ ...one, ...other }))
}

const hook = oneof(
  constant({ sleep: { seconds: 5 } }),
  constant({ exec: { command: ['sleep', '40'] } }),
  constant({ httpGet: { port: 8080 } })
)
const resources = constantFrom({}, { requests: { cpu: '1', memory: '64Mi' } }, { limits: { cpu: 1, memory: '64Mi' } })
const container = some(
  {
    name: constant('web'),
    image: constantFrom('web:1', 'web', 'registry.example:5000/web:latest'),
    ports: constantFrom(
      [{ containerPort: 8080 }],
      [{ containerPort: 8080, name: 'http' }],
      [{ containerPort: 8080, hostPort: 8080, protocol: 'TCP' }]
    ),
    readinessProbe: probe({ successThreshold: constantFrom(1, 2) }),
    livenessProbe: probe(),
    startupProbe: probe(),
    lifecycle: some({ preStop: hook, postStart: constant({ exec: { command: ['true'] } }) }),
    resources,
    volumeMounts: constant([{ name: 'data', mountPath: '/data' }])
  },
  'name',
  'image',
  'volumeMounts'
)

const labels = { app: 'web' }
const labelSelector = { matchLabels: labels }
const topologyKey = constantFrom('kubernetes.io/hostname', 'topology.kubernetes.io/zone')
const term = some({ topologyKey, labelSelector: constant(labelSelector) }, 'topologyKey', 'labelSelector')
const toleration = constantFrom(
  { operator: 'Exists' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 20 },
  { key: 'gpu', value: 'yes' }
)
const volume = constantFrom(
  { name: 'data', emptyDir: {} },
  { name: 'data', hostPath: { path: '/srv/data' } },
  { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
  { name: 'data', configMap: { name: 'web' } }
)

function podSpec(more: Record<string, fc.Arbitrary<unknown>> = {}): fc.Arbitrary<JsonMap> {
  return some(
    {
      containers: container.map((one) => [one]),
      initContainers: constantFrom(
        [{ name: 'init', image: 'init:1' }],
        [{ name: 'mesh', image: 'mesh:1', restartPolicy: 'Always' }]
      ),
      volumes: volume.map((one) => [one]),
      terminationGracePeriodSeconds: constantFrom(10, 30, 60),
      topologySpreadConstraints: some(
        {
          maxSkew: constantFrom(1, 2),
          topologyKey,
          whenUnsatisfiable: constantFrom('DoNotSchedule', 'ScheduleAnyway'),
          labelSelector: constant(labelSelector)
        },
        'maxSkew',
        'topologyKey',
        'whenUnsatisfiable'
      ).map((one) => [one]),
      affinity: term.map((one) => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [one] } })),
      nodeSelector: constantFrom({ 'kubernetes.io/hostname': 'a' }, { pool: 'front' }),
      tolerations: array(toleration, { maxLength: 2 }),
      hostNetwork: constant(false),
      ...more
    },
    'containers',
    'volumes',
    ...Object.keys(more)
  )
}

function templateOf(spec: fc.Arbitrary<JsonMap>): fc.Arbitrary<JsonMap> {
  return spec.map((one) => ({ metadata: { labels }, spec: one }))
}

const template = templateOf(podSpec())
const selector = constant(labelSelector)
const amount = constantFrom(1, 2, '10%', '50%')
const replicas = constantFrom(0, 1, 2, 3, 5)

function rolling(model: Record<string, fc.Arbitrary<unknown>>, ...others: readonly string[]): fc.Arbitrary<unknown> {
  return oneof(
    constantFrom({}, { type: 'RollingUpdate' }, ...others.map((type) => ({ type }))),
    some(model).map((rollingUpdate) => ({ rollingUpdate })),
    some(model).map((rollingUpdate) => ({ type: 'RollingUpdate', rollingUpdate }))
  )
}

const job = {
  template: templateOf(podSpec({ restartPolicy: constantFrom('Never', 'OnFailure') })),
  backoffLimit: constantFrom(0, 6),
  parallelism: constantFrom(1, 3),
  completions: constant(3),
  activeDeadlineSeconds: constant(600)
}

/** Specs that the API server accepts, with much left out that it fills in; by kind. */
const specs = {
  Deployment: some(
    {
      selector,
      template,
      replicas,
      strategy: rolling({ maxSurge: amount, maxUnavailable: amount }, 'Recreate'),
      minReadySeconds: constant(10),
      revisionHistoryLimit: constantFrom(0, 10)
    },
    'selector',
    'template'
  ),
  StatefulSet: some(
    {
      selector,
      template,
      replicas,
      serviceName: constant('web'),
      updateStrategy: rolling({ partition: constantFrom(0, 2) }, 'OnDelete'),
      volumeClaimTemplates: constant([
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
        }
      ]),
      persistentVolumeClaimRetentionPolicy: constantFrom({ whenScaled: 'Delete' }, { whenDeleted: 'Delete' })
    },
    'selector',
    'template'
  ),
  DaemonSet: some(
    {
      selector,
      template,
      updateStrategy: rolling({ maxUnavailable: amount }, 'OnDelete')
    },
    'selector',
    'template'
  ),
  ReplicaSet: some({ selector, template, replicas }, 'selector', 'template'),
  Job: some(job, 'template'),
  CronJob: some(
    {
      schedule: constant('@daily'),
      jobTemplate: some(job, 'template').map((spec) => ({ spec })),
      concurrencyPolicy: constantFrom('Allow', 'Forbid'),
      startingDeadlineSeconds: constantFrom(5, 300)
    },
    'schedule',
    'jobTemplate'
  ),
  Pod: podSpec(),
  PodDisruptionBudget: oneof(
    some({ selector, minAvailable: amount, unhealthyPodEvictionPolicy: constant('AlwaysAllow') }, 'selector'),
    some({ selector, maxUnavailable: constantFrom(0, 1, '0%', '100%') }, 'selector', 'maxUnavailable')
  ),
  HorizontalPodAutoscaler: some(
    {
      scaleTargetRef: constant({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }),
      minReplicas: constantFrom(1, 2),
      maxReplicas: constantFrom(2, 10),
      metrics: constant([
        { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: 5 } } }
      ]),
      behavior: constantFrom(
        { scaleUp: { selectPolicy: 'Disabled' } },
        { scaleDown: { stabilizationWindowSeconds: 0 } }
      )
    },
    'scaleTargetRef',
    'maxReplicas'
  ),
  Service: some(
    {
      selector: constant(labels),
      ports: constantFrom([{ port: 80 }], [{ port: 80, targetPort: 'http' }]),
      type: constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
      internalTrafficPolicy: constant('Local'),
      publishNotReadyAddresses: constantFrom(true, false)
    },
    'ports'
  )
} as const satisfies Partial<Record<KindName, fc.Arbitrary<JsonMap>>>

export type ValidKind = keyof typeof specs
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object literal has no keys but those of its type
export const validKinds = Object.keys(specs) as readonly ValidKind[]

/** Specs of a kind that the API server accepts, the same in every run. */
export function validSpecs(kind: ValidKind, count: number): JsonMap[] {
  return fc.sample(specs[kind], { numRuns: count, seed: 1 })
}
