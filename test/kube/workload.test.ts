import t from 'tap'
import { mountsOf, variablesOf } from '../../src/kube/pod.ts'
import { parseWorkload, podField, type WorkloadKind, workloadKinds } from '../../src/kube/workload.ts'
import { messageOf } from './message-of.ts'

const labels = { app: 'web' }
const podSpec = { containers: [{ name: 'web', image: 'web:1' }], terminationGracePeriodSeconds: 45 }
const template = { metadata: { labels }, spec: podSpec }
const metadata = { name: 'web', labels: { team: 'a' }, annotations: { note: 'x' } }
const selector = { matchLabels: labels }
const rolling = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } }
const partitioned = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }

interface Expected {
  raw: Record<string, unknown>
  replicas: number | undefined
  selector: unknown
  strategy: unknown
  templateAt: readonly string[]
  field: string
}

const inTemplate = { templateAt: ['spec', 'template'], field: 'spec.template.spec.containers[name=web]' }

const kinds: Record<WorkloadKind, Expected> = {
  Deployment: {
    raw: { metadata, spec: { replicas: 3, selector, template, strategy: rolling } },
    replicas: 3,
    selector,
    strategy: rolling,
    ...inTemplate
  },
  StatefulSet: {
    raw: { metadata, spec: { replicas: 0, selector, template, updateStrategy: partitioned, serviceName: 'web' } },
    replicas: 0,
    selector,
    strategy: partitioned,
    ...inTemplate
  },
  DaemonSet: {
    raw: { metadata, spec: { selector, template, updateStrategy: { type: 'OnDelete' } } },
    replicas: undefined,
    selector,
    strategy: { type: 'OnDelete' },
    ...inTemplate
  },
  ReplicaSet: {
    raw: { metadata, spec: { replicas: 2, selector, template } },
    replicas: 2,
    selector,
    strategy: {},
    ...inTemplate
  },
  Job: {
    raw: { metadata, spec: { parallelism: 4, selector, template } },
    replicas: undefined,
    selector,
    strategy: {},
    ...inTemplate
  },
  CronJob: {
    raw: { metadata, spec: { schedule: '0 0 * * *', jobTemplate: { metadata: {}, spec: { template } } } },
    replicas: undefined,
    selector: undefined,
    strategy: {},
    templateAt: ['spec', 'jobTemplate', 'spec', 'template'],
    field: 'spec.jobTemplate.spec.template.spec.containers[name=web]'
  },
  Pod: {
    raw: { metadata: { ...metadata, labels }, spec: podSpec },
    replicas: undefined,
    selector: undefined,
    strategy: {},
    templateAt: [],
    field: 'spec.containers[name=web]'
  }
}

void t.test('every kind is read in one shape', (test) => {
  test.strictSame(Object.keys(kinds).sort(), [...workloadKinds].sort(), 'every kind is tested')
  for (const kind of workloadKinds) {
    const { raw, replicas, selector: ownSelector, strategy, templateAt, field } = kinds[kind]
    const before = structuredClone(raw)
    const workload = parseWorkload(kind, raw)
    test.equal(workload.kind, kind, kind)
    test.equal(workload.object, raw, `${kind}: the object as it came`)
    test.strictSame(raw, before, `${kind}: untouched`)
    test.equal(workload.metadata, raw['metadata'], `${kind}: metadata, not copied`)
    test.equal(workload.spec, raw['spec'], `${kind}: the spec of its kind, not copied`)
    test.equal(workload.podSpec, podSpec, `${kind}: pod spec, not copied`)
    test.equal(workload.podLabels, labels, `${kind}: labels of the pods`)
    test.equal(workload.replicas, replicas, `${kind}: replicas`)
    test.equal(workload.selector, ownSelector, `${kind}: selector`)
    test.strictSame(workload.strategy, strategy, `${kind}: strategy`)
    test.strictSame(workload.templateAt, templateAt, `${kind}: place of the template`)
    test.equal(podField(workload, 'containers[name=web]'), field, `${kind}: path of a field`)
  }
  test.end()
})

void t.test('everything may be absent, and null is absent', (test) => {
  const empties: Record<string, () => unknown> = {
    'an empty object': () => ({}),
    'an empty spec': () => ({ metadata: {}, spec: {} }),
    'null for every object': () => ({ metadata: null, spec: null }),
    'null for the fields': () => ({ spec: { replicas: null, selector: null, template: null, jobTemplate: null } }),
    'null in the template': () => ({ spec: { template: { metadata: null, spec: null }, containers: null } })
  }
  const one = new Set<WorkloadKind>(['Deployment', 'StatefulSet', 'ReplicaSet'])
  for (const [fact, raw] of Object.entries(empties)) {
    for (const kind of workloadKinds) {
      const { replicas, podLabels, podSpec: spec, selector: none, strategy } = parseWorkload(kind, raw())
      const found = { replicas, podLabels, containers: spec.containers, none, strategy }
      const expected = {
        replicas: one.has(kind) ? 1 : undefined,
        podLabels: {},
        containers: undefined,
        none: undefined,
        strategy: {}
      }
      test.strictSame(found, expected, `${kind}: ${fact}`)
    }
  }
  test.end()
})

