import t from 'tap'
import { parseJob, parsePodController } from '../../src/kube/pod-controller.ts'
import { messageOf } from './message-of.ts'

function requestsIn(resources: unknown): readonly string[] | undefined {
  const template = { spec: { containers: [{ name: 'web', resources }] } }
  return parsePodController({ spec: { template } }).containers[0]?.requests
}

void t.test('an object that says nothing', (test) => {
  const nothing = { metadata: {}, replicas: 1, selector: undefined, podLabels: {}, containers: [] }
  test.strictSame(parsePodController({}), nothing)
  test.strictSame(parsePodController({ metadata: null, spec: null }), nothing)
  test.strictSame(parsePodController({ spec: { template: { metadata: null, spec: { containers: null } } } }), nothing)
  test.end()
})

void t.test('what is requested, a limit counting as a request', (test) => {
  test.strictSame(requestsIn({ requests: { memory: '1Gi', cpu: 1 } }), ['cpu', 'memory'])
  test.strictSame(requestsIn({ limits: { cpu: '1' }, requests: { cpu: '100m' } }), ['cpu'])
  test.strictSame(requestsIn({ limits: { cpu: '1' }, requests: null }), ['cpu'])
  test.strictSame(requestsIn({ claims: [{ name: 'gpu' }] }), [])
  test.strictSame(requestsIn(undefined), [])
  test.strictSame(requestsIn({ requests: ['cpu'] }), [])
  test.strictSame(requestsIn(JSON.parse('{"requests":{"__proto__":"1"}}')), ['__proto__'])
  test.end()
})

void t.test('native sidecars, and the pod as a whole, request too', (test) => {
  const resources = { requests: { cpu: '1' } }
  const initContainers = [
    { name: 'migrate', resources },
    { name: 'proxy', restartPolicy: 'Always' }
  ]
  const { containers } = parsePodController({ spec: { template: { spec: { initContainers, resources } } } })
  test.strictSame(containers, [
    { name: '', requests: ['cpu'] },
    { name: 'proxy', requests: [] }
  ])
  test.end()
})

void t.test('replicas, selector and labels', (test) => {
  const labels = { app: 'web' }
  const parsed = parsePodController({
    metadata: { name: 'web' },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels } } }
  })
  test.strictSame(parsed, {
    metadata: { name: 'web' },
    replicas: 0,
    selector: { matchLabels: labels },
    podLabels: labels,
    containers: []
  })
  test.end()
})

void t.test('what is not of its shape', (test) => {
  const messages = [
    [undefined, 'the object: expected an object'],
    [[], 'the object: expected an object'],
    [{ spec: { replicas: '3' } }, 'spec.replicas: expected an integer'],
    [{ spec: { selector: 'app=web' } }, 'spec.selector: expected an object'],
    [
      { spec: { template: { metadata: { labels: { app: 1 } } } } },
      'spec.template.metadata.labels["app"]: expected a string'
    ],
    [{ spec: { template: { spec: { containers: {} } } } }, 'spec.template.spec.containers: expected a list'],
    [{ metadata: { ownerReferences: ['web'] } }, 'metadata.ownerReferences[0]: expected an object']
  ] as const
  for (const [raw, message] of messages)
    test.equal(
      messageOf(() => parsePodController(raw)),
      message
    )
  test.end()
})

void t.test('a Job, and a CronJob by its Jobs', (test) => {
  const labels = { app: 'web' }
  const template = { metadata: { labels } }
  const metadata = { name: 'nightly' }
  const found = { metadata, templateLabels: labels, isLabelled: true }
  test.strictSame(parseJob({ metadata, spec: { template } }), found)
  test.strictSame(parseJob({ metadata, spec: { jobTemplate: { spec: { template } } } }), found)
  const byHand = { template, manualSelector: true }
  test.strictSame(parseJob({ metadata, spec: { jobTemplate: { spec: byHand } } }), { ...found, isLabelled: false })
  test.strictSame(parseJob({}), { metadata: {}, templateLabels: {}, isLabelled: true })
  test.end()
})
