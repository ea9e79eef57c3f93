import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { InFlight } from '../../src/server/in-flight.ts'
import { beginCall, type OpenCall, until } from '../support/tls.ts'
import { openReplica, type Replica, review } from './replica.ts'

/** Opens a connection without a handshake. */
async function open(test: Test, { port }: Replica, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress })
  socket.on('error', () => {})
  test.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function openMany(test: Test, replica: Replica, count: number, localAddress?: string): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let index = 0; index < count; index++) sockets.push(await open(test, replica, localAddress))
  return sockets
}

function indicesOfClosed(sockets: readonly Socket[]): number[] {
  return sockets.flatMap((socket, index) => (socket.closed ? [index] : []))
}

void t.test('the oldest idle connection gives way to a new one, a call in flight does not', async (test) => {
  const replica = await openReplica(test, { limits: { maxConnections: 8 } })
  const body = review('u')
  const busy = await beginCall(replica.port, replica.certificate.caCertificate, body.length)
  await until(() => replica.metrics.inFlight() === 1, 'a call in flight')
  const idle = await openMany(test, replica, 4)
  const others = await openMany(test, replica, 3, '127.0.0.2')
  test.strictSame(indicesOfClosed([...idle, ...others]), [], 'all places are taken')
  await open(test, replica, '127.0.0.3')
  await until(() => idle[0]?.closed === true, 'the oldest has gone')
  test.strictSame(indicesOfClosed([...idle, ...others]), [0])
  test.equal((await replica.call({ body })).status, 200, 'a call finds a place')
  test.match(await answerOf(replica, busy, body), /^HTTP\/1\.1 200 OK\r\n/u)
})

/** Sends the body of a call, and returns what the server says to it. */
async function answerOf({ metrics }: Replica, { socket, send, ended }: OpenCall, body: string): Promise<string> {
  const before = metrics.inFlight()
  send(body)
  await until(() => metrics.inFlight() < before, 'an answer')
  socket.end()
  return ended
}

void t.test('an address that has its share gives way to itself', async (test) => {
  const replica = await openReplica(test, { limits: { maxConnections: 8 } })
  const others = await openMany(test, replica, 2, '127.0.0.2')
  const greedy = await openMany(test, replica, 9)
  await until(() => indicesOfClosed(greedy).length === 3, 'three of nine have gone')
  test.strictSame(indicesOfClosed(greedy), [0, 1, 2])
  test.strictSame(indicesOfClosed(others), [])
})

void t.test('where each connection has a call in flight, a new one is refused', async (test) => {
  const replica = await openReplica(test, { limits: { maxConnections: 2 } })
  const body = review('u')
  const begin = () => beginCall(replica.port, replica.certificate.caCertificate, body.length)
  const calls = [await begin(), await begin()]
  await until(() => replica.metrics.inFlight() === 2, 'two calls in flight')
  const late = await open(test, replica)
  await until(() => late.closed, 'the third is refused')
  for (const call of calls) test.match(await answerOf(replica, call, body), /^HTTP\/1\.1 200 OK\r\n/u)
})

function replyTo(address: string, length: number | undefined): ServerResponse {
  const headers = length === undefined ? {} : { 'content-length': `${length}` }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no more than what is read of a call
  return { req: { headers, socket: { remoteAddress: address } }, on: () => {} } as unknown as ServerResponse
}

void t.test('bodies in hand have a budget of bytes, by the length that they announce', (test) => {
  const inFlight = new InFlight({ calls: 8, bytes: 100, bodyBytes: 60 }, 1000)
  const enter = (address: string, length?: number) => inFlight.enter(replyTo(address, length), 0)
  test.equal(enter('a', 10), undefined)
  test.equal(enter('a'), undefined, 'one that announces none may be as long as the limit')
  test.equal(inFlight.bytes, 70)
  test.equal(enter('a', 6), 'too many bytes at once from this address')
  test.equal(enter('b', 31), 'too many bytes at once')
  test.equal(enter('b', 30), undefined, 'others find room')
  test.equal(inFlight.bytes, 100)
  test.equal(enter('b', 0), undefined)
  test.end()
})

void t.test('a single call may be larger than the share of an address, and longer ones are refused unread', (test) => {
  const inFlight = new InFlight({ calls: 8, bytes: 100, bodyBytes: 90 }, 1000)
  test.equal(inFlight.enter(replyTo('a', 1_000_000), 0), undefined)
  test.equal(inFlight.bytes, 90)
  test.end()
})

void t.test('one address gets three quarters of the calls', (test) => {
  const inFlight = new InFlight({ calls: 4, bytes: 100, bodyBytes: 10 }, 1000)
  const enter = (address: string) => inFlight.enter(replyTo(address, 0), 0)
  test.strictSame(
    [enter('a'), enter('a'), enter('a'), enter('a')],
    [undefined, undefined, undefined, 'too many calls at once from this address']
  )
  test.strictSame([enter('b'), enter('b')], [undefined, 'too many calls at once'])
  test.end()
})
