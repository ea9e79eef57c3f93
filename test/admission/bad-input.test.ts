import t from 'tap'
import {
  type Json,
  type JsonMap,
  admitOf,
  deployment,
  endpoints,
  overTheWire,
  refusalOf,
  reviewOf,
  web
} from '../support/workloads.ts'

const admit = admitOf()
const head = 'not an AdmissionReview that Holdfast can read: '

function refusal(body: unknown, endpoint: (typeof endpoints)[number] = 'enforce'): string | undefined {
  return refusalOf(() => admit(endpoint, body))
}

function withRequest(request: Readonly<Record<string, unknown>>, object: unknown = deployment()): unknown {
  return overTheWire(reviewOf({ object, request }))
}

void t.test('the body', (test) => {
  for (const body of [null, 1, 'text', [], true, undefined]) {
    test.match(refusal(body), new RegExp(`^${head}the body: `), JSON.stringify(body) ?? 'nothing')
  }
  const review = overTheWire(reviewOf({ object: deployment() })) as JsonMap
  const wanted = {
    apiVersion: `${head}apiVersion: expected admission.k8s.io/v1`,
    kind: `${head}kind: expected AdmissionReview`
  }
  for (const [key, message] of Object.entries(wanted)) {
    for (const value of ['admission.k8s.io/v1beta1', 'Deployment', '', null, 1, undefined, [], {}] as const) {
      test.equal(refusal({ ...review, [key]: value }), message, `${key} ${JSON.stringify(value)}`)
    }
  }
  test.equal(
    refusal({}),
    `${head}apiVersion: expected admission.k8s.io/v1; kind: expected AdmissionReview; request: Invalid input: expected object, received undefined`,
    'everything that is wrong is named'
  )
  for (const request of [null, [], 'text', 1, undefined]) {
    test.match(refusal({ ...review, request }), `${head}request: `, `request ${JSON.stringify(request)}`)
  }
  test.end()
})

void t.test('the envelope', (test) => {
  const cases: readonly (readonly [field: string, request: Readonly<Record<string, unknown>>])[] = [
    ['request.uid', { uid: undefined }],
    ['request.uid', { uid: '' }],
    ['request.uid', { uid: 7 }],
    ['request.uid', { uid: null }],
    ['request.uid', { uid: ['1'] }],
    ['request.uid', { uid: 'x'.repeat(257) }],
    ['request.operation', { operation: 'create' }],
    ['request.operation', { operation: 'PATCH' }],
    ['request.operation', { operation: null }],
    ['request.operation', { operation: ['CREATE'] }],
    ['request.resource', { resource: undefined }],
    ['request.resource', { resource: 'deployments' }],
    ['request.resource.resource', { resource: { group: 'apps', version: 'v1' } }],
    ['request.resource.version', { resource: { group: 'apps', resource: 'deployments', version: 1 } }],
    ['request.subResource', { subResource: 1 }],
    ['request.userInfo', { userInfo: 'alice' }],
    ['request.userInfo.username', { userInfo: { username: 1 } }],
    ['request.dryRun', { dryRun: 'true' }],
    ['request.name', { name: {} }],
    ['request.namespace', { namespace: 1 }]
  ]
  for (const [field, request] of cases) {
    for (const endpoint of endpoints) {
      test.match(
        refusal(withRequest(request), endpoint),
        `${head}${field}: `,
        `${JSON.stringify(request).slice(0, 60)} to ${endpoint}`
      )
    }
  }
  test.equal(
    refusal(withRequest({ operation: 'create' })),
    `${head}request.operation: expected CREATE, UPDATE, DELETE, CONNECT`
  )
  test.equal(refusal(withRequest({ uid: 'x'.repeat(256) })), undefined, 'a uid of 256 characters')
  test.equal(
    refusal(withRequest({ userInfo: null, subResource: null, name: null, dryRun: null })),
    undefined,
    'null says nothing'
  )
  test.end()
})

void t.test('no object where there must be one', (test) => {
  for (const value of [null, 'text', 1, [], true]) {
    const said = 'request.object: the object: expected an object'
    for (const endpoint of endpoints)
      test.equal(refusal(withRequest({ object: value }), endpoint), said, `${endpoint} ${JSON.stringify(value)}`)
    const body = withRequest({ operation: 'UPDATE', oldObject: value })
    for (const endpoint of ['mutate', 'enforce'] as const) {
      test.equal(
        refusal(body, endpoint),
        'request.oldObject: the object: expected an object',
        `old, ${endpoint} ${JSON.stringify(value)}`
      )
    }
  }
  test.end()
})

interface Malformed {
  spec?: JsonMap
  pod?: JsonMap
  container?: JsonMap
  metadata?: JsonMap
}

