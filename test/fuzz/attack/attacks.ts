import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { deployment, reviewOf } from '../../support/workloads.ts'

/** What somebody does to a replica who merely reaches its ports, all of it from one address. */
export interface Attack {
  /** In plain words, for the page. */
  what: string
  /** Connections that are opened, twenty at a time. */
  connections: number
  at: 'reviews' | 'health'
  /** The call that each sends; none where they stay idle. Its last byte waits until all connections have sent the others. */
  call?: () => Buffer
  /** Whether that byte is never sent. */
  endless?: boolean
}

const mebibyte = 1024 * 1024
const eight = 8 * mebibyte - 1024

export const attacks: Readonly<Record<string, Attack>> = {
  bodies: {
    what: '121 reviews of 8 MiB at once',
    connections: 121,
    at: 'reviews',
    call: () => reviewWith('x'.repeat(eight))
  },
  wide: {
    what: '121 reviews of 8 MiB at once, in letters that take two bytes each in memory',
    connections: 121,
    at: 'reviews',
    call: () => reviewWith('ż'.repeat(eight / 2))
  },
  values: {
    what: '40 reviews of two million JSON values at once',
    connections: 40,
    at: 'reviews',
    call: () => reviewWith(Array.from({ length: 2_000_000 }, () => 1))
  },
  idle: { what: '7 300 idle TLS connections', connections: 7300, at: 'reviews' },
  health: {
    what: '900 `POST /livez` of 1 MiB',
    connections: 900,
    at: 'health',
    call: () => callOf('/livez', JSON.stringify('x'.repeat(mebibyte - 1024)))
  },
  endless: {
    what: '260 small reviews that never end',
    connections: 260,
    at: 'reviews',
    call: () => reviewWith('x'),
    endless: true
  }
}

/** A Deployment with something that nobody reads. */
function reviewWith(unheardOf: string | readonly number[]): Buffer {
  return callOf('/validate/enforce', JSON.stringify(reviewOf({ object: deployment({ pod: { unheardOf } }) })))
}

function callOf(path: string, body: string): Buffer {
  const length = Buffer.byteLength(body)
  const head = [`POST ${path} HTTP/1.1`, 'Host: a', 'Content-Type: application/json', `Content-Length: ${length}`]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** The ports of the process that is attacked. */
export interface Target {
  reviews: number
  health: number
}

/** `heldMs`: how long what was sent is left as it is, and how long the answers may take. */
export async function attackWith(attack: Attack, target: Target, heldMs: number): Promise<void> {
  const { connections, at, endless = false } = attack
  const call = attack.call?.() ?? Buffer.alloc(0)
  const sockets: Socket[] = []
  const openSome = async (): Promise<void> => {
    while (sockets.length < connections) {
      const socket = connectTo(at, target)
      sockets.push(socket)
      await opened(socket, at)
      if (socket.writable) socket.write(call.subarray(0, -1))
    }
  }
  await Promise.all(Array.from({ length: 20 }, openSome))
  await wait(heldMs)
  if (endless) return
  for (const socket of sockets) if (socket.writable) socket.write(call.subarray(-1))
  await wait(heldMs)
}

function connectTo(at: Attack['at'], target: Target): Socket {
  const where = { host: '127.0.0.1', port: target[at] }
  return at === 'reviews' ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where)
}

/** What the server answers is thrown away, and a connection that it ends is let go. */
async function opened(socket: Socket, at: Attack['at']): Promise<void> {
  socket.on('error', () => socket.destroy())
  socket.resume()
  const events = [at === 'reviews' ? 'secureConnect' : 'connect', 'close']
  // `once` fails where the connection does.
  await Promise.race(events.map((event) => once(socket, event).catch(() => {})))
}
