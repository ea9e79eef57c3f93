import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { buildHealthApp, type PageAnswer } from '../../src/server/health.ts'
import { Metrics } from '../../src/server/metrics.ts'
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

void t.test('the page is only ever read, and never kept or framed', async (test) => {
  let answer: PageAnswer = { missing: 'no scan has ended yet' }
  const metrics = new Metrics({ mostNamespaces: 2 })
  const app = buildHealthApp({ metrics, state: new ServerState(), page: () => answer })
  const get = (encoding?: string, method: 'GET' | 'POST' = 'GET') => {
    const headers = encoding === undefined ? {} : { 'accept-encoding': encoding }
    return app.inject({ method, url: '/report', headers })
  }
  test.match(await get(), { statusCode: 503, body: 'no scan has ended yet' })
  const compressed = gzipSync('<p>found</p>')
  answer = { compressed, at: new Date('2026-11-30T10:00:00Z') }
  for (const encoding of [undefined, 'gzip', 'br, x-gzip;q=0.5', '*', 'deflate,GZIP;q=1.0']) {
    // oxlint-disable-next-line no-await-in-loop -- the same server
    const reply = await get(encoding)
    test.equal(reply.statusCode, 200, `accepts ${encoding}`)
    test.ok(reply.rawPayload.equals(compressed))
    test.match(reply.headers, {
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'no-store',
      'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
      'x-content-type-options': 'nosniff',
      'last-modified': 'Mon, 30 Nov 2026 10:00:00 GMT'
    })
  }
  for (const encoding of ['identity', 'br', 'gzip;q=0', 'gzip;q=0.00']) {
    // oxlint-disable-next-line no-await-in-loop -- the same server
    test.equal((await get(encoding)).statusCode, 406, encoding)
  }
  test.equal((await get('gzip', 'POST')).statusCode, 405)
  const without = buildHealthApp({ metrics, state: new ServerState() })
  test.equal((await without.inject({ url: '/report' })).statusCode, 404)
})
