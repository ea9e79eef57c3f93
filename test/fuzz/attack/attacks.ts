import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { overTheWire, reviewOf } from '../../support/workloads.ts'

/** The ports of the process that is attacked. */
export interface Target {
  port: number
  healthPort: number
}

/** What somebody does to a replica who merely reaches its ports, all of it from one address. */
export interface Attack {
  /** In plain words, for the page. */
  what: string
  /** Ends when it has had its effect. */
  run: (target: Target) => Promise<unknown>
}

const mebibyte = 1024 * 1024
const heldMs = 6000

export const attacks: Readonly<Record<string, Attack>> = {
  bodies: {
    what: '121 reviews of 8 MiB at once',
    run: ({ port }) =>
      sendAtOnce(121, () => openTls(port), callOf('/validate/enforce', longReview(8 * mebibyte - 1024, 'x')))
  },
  wide: {
    what: '121 reviews of 8 MiB at once, in letters that take two bytes each in memory',
    run: ({ port }) =>
      sendAtOnce(121, () => openTls(port), callOf('/validate/enforce', longReview(8 * mebibyte - 1024, 'ż')))
  },
  values: {
    what: '40 reviews of 2 million JSON values at once',
    run: ({ port }) => sendAtOnce(40, () => openTls(port), callOf('/validate/enforce', manyValues(2_000_000)))
  },
  idle: { what: '7 300 idle TLS connections', run: ({ port }) => holdIdle(7300, port) },
  health: {
    what: '900 `POST /livez` of 1 MiB',
    run: ({ healthPort }) =>
      sendAtOnce(900, () => open(healthPort), callOf('/livez', JSON.stringify('x'.repeat(mebibyte - 1024))))
  },
  endless: {
    what: '260 small reviews that never end',
    run: ({ port }) => hold(260, () => openTls(port), callOf('/validate/enforce', longReview(1000, 'x')))
  }
}

function longReview(bytes: number, letter: string): string {
  const containers = [
    { name: 'web', image: 'a', env: [{ name: 'A', value: letter.repeat(bytes / Buffer.byteLength(letter)) }] }
  ]
  return JSON.stringify(
    overTheWire(reviewOf({ object: { metadata: {}, spec: { template: { spec: { containers } } } } }))
  )
}

function manyValues(count: number): string {
  const list = `[${'1,'.repeat(count - 1)}1]`
  return JSON.stringify(reviewOf({ object: { metadata: {}, spec: { unheardOf: 'here' } } })).replace('"here"', list)
}

function callOf(path: string, body: string): Buffer {
  const head = [
    'POST ' + path + ' HTTP/1.1',
    'Host: a',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

async function open(port: number): Promise<Socket> {
  return connected(connect({ host: '127.0.0.1', port }), 'connect')
}

async function openTls(port: number): Promise<Socket> {
  return connected(connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }), 'secureConnect')
}

/** What the server answers is thrown away, and a connection that it ends is let go. */
async function connected(socket: Socket, event: string): Promise<Socket> {
  const closed = once(socket, 'close')
  socket.on('error', () => socket.destroy())
  await Promise.race([once(socket, event).catch(() => {}), closed])
  return socket.resume()
}

/** Opens connections, twenty at a time, and lets each do something at once. */
async function openEach(
  count: number,
  openOne: () => Promise<Socket>,
  use: (socket: Socket) => void
): Promise<Socket[]> {
  const sockets: Socket[] = []
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = await openOne()
      sockets.push(socket)
      use(socket)
    }
  }
  await Promise.all(Array.from({ length: 20 }, worker))
  return sockets
}

/** All of each call but its last byte, so that all are in hand together; then that byte. */
async function sendAtOnce(count: number, openOne: () => Promise<Socket>, call: Buffer): Promise<void> {
  const sockets = await hold(count, openOne, call)
  for (const socket of sockets) if (socket.writable) socket.write(call.subarray(-1))
  await wait(heldMs)
}

async function hold(count: number, openOne: () => Promise<Socket>, call: Buffer): Promise<Socket[]> {
  const sockets = await openEach(count, openOne, (socket) => {
    if (socket.writable) socket.write(call.subarray(0, -1))
  })
  await wait(heldMs)
  return sockets
}

async function holdIdle(count: number, port: number): Promise<void> {
  await openEach(
    count,
    () => openTls(port),
    () => {}
  )
  await wait(heldMs)
}
