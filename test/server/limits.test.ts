import t from 'tap'
import { ServerState } from '../../src/server/state.ts'
import { beginCall, keepAliveAgent, until } from '../support/tls.ts'
import { openReplica, review } from './replica.ts'

void t.test('a call above the limit is sent back to be tried again', async (test) => {
  const { call, metrics, port, certificate } = await openReplica(test, { limits: { maxInFlight: 2 } })
  const body = review('slow')
  const first = await beginCall(port, certificate.caCertificate, body.length)
  const second = await beginCall(port, certificate.caCertificate, body.length)
  await until(() => metrics.inFlight() === 2, 'two calls in flight')
  const agent = keepAliveAgent(certificate.caCertificate, 1)
  test.teardown(() => agent.destroy())
  const large = review('large', { text: 'x'.repeat(3_000_000) })
  for (const sent of [body, large]) {
    const reply = await call({ body: sent, agent })
    test.equal(reply.status, 503)
    test.equal(reply.headers['retry-after'], '1')
    test.equal(reply.text, 'too many calls at once')
  }
  first.send(body)
  second.socket.destroy()
  await until(() => metrics.inFlight() === 0, 'both are over, the aborted one too')
  test.equal((await call({ body: large, agent })).status, 200, 'and then it is taken, on the same connection')
  first.socket.destroy()
})

void t.test('a replica that is not ready answers 503, and draining it answers', async (test) => {
  const state = new ServerState()
  const replica = await openReplica(test, { state, ready: false })
  const { call, probe } = replica
  const early = await call({ body: review('early') })
  test.strictSame([early.status, early.headers['retry-after'], early.text], [503, '1', 'not ready'])
  test.strictSame(await probe('/readyz'), { status: 503, text: 'starting' })
  state.markReady()
  const reply = await call({ body: review('now') })
  test.strictSame([reply.status, reply.headers['retry-after']], [200, undefined])
  state.startDraining()
  test.equal((await call({ body: review('late') })).status, 200)
  test.match((await probe('/metrics')).text, 'calls_total{endpoint="enforce",outcome="unavailable"} 1')
})

void t.test('a body that does not come to its end is not waited for', async (test) => {
  const { call, port, certificate, metrics } = await openReplica(test, { limits: { requestTimeoutMs: 150 } })
  const slow = await beginCall(port, certificate.caCertificate, 100)
  slow.send('{"a":')
  test.match(await slow.ended, /^HTTP\/1\.1 408 Request Timeout\r\n/u)
  await until(() => metrics.inFlight() === 0, 'the call is over')
  test.equal((await call({ body: review('next') })).status, 200)
})

void t.test('a client that goes away in the middle of its body does no harm', async (test) => {
  const { call, port, certificate, metrics, probe, lines } = await openReplica(test)
  const call1 = await beginCall(port, certificate.caCertificate, 1000)
  call1.send('{"a":')
  await until(() => metrics.inFlight() === 1, 'the call has begun')
  call1.socket.destroy()
  await until(() => metrics.inFlight() === 0, 'the call is over')
  test.equal((await call({ body: review('next') })).status, 200)
  test.match((await probe('/metrics')).text, 'calls_total{endpoint="enforce",outcome="error"} 0')
  test.notMatch(lines.join(''), '"level":50')
})

void t.test('no connection is ended before the API server ends it itself, after 90 s', async (test) => {
  const { app } = await openReplica(test)
  const { keepAliveTimeout, headersTimeout, requestTimeout } = app.server
  test.equal(keepAliveTimeout, 120_000, 'one that has had calls')
  test.ok(headersTimeout > keepAliveTimeout && requestTimeout > keepAliveTimeout, 'one that was opened in advance')
})

void t.test('a connection ends after so many calls, and none of them fails', async (test) => {
  const { call, app, certificate } = await openReplica(test, { limits: { maxRequestsPerSocket: 10 } })
  let connections = 0
  app.server.on('secureConnection', () => connections++)
  const agent = keepAliveAgent(certificate.caCertificate, 5)
  test.teardown(() => agent.destroy())
  const replies = await Promise.all(Array.from({ length: 500 }, (_, i) => call({ agent, body: review(`u-${i}`) })))
  test.equal(replies.filter(({ status }) => status === 200).length, 500)
  test.ok(connections >= 50, `${connections} connections`)
  const last = replies.filter(({ headers }) => headers.connection === 'close')
  test.ok(last.length >= 45, 'each says so in its last reply')
})
