import t from 'tap'
import { deployment, injectedKey, type Json, type JsonMap, sound, web } from '../../support/workloads.ts'
import { podWith, updated } from './update.ts'

const spread = [
  {
    maxSkew: 1,
    topologyKey: 'rack',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'web' } }
  }
]
const pod = {
  hostNetwork: true,
  serviceAccountName: 'admin',
  hostPID: true,
  nodeName: 'node-1',
  terminationGracePeriodSeconds: 30,
  topologySpreadConstraints: spread
}
const container = { ...sound, name: 'web', securityContext: { privileged: true }, image: 'evil:1' }
const quiet = { terminationGracePeriodSeconds: 30, topologySpreadConstraints: spread }

/** What a PUT that leaves values out gets back where the old object records them as injected. */
function putBack(entries: readonly Json[], sent: JsonMap = deployment({ containers: [sound], pod: quiet })): string[] {
  const record = { [injectedKey]: JSON.stringify(entries) }
  return updated(sent, deployment({ annotations: record, containers: [container], pod })).did
}

const policies = [
  'readiness-probe',
  'pre-stop-sleep',
  'termination-budget',
  'topology-spread',
  'min-replicas',
  'nobody',
  '__proto__'
]

void t.test('only what a policy declares is put back, whatever the old object records', (test) => {
  const values: Readonly<Record<string, Json>> = {
    hostNetwork: true,
    hostPID: true,
    serviceAccountName: 'admin',
    nodeName: 'node-1',
    'containers[name=web].securityContext': { privileged: true },
    'containers[name=web].securityContext.privileged': true,
    'containers[name=web].image': 'evil:1',
    'initContainers[name=web].readinessProbe': {},
    'containers[name=web]': {},
    'containers[0].securityContext': { privileged: true },
    containers: [],
    __proto__: {},
    'constructor.prototype': {},
    'containers[name=web].__proto__': {},
    '': {}
  }
  for (const [at, value] of Object.entries(values)) {
    const entries = policies.map((policy) => ({ policy, at, value }))
    test.strictSame(putBack(entries), [], at)
  }
  test.end()
})

void t.test('a policy cannot put back for another', (test) => {
  const value = 'readinessProbe' in sound ? (sound['readinessProbe'] as Json) : null
  const at = 'containers[name=web].readinessProbe'
  const sent = deployment({
    containers: [{ ...sound, readinessProbe: undefined }],
    pod: quiet,
    annotations: { 'holdfast.dev/exempt.x': '' }
  })
  const by = (policy: string) =>
    putBack([{ policy, at, value }], sent).filter((text) => text.includes('readinessProbe'))
  test.strictSame(by('readiness-probe').length, 1, 'its own it may')
  const { after } = updated(
    sent,
    deployment({
      annotations: { [injectedKey]: JSON.stringify([{ policy: 'topology-spread', at, value }]) },
      containers: [container],
      pod
    })
  )
  test.match(
    after,
    { spec: { template: { spec: { containers: [{ readinessProbe: { tcpSocket: { port: 8080 } } }] } } } },
    'another is as none: the policy itself derives one'
  )
  test.end()
})

void t.test('a record of what is not so counts for nothing', (test) => {
  const hooked = 'containers[name=web].lifecycle.preStop'
  const bare = deployment({ containers: [{ ...sound, lifecycle: {} }], pod: quiet })
  const values: Readonly<Record<string, Json>> = {
    'another value': { sleep: { seconds: 600 } },
    'a handler that is not there': { exec: { command: ['sh'] } },
    'a list': [],
    'a text': 'sleep'
  }
  for (const [fact, value] of Object.entries(values)) {
    const old = deployment({
      annotations: { [injectedKey]: JSON.stringify([{ policy: 'pre-stop-sleep', at: hooked, value }]) },
      containers: [container],
      pod
    })
    const { after } = updated(bare, old)
    test.match(
      after,
      { spec: { template: { spec: { containers: [{ lifecycle: { preStop: { sleep: { seconds: 5 } } } }] } } } },
      fact
    )
  }
  test.end()
})

void t.test('a record of a default changes nothing', (test) => {
  const entry = { policy: 'termination-budget', at: 'terminationGracePeriodSeconds', value: 30, instead: 30 }
  const old = deployment({ annotations: { [injectedKey]: JSON.stringify([entry]) }, containers: [sound], pod: quiet })
  test.strictSame(updated(deployment({ containers: [sound], pod: quiet }), old).did, [])
  test.end()
})

void t.test('a record that is none counts for nothing', (test) => {
  const texts = [
    '',
    'null',
    '[',
    '[null]',
    '[[]]',
    '{"__proto__":[]}',
    '[{"policy":1}]',
    '['.repeat(100_000),
    'x'.repeat(20_000)
  ]
  for (const text of texts) {
    const old = deployment({ annotations: { [injectedKey]: text }, containers: [sound], pod: quiet })
    const { did } = updated(deployment({ containers: [sound], pod: quiet }), old)
    test.strictSame(did, [], text.slice(0, 20))
    const { did: done } = updated(podWith(old, {}, { readinessProbe: undefined }), old)
    const written = [
      'add /spec/template/spec/containers/0/readinessProbe',
      `replace /metadata/annotations/holdfast.dev~1injected`
    ]
    test.strictSame(done, written, `${text.slice(0, 20)}, and gives way to one`)
  }
  test.end()
})

void t.test('a value that goes deeper than any of ours is not put back', (test) => {
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`)
  const at = 'containers[name=web].readinessProbe'
  const probe = { tcpSocket: { port: 8080 }, unheardOf: deep } as unknown as JsonMap
  const record = JSON.stringify([{ policy: 'readiness-probe', at, value: { tcpSocket: { port: 8080 } } }])
  const old = deployment({
    annotations: { [injectedKey]: record },
    containers: [{ ...sound, readinessProbe: probe }],
    pod: quiet
  })
  const { after } = updated(deployment({ containers: [{ ...web, lifecycle: sound['lifecycle'] }], pod: quiet }), old)
  test.notMatch(JSON.stringify(after), 'unheardOf')
  test.end()
})
