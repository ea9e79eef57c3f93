import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { Admit } from '../../src/admission/answer.ts'
import { Drain, drainOnSignals } from '../../src/server/drain.ts'
import { type OpenCall, beginCall, callHead, until } from '../support/tls.ts'
import { startLoad } from './load.ts'
import { type Replica, allowAll, openReplica, review } from './replica.ts'

const log = pino({ level: 'silent' })

interface Bounds {
  drainMs: number
  closeMs: number
}

async function openDrain(test: Test, bounds: Bounds, admit = allowAll): Promise<{ replica: Replica; drain: Drain }> {
  const replica = await openReplica(test, { admit })
  const { app, health, state } = replica
  return { replica, drain: new Drain({ app, health, state, log, ...bounds }) }
}

void t.test('no call fails until the listener closes, on 50 busy connections', async (test) => {
  const { replica, drain } = await openDrain(test, { drainMs: 1000, closeMs: 2000 })
  const load = startLoad(replica, replica.certificate.caCertificate, 50)
  await until(() => load.answered() > 500, 'load')
  const started = performance.now()
  const done = drain.begin()
  await until(async () => (await replica.probe('/readyz')).status === 503, 'readiness is withdrawn at once')
  const before = load.answered()
  await done
  test.ok(load.answered() > before, 'calls are answered while it drains')
  await load.stop()
  // What is left is connections that the kernel had not handed over, or refused: the listener was closed.
  const failures = load.failures().filter(({ at, connected }) => connected || at < started + 999)
  test.strictSame(failures, [])
  test.ok(load.failures().length > 0, 'the load went on to the end')
})

void t.test('each connection ends with its next reply', async (test) => {
  const { replica, drain } = await openDrain(test, { drainMs: 200, closeMs: 1000 })
  const before = await replica.call({ body: review('u'), headers: { connection: 'keep-alive' } })
  test.equal(before.headers.connection, 'keep-alive')
  const done = drain.begin()
  for (const body of [review('u'), 'not JSON', '']) {
    const reply = await replica.call({ body, headers: { connection: 'keep-alive' } })
    test.equal(reply.headers.connection, 'close')
  }
  await done
})

void t.test('an open call is answered after the listener has closed', async (test) => {
  const { replica, drain } = await openDrain(test, { drainMs: 20, closeMs: 5000 })
  const body = review('late')
  const open = await beginCall(replica.port, replica.certificate.caCertificate, body.length)
  const done = drain.begin()
  await until(() => !replica.app.server.listening, 'closed')
  test.equal((await replica.probe('/readyz')).status, 503, 'the health port is still open')
  open.send(body)
  const said = await open.ended
  test.match(said, /^HTTP\/1\.1 200 OK\r\n/u)
  test.match(said, /connection: close/iu)
  await done
  await test.rejects(replica.probe('/livez'), 'the health port closes last')
})

const callBody = review('u')

/** A connection that has had a reply, and is kept. */
async function openKept({ port, certificate }: Replica): Promise<OpenCall> {
  const open = await beginCall(port, certificate.caCertificate, callBody.length)
  const replied = once(open.socket, 'data')
  open.send(callBody)
  await replied
  return open
}

function callAgain({ send }: OpenCall): void {
  send(callHead(callBody.length) + callBody)
}

async function checkTwoReplies(test: Test, { ended }: OpenCall): Promise<void> {
  const said = await ended
  test.equal(said.split('HTTP/1.1 200 OK').length - 1, 2)
  test.match(said, /connection: close/iu)
}

/** Nothing is read meanwhile: a process that waits for its turn finds calls and the end of the drain at once. */
function sleepThrough(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

void t.test('a call that arrives on an idle connection before the drain ends is answered', async (test) => {
  const { replica, drain } = await openDrain(test, { drainMs: 50, closeMs: 5000 })
  const open = await openKept(replica)
  const done = drain.begin()
  callAgain(open)
  sleepThrough(200)
  await checkTwoReplies(test, open)
  await done
})

void t.test('so is one that arrives while another is judged', async (test) => {
  let judged: (() => void) | undefined
  const admit: Admit = (endpoint, asked) => {
    judged?.()
    return allowAll(endpoint, asked)
  }
  const { replica, drain } = await openDrain(test, { drainMs: 50, closeMs: 5000 }, admit)
  const [first, second] = [await openKept(replica), await openKept(replica)]
  judged = () => {
    judged = undefined
    callAgain(second)
  }
  const done = drain.begin()
  callAgain(first)
  sleepThrough(200)
  await checkTwoReplies(test, first)
  await checkTwoReplies(test, second)
  await done
})

void t.test('so is one that arrives before the drain is cut short', async (test) => {
  const { replica, drain } = await openDrain(test, { drainMs: 600_000, closeMs: 5000 })
  const open = await openKept(replica)
  const done = drain.begin()
  callAgain(open)
  drain.hurry()
  await checkTwoReplies(test, open)
  await done
})

void t.test('a call that never ends is cut, and a stalled handshake is not waited for', async (test) => {
  const { replica, drain } = await openDrain(test, { drainMs: 0, closeMs: 100 })
  const open = await beginCall(replica.port, replica.certificate.caCertificate, 1000)
  const stalled = connect({ host: '127.0.0.1', port: replica.port })
  test.teardown(() => stalled.destroy())
  await once(stalled, 'connect')
  await drain.begin()
  test.equal(await open.ended, '')
})

void t.test('a drain is one, however often it is asked for', async (test) => {
  const { drain } = await openDrain(test, { drainMs: 20, closeMs: 1000 })
  test.equal(drain.begin(), drain.begin())
  await drain.begin()
  await drain.begin()
})

void t.test(
  'the first signal drains, the second closes the listener at once and cuts no call in hand',
  async (test) => {
    const { replica, drain } = await openDrain(test, { drainMs: 600_000, closeMs: 600_000 })
    const source = new EventEmitter()
    const drained = drainOnSignals(drain, source)
    const body = review('u')
    const open = await beginCall(replica.port, replica.certificate.caCertificate, body.length)
    source.emit('SIGTERM')
    test.equal(replica.state.draining, true)
    test.equal((await replica.call({ body })).status, 200, 'calls are still answered')
    source.emit('SIGINT')
    await until(() => !replica.app.server.listening, 'closed')
    source.emit('SIGINT')
    open.send(body)
    test.match(await open.ended, /^HTTP\/1\.1 200 OK\r\n/u)
    await drained
  }
)
