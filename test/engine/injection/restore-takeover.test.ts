import t from 'tap'
import { deployment, type Json, type JsonMap, sleepHook, tcpProbe, web, worker } from '../../support/workloads.ts'
import { created, podWith, recordIn, templateOf, updated } from './update.ts'

const original = deployment({ containers: [web, worker] })
const live = created(original)
const probeAt = 'containers[name=web].readinessProbe'
const hookAt = 'containers[name=web].lifecycle.preStop'

/** What a merge of the person's container over the live one comes to, after /mutate. */
function merged(
  container: JsonMap,
  old: unknown = live
): { container: JsonMap; recorded: unknown[]; after: unknown; did: string[] } {
  const { after, did } = updated(podWith(old, {}, container), old)
  const { spec } = after as { spec: { template: { spec: { containers: JsonMap[] } } } }
  return {
    container: spec.template.spec.containers[0] ?? {},
    recorded: recordIn(after).map(({ at }) => at),
    after,
    did
  }
}

const httpGet = { path: '/ready', port: 8080 }

void t.test('a handler that a person adds beside ours: theirs stays, ours is withdrawn', (test) => {
  const probed = merged({ readinessProbe: { ...tcpProbe, httpGet } })
  test.match(probed.container['readinessProbe'], { httpGet })
  test.notOk(Object.hasOwn(probed.container['readinessProbe'] as object, 'tcpSocket'))
  test.strictSame(probed.recorded.includes(probeAt), false, 'it is no longer recorded')
  test.strictSame(probed.recorded.includes(hookAt), true, 'the others are')
  for (const handler of [{ exec: { command: ['true'] } }, { grpc: { port: 8080 } }]) {
    const { container } = merged({ readinessProbe: { ...tcpProbe, ...handler } })
    test.notOk(
      Object.hasOwn(container['readinessProbe'] as object, 'tcpSocket'),
      `${Object.keys(handler).join()} beside it`
    )
  }
  const exec = { command: ['nginx', '-s', 'quit'] }
  const hooked = merged({ lifecycle: { preStop: { ...(sleepHook['preStop'] as JsonMap), exec } } })
  test.strictSame(hooked.container['lifecycle'], { preStop: { exec } })
  test.strictSame(hooked.recorded.includes(hookAt), false)
  test.end()
})

void t.test('after that the probe is theirs', (test) => {
  const { after } = merged({ readinessProbe: { ...tcpProbe, httpGet } })
  const again = merged({ readinessProbe: { httpGet: { ...httpGet, path: '/' } } }, after)
  test.match(again.container['readinessProbe'], { httpGet: { path: '/' } })
  test.strictSame(again.did, [])
  test.end()
})

void t.test('a handler is withdrawn also where a person has changed the timing around it before', (test) => {
  const slower = merged({ readinessProbe: { ...tcpProbe, periodSeconds: 10 } })
  test.match(slower.container['readinessProbe'], { tcpSocket: { port: 8080 }, periodSeconds: 10 })
  const { container } = merged({ readinessProbe: { ...tcpProbe, periodSeconds: 10, httpGet } }, slower.after)
  test.match(container['readinessProbe'], { httpGet, periodSeconds: 10 })
  test.notOk(
    Object.hasOwn(container['readinessProbe'] as object, 'tcpSocket'),
    'else the API server refuses the object'
  )
  test.end()
})

void t.test('two handlers that a person wrote are for the API server to refuse', (test) => {
  const both = { tcpSocket: { port: 9090 }, httpGet }
  test.match(merged({ readinessProbe: both }).container['readinessProbe'], both)
  test.end()
})