void t.test('a strategy under the name of another kind is not one', (test) => {
  test.strictSame(parseWorkload('Deployment', { spec: { updateStrategy: rolling } }).strategy, {})
  test.strictSame(parseWorkload('StatefulSet', { spec: { strategy: rolling } }).strategy, {})
  test.strictSame(parseWorkload('DaemonSet', { spec: { strategy: rolling } }).strategy, {})
  test.end()
})

type Malformed = readonly [message: string, raw: unknown]

const malformedPods: readonly Malformed[] = [
  ['containers: expected a list', { containers: {} }],
  ['containers: expected a list', { containers: 'web' }],
  ['containers[0]: expected an object', { containers: ['web'] }],
  ['containers[1]: expected an object', { containers: [{}, null] }],
  ['containers[0].name: expected a string', { containers: [{ name: 1 }] }],
  ['containers[0].ports: expected a list', { containers: [{ ports: 80 }] }],
  ['containers[0].ports[0]: expected an object', { containers: [{ ports: [80] }] }],
  ['containers[0].ports[0].containerPort: expected an integer', { containers: [{ ports: [{ containerPort: '80' }] }] }],
  ['containers[0].readinessProbe: expected an object', { containers: [{ readinessProbe: true }] }],
  [
    'containers[0].livenessProbe.httpGet.port: expected an integer or a string',
    { containers: [{ livenessProbe: { httpGet: { port: 80.5 } } }] }
  ],
  [
    'containers[0].lifecycle.preStop.sleep.seconds: expected an integer',
    { containers: [{ lifecycle: { preStop: { sleep: { seconds: '5' } } } }] }
  ],
  [
    'containers[0].lifecycle.preStop.exec.command[1]: expected a string',
    { containers: [{ lifecycle: { preStop: { exec: { command: ['sleep', 5] } } } }] }
  ],
  ['initContainers[0].restartPolicy: expected a string', { initContainers: [{ restartPolicy: true }] }],
  ['terminationGracePeriodSeconds: expected an integer', { terminationGracePeriodSeconds: '30' }],
  ['hostNetwork: expected true or false', { hostNetwork: 'true' }],
  ['topologySpreadConstraints[0]: expected an object', { topologySpreadConstraints: ['zone'] }],
  [
    'topologySpreadConstraints[0].labelSelector.matchLabels["app"]: expected a string',
    { topologySpreadConstraints: [{ labelSelector: { matchLabels: { app: 1 } } }] }
  ],
  ['tolerations[0].tolerationSeconds: expected an integer', { tolerations: [{ tolerationSeconds: '60' }] }],
  ['volumes[0].hostPath: expected an object', { volumes: [{ hostPath: '/data' }] }],
  ['containers[0].lifecycle.stopSignal: expected a string', { containers: [{ lifecycle: { stopSignal: 15 } }] }],
  ['affinity.podAntiAffinity: expected an object', { affinity: { podAntiAffinity: [] } }],
  ['volumes: expected a list', { volumes: { data: {} } }]
]

const malformed: readonly Malformed[] = [
  ['the object: expected an object', null],
  ['the object: expected an object', 'web'],
  ['the object: expected an object', [{}]],
  ['metadata: expected an object', { metadata: 'web' }],
  ['metadata.name: expected a string', { metadata: { name: 1 } }],
  ['metadata.annotations["note"]: expected a string', { metadata: { annotations: { note: true } } }],
  ['metadata.ownerReferences: expected a list', { metadata: { ownerReferences: {} } }],
  [
    'metadata.ownerReferences[0].controller: expected true or false',
    { metadata: { ownerReferences: [{ controller: 1 }] } }
  ],
  ['spec: expected an object', { spec: [] }]
]

const malformedSpecs: readonly (readonly [...Malformed, kind?: WorkloadKind])[] = [
  ['spec.replicas: expected an integer', { replicas: '3' }],
  ['spec.replicas: expected an integer', { replicas: 2.5 }],
  ['spec.selector: expected an object', { selector: 'app=web' }],
  ['spec.selector.matchLabels["app"]: expected a string', { selector: { matchLabels: { app: 1 } } }],
  ['spec.template: expected an object', { template: [] }],
  ['spec.template.metadata.labels: expected an object', { template: { metadata: { labels: 'web' } } }],
  ['spec.strategy: expected an object', { strategy: 'Recreate' }],
  [
    'spec.strategy.rollingUpdate.maxSurge: expected an integer or a string',
    { strategy: { rollingUpdate: { maxSurge: 0.25 } } }
  ],
  [
    'spec.updateStrategy.rollingUpdate.partition: expected an integer',
    { updateStrategy: { rollingUpdate: { partition: '1' } } },
    'StatefulSet'
  ],
  ['spec.paused: expected true or false', { paused: 'true' }],
  ['spec.ordinals.start: expected an integer', { ordinals: { start: '1' } }, 'StatefulSet'],
  [
    'spec.volumeClaimTemplates[0].spec.accessModes: expected a list',
    { volumeClaimTemplates: [{ spec: { accessModes: 'ReadWriteOnce' } }] },
    'StatefulSet'
  ],
  ['spec.minReadySeconds: expected an integer', { minReadySeconds: '5' }, 'DaemonSet'],
  ['spec.backoffLimit: expected an integer', { backoffLimit: '6' }, 'Job'],
  [
    'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: expected an integer',
    { podFailurePolicy: { rules: [{ onExitCodes: { values: [1, '2'] } }] } },
    'Job'
  ],
  ['spec.schedule: expected a string', { schedule: 5 }, 'CronJob'],
  [
    'spec.jobTemplate.spec.backoffLimit: expected an integer',
    { jobTemplate: { spec: { backoffLimit: '6' } } },
    'CronJob'
  ]
]

