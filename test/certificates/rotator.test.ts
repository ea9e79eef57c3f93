import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { transformConfiguration } from '../../src/certificates/ca-bundle.ts'
import { configurationPaths, Configurations } from '../../src/certificates/configurations.ts'
import { CertificateMetrics } from '../../src/certificates/metrics.ts'
import { Rotator } from '../../src/certificates/rotator.ts'
import { KeyringStore } from '../../src/certificates/store.ts'
import { until } from '../support/tls.ts'
import { ClusterStub, stubSecret } from './cluster-stub.ts'

const service = { namespace: 'holdfast-system', name: 'holdfast-webhook' }
const lives = { authorityMs: 3_600_000, servingMs: 600_000, overlapMs: 400 }
const [validating] = configurationPaths

interface Started {
  rotator: Rotator
  logged: unknown[]
  registry: Registry
  ended: Promise<void>
  end: () => void
}

/** A rotator before a stub; `now` is its clock. */
function start(test: Test, stub: ClusterStub, now: () => number = Date.now): Started {
  const ending = new AbortController()
  const logged: unknown[] = []
  const log = (...line: unknown[]) => void logged.push(line)
  const registry = new Registry()
  const configurations = new Configurations({ api: stub, service, onChange: () => rotator.wake() })
  const rotator = new Rotator({
    store: new KeyringStore({ api: stub, namespace: 'holdfast-system', name: 'certificates' }),
    configurations,
    service,
    lives,
    metrics: new CertificateMetrics(registry),
    log: { info: log, warn: log } as unknown as Logger,
    now
  })
  const store = configurations.storeOf(validating)
  stub.watch((name, raw) => store.set(name, transformConfiguration(raw)))
  const ended = rotator.run(ending.signal)
  test.teardown(() => {
    ending.abort()
    return ended
  })
  return { rotator, logged, registry, ended, end: () => ending.abort() }
}

function settled(stub: ClusterStub): Promise<void> {
  return until(() => {
    const { 'tls.crt': certificate, 'ca.crt': bundle } = stub.texts()
    return certificate !== undefined && bundle === stub.bundle()
  }, 'the bundle to be written')
}

void t.test('from nothing to a certificate that is trusted', async (test) => {
  const stub = new ClusterStub('')
  const { registry, logged } = start(test, stub)
  await settled(stub)
  test.strictSame(stub.asked, ['GET', 'POST', 'GET', 'PATCH', 'GET', 'PUT', 'GET'])
  await until(async () => (await registry.metrics()).includes('name="serving"'), 'the metrics to tell')
  const text = await registry.metrics()
  test.match(text, /expiry_timestamp_seconds\{name="authority"\} \d+/)
  test.match(text, /holdfast_certificate_changes_total\{action="promote"\} 1/)
  test.match(text, /holdfast_ca_bundle_writes_total 1/)
  test.notMatch(JSON.stringify(logged), /BEGIN|PRIVATE/)
})

void t.test('two that race end with one authority', async (test) => {
  const stub = new ClusterStub('')
  const racers = [start(test, stub), start(test, stub), start(test, stub)]
  await settled(stub)
  const authority = stub.texts()['authority.crt']
  for (const { rotator } of racers) rotator.wake()
  await until(() => stub.asked.slice(-3).every((method) => method === 'GET'), 'rest')
  test.equal(stub.texts()['authority.crt'], authority)
  test.equal(stub.bundle(), authority)
  test.ok(stub.conflicts > 0, 'they did race')
})

void t.test('what was trusted before is trusted until ours has taken over, and a while longer', async (test) => {
  const former = (await stubSecret()).certificate
  const stub = new ClusterStub(former)
  let now = Date.now()
  const { rotator } = start(test, stub, () => now)
  await until(() => stub.bundle().includes(former) && stub.bundle() !== former, 'both')
  test.equal(stub.texts()['tls.crt'], undefined, 'nothing is served that is not known yet')
  await until(() => stub.texts()['tls.crt'] !== undefined || ((now += 10), rotator.wake(), false), 'a certificate')
  test.ok(stub.bundle().includes(former))
  await until(() => !stub.bundle().includes(former) || ((now += 10), rotator.wake(), false), 'the former to go')
  test.equal(stub.bundle(), stub.texts()['authority.crt'])
})

void t.test('a bundle that somebody else writes is healed, and what is refused keeps nothing back', async (test) => {
  const stub = new ClusterStub('')
  let now = Date.now()
  const { rotator, registry } = start(test, stub, () => now)
  await settled(stub)
  stub.tamper('Zm9yZWlnbg==')
  await settled(stub)
  stub.refuse = (method) => method === 'PATCH'
  stub.tamper('')
  const before = stub.texts()['tls.crt']
  now += 500_000
  rotator.wake()
  await until(() => stub.texts()['tls.crt'] !== before, 'a renewal')
  test.match(await registry.metrics(), /holdfast_certificate_errors_total [1-9]/)
  stub.refuse = () => false
  await settled(stub)
})

void t.test('a Secret that cannot be read is read again, and nothing of it is quoted', async (test) => {
  const stub = new ClusterStub('')
  stub.malformed = true
  const { logged } = start(test, stub)
  await until(() => logged.length > 0, 'a line')
  test.match(JSON.stringify(logged.map((line) => String((line as [{ err: Error }])[0].err))), /Secret is no JSON/)
  stub.malformed = false
  await settled(stub)
})

void t.test('whoever does not lead says nothing of certificates, and writes nothing', async (test) => {
  const stub = new ClusterStub('')
  const { end, ended, registry } = start(test, stub)
  await settled(stub)
  end()
  await ended
  const { length } = stub.asked
  stub.tamper('')
  test.equal(stub.asked.length, length)
  test.notMatch(await registry.metrics(), /name="authority"/)
})