const inPod = 'spec.template.spec'
const malformed: readonly (readonly [message: string, parts: Malformed])[] = [
  ['spec.replicas: expected an integer', { spec: { replicas: '3' } }],
  ['spec.replicas: expected an integer', { spec: { replicas: 1.5 } }],
  ['spec.replicas: expected an integer', { spec: { replicas: [3] } }],
  ['spec.replicas: expected an integer', { spec: { replicas: true } }],
  ['spec.selector: expected an object', { spec: { selector: 'app=web' } }],
  ['spec.selector.matchLabels["app"]: expected a string', { spec: { selector: { matchLabels: { app: 1 } } } }],
  ['spec.selector.matchExpressions[0]: expected an object', { spec: { selector: { matchExpressions: [null] } } }],
  ['spec.template: expected an object', { spec: { template: [] } }],
  ['spec.strategy.type: expected a string', { spec: { strategy: { type: 1 } } }],
  [
    'spec.strategy.rollingUpdate.maxSurge: expected an integer or a string',
    { spec: { strategy: { rollingUpdate: { maxSurge: {} } } } }
  ],
  ['metadata.labels["__proto__"]: expected a string', { metadata: { labels: { ['__proto__']: {} } } }],
  ['metadata.annotations["constructor"]: expected a string', { metadata: { annotations: { constructor: 1 } } }],
  ['metadata.annotations: expected an object', { metadata: { annotations: [] } }],
  [
    'metadata.ownerReferences[0].controller: expected true or false',
    { metadata: { ownerReferences: [{ controller: 'true' }] } }
  ],
  [`${inPod}.containers: expected a list`, { pod: { containers: {} } }],
  [`${inPod}.containers: expected a list`, { pod: { containers: 'web' } }],
  [`${inPod}.containers[0]: expected an object`, { pod: { containers: [null] } }],
  [`${inPod}.containers[1]: expected an object`, { pod: { containers: [web, 'api'] } }],
  [`${inPod}.containers[0].name: expected a string`, { container: { name: 7 } }],
  [
    `${inPod}.containers[0].ports[0].containerPort: expected an integer`,
    { container: { ports: [{ containerPort: '80' }] } }
  ],
  [`${inPod}.containers[0].readinessProbe: expected an object`, { container: { readinessProbe: true } }],
  [
    `${inPod}.containers[0].livenessProbe.httpGet.port: expected an integer or a string`,
    { container: { livenessProbe: { httpGet: { port: 8.5 } } } }
  ],
  [
    `${inPod}.containers[0].lifecycle.preStop.sleep.seconds: expected an integer`,
    { container: { lifecycle: { preStop: { sleep: { seconds: '5' } } } } }
  ],
  [
    `${inPod}.containers[0].lifecycle.preStop.exec.command[0]: expected a string`,
    { container: { lifecycle: { preStop: { exec: { command: [1] } } } } }
  ],
  [`${inPod}.terminationGracePeriodSeconds: expected an integer`, { pod: { terminationGracePeriodSeconds: '30' } }],
  [`${inPod}.topologySpreadConstraints: expected a list`, { pod: { topologySpreadConstraints: {} } }],
  [`${inPod}.affinity.podAntiAffinity: expected an object`, { pod: { affinity: { podAntiAffinity: [] } } }]
]

void t.test('a field of another type: refused, and named, wherever its well-formed twin would be judged', (test) => {
  for (const [message, { spec, pod, container, metadata }] of malformed) {
    const object = deployment({
      ...(spec && { spec }),
      ...(pod && { pod }),
      ...(metadata && { metadata }),
      containers: [{ ...web, ...container }]
    })
    for (const endpoint of endpoints) {
      test.equal(refusal(withRequest({}, object), endpoint), `request.object: ${message}`, `${message}, ${endpoint}`)
    }
    const update = withRequest({ operation: 'UPDATE', oldObject: object })
    test.equal(refusal(update, 'mutate'), `request.oldObject: ${message}`, `${message}, in the old object`)
  }
  test.end()
})

void t.test('null is the same as absent, wherever an object, a list or a number is due', (test) => {
  const bodies: readonly (readonly [fact: string, object: unknown, twin: unknown])[] = [
    ['replicas', deployment({ spec: { replicas: null } }), deployment({ spec: { replicas: undefined } })],
    ['selector', deployment({ spec: { selector: null } }), deployment({ spec: { selector: undefined } })],
    ['template', deployment({ spec: { template: null } }), deployment({ spec: { template: undefined } })],
    ['annotations', deployment({ metadata: { annotations: null } }), deployment()],
    ['containers', deployment({ pod: { containers: null } }), deployment({ pod: { containers: undefined } })],
    ['a probe', deployment({ containers: [{ ...web, readinessProbe: null }] }), deployment()],
    [
      'a hook',
      deployment({ containers: [{ ...web, lifecycle: { preStop: null } }] }),
      deployment({ containers: [{ ...web, lifecycle: {} }] })
    ],
    ['the whole spec', { ...deployment(), spec: null }, { ...deployment(), spec: undefined }]
  ]
  for (const [fact, object, twin] of bodies) {
    for (const endpoint of endpoints) {
      test.equal(
        admit(endpoint, withRequest({}, object)).body,
        admit(endpoint, withRequest({}, twin)).body,
        `${fact}, ${endpoint}`
      )
    }
  }
  test.end()
})

void t.test('the refusal of a huge key is not huge itself', (test) => {
  const labels: Record<string, Json> = { ['x'.repeat(100_000)]: 1 }
  const said = refusal(withRequest({}, deployment({ metadata: { labels } })))
  test.ok((said ?? '').length < 1000)
  test.end()
})
