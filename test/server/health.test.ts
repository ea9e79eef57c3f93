import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { ServerState } from '../../src/server/state.ts'
import { openReplica } from './replica.ts'

void t.test('the probes say how the replica is', async (test) => {
  let reason: string | undefined
  const state = new ServerState([() => reason])
  const { probe } = await openReplica(test, { state, ready: false })
  test.strictSame(await probe('/livez'), { status: 200, text: 'ok' })
  test.strictSame(await probe('/readyz'), { status: 503, text: 'starting' })
  state.markReady()
  test.strictSame(await probe('/readyz'), { status: 200, text: 'ok' })
  reason = 'certificate expired'
  test.strictSame(await probe('/readyz'), { status: 503, text: 'certificate expired' })
  reason = undefined
  test.strictSame(await probe('/readyz'), { status: 200, text: 'ok' }, 'a reason may pass')
  state.startDraining()
  test.strictSame(await probe('/readyz'), { status: 503, text: 'draining' })
  test.strictSame(await probe('/livez'), { status: 200, text: 'ok' }, 'a draining replica is alive')
  test.strictSame(await probe('/mutate'), { status: 404, text: 'no such path' })
})

/** What the health port says to a text, until it closes the connection. */
async function saidTo(port: number, sent: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  socket.write(sent)
  return text(socket)
}

void t.test('the health port reads no body', async (test) => {
  const { health, probe } = await openReplica(test)
  const { port } = health.server.address() as AddressInfo
  const length = 'Content-Length: 1048576'
  const post = await saidTo(
    port,
    `POST /livez HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${length}\r\n\r\n{`
  )
  test.match(post, /^HTTP\/1\.1 405 Method Not Allowed\r\nconnection: close\r\nallow: GET\r\n/u)
  test.match(await saidTo(port, `PUT /nowhere HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n{`), /^HTTP\/1\.1 405 /u)
  for (const head of [length, 'Transfer-Encoding: chunked']) {
    const get = await saidTo(port, `GET /livez HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n{`)
    test.match(get, /^HTTP\/1\.1 400 Bad Request\r\n[^]*this port accepts no body/u)
  }
  test.strictSame(await probe('/livez'), { status: 200, text: 'ok' })
})

void t.test('many idle connections do not keep a probe out', async (test) => {
  const { health, probe } = await openReplica(test)
  const { port } = health.server.address() as AddressInfo
  const sockets = Array.from({ length: 200 }, () => connect({ host: '127.0.0.1', port }))
  test.teardown(() => sockets.forEach((socket) => socket.destroy()))
  for (const socket of sockets) socket.on('error', () => {})
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  test.strictSame(await probe('/livez'), { status: 200, text: 'ok' })
  const count = await new Promise<number>((done, fail) => {
    health.server.getConnections((error, open) => (error === null ? done(open) : fail(error)))
  })
  test.ok(count <= 64, `${count} connections`)
})