void t.test('a person’s change of an injected value is theirs afterwards', (test) => {
  const changes: Readonly<Record<string, readonly [container: JsonMap, key: string, value: Json]>> = {
    'another port': [
      { readinessProbe: { tcpSocket: { port: 9090 } } },
      'readinessProbe',
      { tcpSocket: { port: 9090 } }
    ],
    'another handler': [{ readinessProbe: { httpGet } }, 'readinessProbe', { httpGet }],
    'other times': [{ readinessProbe: { ...tcpProbe, periodSeconds: 60 } }, 'readinessProbe', { periodSeconds: 60 }],
    'a longer sleep': [
      { lifecycle: { preStop: { sleep: { seconds: 20 } } } },
      'lifecycle',
      { preStop: { sleep: { seconds: 20 } } }
    ]
  }
  for (const [fact, [container, key, value]] of Object.entries(changes)) {
    const first = merged(container)
    test.match(first.container[key], value, fact)
    const second = merged({ image: 'web:2' }, first.after)
    test.match(second.container[key], value, `${fact}, also at the next update`)
    if (fact === 'other times') continue
    const { after } = updated(original, second.after)
    test.notMatch(
      after,
      { spec: { template: { spec: { containers: [{ [key]: value }] } } } },
      `${fact}, and is not put back when they take it out`
    )
  }
  test.end()
})

void t.test('the times of an injected probe are a person’s to change', (test) => {
  for (const periodSeconds of [1, 10, 60]) {
    const { container, after } = merged({ readinessProbe: { ...tcpProbe, periodSeconds } })
    test.match(container['readinessProbe'], { tcpSocket: { port: 8080 }, periodSeconds }, `${periodSeconds} s`)
    const ports = [{ containerPort: 9090 }]
    const moved = merged({ ports }, after).container['readinessProbe']
    test.match(moved, { tcpSocket: { port: 9090 }, periodSeconds }, `${periodSeconds} s, and stay when the port moves`)
    test.strictSame(updated(original, after).template, templateOf(after), 'an update without the probe leaves it so')
  }
  test.end()
})

void t.test('what the server dropped is not put back, and nothing restarts for it', (test) => {
  const dropped = podWith(live, {}, { lifecycle: undefined })
  test.strictSame(updated(dropped, dropped).did, [], 'an update that changes nothing')
  const annotated = deployment({ annotations: { note: 'x' }, containers: [web] })
  const { spec } = dropped as { spec: JsonMap }
  test.strictSame(updated({ ...annotated, spec }, dropped).did, [], 'one of the annotations')
  const { did } = updated(podWith(dropped, {}, { image: 'web:2' }), dropped)
  test.equal(
    did[0],
    'add /spec/template/spec/containers/0/lifecycle',
    'only a change of the template asks for it again'
  )
  test.end()
})

void t.test('what was derived from a value moves with it', (test) => {
  const ports = [{ containerPort: 9090 }]
  const moved = [{ ...web, ports }, worker]
  const follows = { spec: { template: { spec: { containers: [{ readinessProbe: { tcpSocket: { port: 9090 } } }] } } } }
  test.match(
    updated(deployment({ containers: moved }), live).after,
    follows,
    'the original is written again with another port'
  )
  test.match(merged({ ports }).after, follows, 'another port is merged in')
  const asked = { ...web, livenessProbe: { httpGet: { path: '/healthz', port: 8080 } } }
  const before = created(deployment({ containers: [asked] }))
  const renamed = { livenessProbe: { httpGet: { path: '/livez', port: 8080 } } }
  const { container } = merged(renamed, before)
  test.match(container['readinessProbe'], renamed.livenessProbe, 'a copied probe asks what its model asks by now')
  test.end()
})

const hook = (seconds: number) => ({ lifecycle: { preStop: { exec: { command: ['sleep', String(seconds)] } } } })

void t.test('an injected probe that still holds stays, though none would be derived any more', (test) => {
  const ports = [{ containerPort: 8080 }, { name: 'metrics', containerPort: 9090 }]
  test.match(merged({ ports }).container['readinessProbe'], { tcpSocket: { port: 8080 } }, 'beside a second port')
  const { after } = updated(deployment({ containers: [{ ...web, ports }, worker] }), live)
  test.match(after, {
    spec: { template: { spec: { containers: [{ readinessProbe: { tcpSocket: { port: 8080 } } }] } } }
  })
  test.end()
})

void t.test('a grace period that was raised follows the hook that it was raised for', (test) => {
  const managedFields = [{ operation: 'Apply', fieldsV1: {} }]
  const before = created(deployment({ containers: [{ ...web, ...hook(50) }], metadata: { managedFields } }))
  const { after } = updated(podWith(before, {}, hook(100)), before)
  test.match(after, { spec: { template: { spec: { terminationGracePeriodSeconds: 105 } } } })
  test.end()
})