/** To read a field of another kind does not compile, so these lines hold the types as well. */
void t.test('each kind has the spec of its own', (test) => {
  const web = parseWorkload('Deployment', { spec: { minReadySeconds: 5, progressDeadlineSeconds: 600, paused: true } })
  const { minReadySeconds, progressDeadlineSeconds, paused } = web.spec
  test.strictSame([minReadySeconds, progressDeadlineSeconds, paused], [5, 600, true])

  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast' } }
  const persistentVolumeClaimRetentionPolicy = { whenScaled: 'Delete' }
  const database = parseWorkload('StatefulSet', {
    spec: { serviceName: 'db', volumeClaimTemplates: [claim], persistentVolumeClaimRetentionPolicy }
  })
  test.equal(database.spec.serviceName, 'db')
  test.equal(database.spec.volumeClaimTemplates?.[0]?.spec?.storageClassName, 'fast')
  test.equal(database.spec.persistentVolumeClaimRetentionPolicy?.whenScaled, 'Delete')

  const ignore = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }
  const job = { backoffLimit: 0, podFailurePolicy: { rules: [ignore] } }
  test.equal(parseWorkload('Job', { spec: job }).spec.podFailurePolicy?.rules?.[0]?.action, 'Ignore')
  const nightly = parseWorkload('CronJob', { spec: { schedule: '@daily', jobTemplate: { spec: job } } })
  test.equal(nightly.spec.jobTemplate?.spec?.backoffLimit, 0)

  const pod = parseWorkload('Pod', { spec: { nodeName: 'one' } })
  test.equal(pod.spec.nodeName, 'one')
  test.equal(pod.spec, pod.podSpec)
  test.strictSame(parseWorkload('Job', {}).spec, {})
  test.end()
})

void t.test('what an absent value defaults to is not in the spec', (test) => {
  const { replicas, spec } = parseWorkload('Deployment', { spec: {} })
  test.equal(replicas, 1)
  test.equal(spec.replicas, undefined)
  test.end()
})

void t.test('a pod template carries its annotations', (test) => {
  const annotations = { 'sidecar.istio.io/nativeSidecar': 'false' }
  const raw = { spec: { template: { metadata: { annotations } } } }
  test.equal(parseWorkload('Deployment', raw).podAnnotations, annotations)
  test.equal(parseWorkload('Pod', { metadata: { annotations } }).podAnnotations, annotations)
  test.strictSame(parseWorkload('Deployment', {}).podAnnotations, {})
  test.end()
})

function containerOf(container: object) {
  const [read = {}] = parseWorkload('Pod', { spec: { containers: [container] } }).podSpec.containers ?? []
  return read
}

void t.test('variables and mounts are checked when they are read', (test) => {
  const env = [
    { name: 'A', value: 'x' },
    { name: 'B', valueFrom: { fieldRef: {} } }
  ]
  test.equal(variablesOf(containerOf({ env })), env)
  test.strictSame(variablesOf(containerOf({})), [])
  test.strictSame(variablesOf(containerOf({ env: [{ name: 1 }] })), [], 'what is none is never refused')
  const volumeMounts = [{ name: 'data', mountPath: '/data', readOnly: true }]
  test.equal(mountsOf(containerOf({ volumeMounts })), volumeMounts)
  test.strictSame(mountsOf(containerOf({ volumeMounts: 'data' })), [])
  test.end()
})

void t.test('what is malformed is named by its path', (test) => {
  const says = (kind: WorkloadKind, message: string, raw: unknown): boolean =>
    test.equal(
      messageOf(() => parseWorkload(kind, raw)),
      message,
      `${kind}: ${message}`
    )
  for (const kind of workloadKinds) for (const [message, raw] of malformed) says(kind, message, raw)
  for (const [message, spec, kind = 'Deployment'] of malformedSpecs) says(kind, message, { spec })
  for (const [message, spec] of malformedPods) {
    says('Pod', `spec.${message}`, { spec })
    says('Job', `spec.template.spec.${message}`, { spec: { template: { spec } } })
    const jobTemplate = { spec: { template: { spec } } }
    says('CronJob', `spec.jobTemplate.spec.template.spec.${message}`, { spec: { jobTemplate } })
  }
  test.end()
})
