import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import * as fc from 'fast-check'
import { deployment, reviewOf } from '../support/workloads.ts'

/** What somebody sends who does not keep to HTTP. */
export interface Oddity {
  what: string
  /** Without TLS. */
  bare?: boolean
  /** Each sent in a turn of its own. */
  parts: readonly (string | Buffer)[]
  /** What comes after the last of them; by default the client waits. */
  end?: 'half-close' | 'reset'
}

/** An ordinary review. */
export const body = JSON.stringify(reviewOf({ object: deployment() }))
const path = '/validate/enforce'
const ownLength = `Content-Length: ${body.length}`

function call(head: readonly string[] = [ownLength], content = body, line = `POST ${path} HTTP/1.1`): string {
  return [line, 'Host: a', 'Content-Type: application/json', ...head, '', content].join('\r\n')
}

function chunked(text: string): string {
  return call(['Transfer-Encoding: chunked'], text)
}

const whole = `${body.length.toString(16)}\r\n${body}\r\n`
const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'BREW', 'post']
const targets = [
  '/',
  '//',
  '*',
  '/nowhere',
  '/validate',
  '/validate/',
  '/validate/off',
  '/%00',
  '/%',
  '/a/../mutate',
  `https://a${path}`,
  `${path}?a=%ff`,
  `/${'x'.repeat(60_000)}`
]
const lengths = [
  '-1',
  '+5',
  '1e3',
  '0x10',
  '5, 5',
  '',
  ' ',
  '99999999999999999999999',
  `${body.length + 10}`,
  `${body.length - 10}`
]
const chunkedBodies: Readonly<Record<string, string>> = {
  'that has no size': `zz\r\n${body}\r\n0\r\n\r\n`,
  'that is larger than any number': `FFFFFFFFFFFFFFFFF\r\n${body}`,
  'that is negative': `-1\r\n${body}`,
  'without an end': whole,
  'without the end of a line': `${body.length.toString(16)}\n${body}\n0\n\n`,
  'with a long extension': `${body.length.toString(16)};${'x'.repeat(20_000)}\r\n${body}\r\n0\r\n\r\n`,
  'with trailers': `${whole}0\r\nContent-Length: 5\r\n\r\n`,
  'of single bytes': `${body
    .split('')
    .map((letter) => `1\r\n${letter}\r\n`)
    .join('')}0\r\n\r\n`
}

/** A first flight of TLS, cut short. */
const hello = Buffer.from('1603010200010001fc0303', 'hex')

/** One of each kind. */
export const oddities: readonly Oddity[] = [
  ...methods.map((method) => ({
    what: `the method ${method}`,
    parts: [call([ownLength], body, `${method} ${path} HTTP/1.1`)]
  })),
  ...targets.map((target) => ({
    what: `the path ${target.slice(0, 30)}`,
    parts: [call([ownLength], body, `POST ${target} HTTP/1.1`)]
  })),
  ...lengths.map((text) => ({ what: `a length of "${text}"`, parts: [call([`Content-Length: ${text}`])] })),
  ...Object.entries(chunkedBodies).map(([what, text]) => ({ what: `a chunk ${what}`, parts: [chunked(text)] })),
  { what: 'two lengths', parts: [call([ownLength, 'Content-Length: 5'])] },
  { what: 'a length and chunks', parts: [call([ownLength, 'Transfer-Encoding: chunked'], `${whole}0\r\n\r\n`)] },
  {
    what: 'an unknown encoding of the transfer',
    parts: [call(['Transfer-Encoding: gzip, chunked'], `${whole}0\r\n\r\n`)]
  },
  { what: 'a compressed body', parts: [call([ownLength, 'Content-Encoding: gzip'])] },
  { what: 'two types', parts: [call([ownLength, 'Content-Type: text/plain'])] },
  { what: 'Expect', parts: [call([ownLength, 'Expect: 100-continue'])] },
  { what: 'an unknown expectation', parts: [call([ownLength, 'Expect: the-worst'])] },
  { what: 'an upgrade to WebSocket', parts: [call([ownLength, 'Connection: Upgrade', 'Upgrade: websocket'])] },
  { what: 'an upgrade to HTTP/2', parts: [call([ownLength, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c'])] },
  { what: 'the preface of HTTP/2', parts: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'] },
  { what: 'HTTP/0.9', parts: ['GET /\r\n'] },
  { what: 'HTTP/1.0', parts: [call([ownLength], body, `POST ${path} HTTP/1.0`)] },
  { what: 'HTTP/9.9', parts: [call([ownLength], body, `POST ${path} HTTP/9.9`)] },
  { what: 'no host', parts: [call().replace('Host: a\r\n', '')] },
  { what: 'a header of 100 KB', parts: [call([ownLength, `X: ${'x'.repeat(100_000)}`])] },
  { what: '3000 headers', parts: [call([ownLength, ...Array.from({ length: 3000 }, (_, index) => `X${index}: y`)])] },
  { what: 'a header without a colon', parts: [call([ownLength, 'nonsense'])] },
  { what: 'a folded header', parts: [call([ownLength, 'X: a\r\n b'])] },
  { what: 'a header with a NUL', parts: [call([ownLength, 'X: a\0b'])] },
  { what: 'a header named __proto__', parts: [call([ownLength, '__proto__: x', 'constructor: y'])] },
  { what: 'empty lines', parts: ['\r\n'.repeat(10_000)] },
  { what: 'NULs', parts: ['\0'.repeat(10_000)] },
  { what: 'nothing', parts: [], end: 'half-close' },
  { what: 'a hundred calls at once', parts: [call().repeat(100)] },
  { what: 'a hundred calls at once, and a reset', parts: [call().repeat(100)], end: 'reset' },
  { what: 'a call and then nonsense', parts: [`${call()}nonsense\r\n\r\n`] },
  { what: 'half a call, and the end', parts: [call().slice(0, -20)], end: 'half-close' },
  { what: 'a call, and the end', parts: [call()], end: 'half-close' },
  { what: 'half a head, and a reset', parts: [call().slice(0, 40)], end: 'reset' },
  { what: 'half a body, and a reset', parts: [call().slice(0, -20)], end: 'reset' },
  { what: 'a call byte by byte', parts: call().split('') },
  { what: 'a body that stops', parts: [call().slice(0, -20)] },
  { what: 'plain HTTP', bare: true, parts: [call()] },
  { what: 'half a handshake', bare: true, parts: [hello], end: 'half-close' },
  { what: 'half a handshake, and a reset', bare: true, parts: [hello], end: 'reset' },
  { what: 'a handshake of zeros', bare: true, parts: [Buffer.concat([hello, Buffer.alloc(505)])] },
  { what: 'an alert instead of a handshake', bare: true, parts: [Buffer.from('15030300020228', 'hex')] }
]

const edit = fc.record({
  at: fc.nat(),
  byte: fc.nat(255),
  how: fc.constantFrom('replace', 'insert', 'remove', 'repeat')
})
const starts = fc.constantFrom(call(), chunked(`${whole}0\r\n\r\n`), call().repeat(2))

/** Calls with some bytes that are not as they should be; the same for the same seed. */
export function spoiltCalls(count: number, seed: number): Oddity[] {
  const some = fc.tuple(
    starts,
    fc.array(edit, { minLength: 1, maxLength: 6 }),
    fc.constantFrom<('half-close' | 'reset')[]>('half-close', 'reset'),
    fc.boolean()
  )
  return fc.sample(some, { numRuns: count, seed }).map(([text, edits, end, isCut], index) => {
    const bytes = edits.reduce(edited, Buffer.from(text))
    const parts = isCut ? [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)] : [bytes]
    return { what: `spoilt call ${index} of the seed ${seed}`, parts, end }
  })
}

function edited(bytes: Buffer, { at, byte, how }: { at: number; byte: number; how: string }): Buffer {
  const place = at % bytes.length
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)]
  if (how === 'insert') return Buffer.concat([head, Buffer.from([byte]), tail])
  if (how === 'remove') return Buffer.concat([head, tail.subarray(1)])
  if (how === 'repeat') return Buffer.concat([head, tail.subarray(0, 200), tail])
  return Buffer.concat([head, Buffer.from([byte]), tail.subarray(1)])
}

/** So long a client waits for more. */
const quietMs = 40

/** Sends it, and returns what the server says until it closes the connection, or says no more. */
export async function saidTo(port: number, { bare = false, parts, end }: Oddity): Promise<string> {
  const socket = bare
    ? connect({ host: '127.0.0.1', port })
    : connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
  socket.on('error', () => socket.destroy())
  await once(socket, bare ? 'connect' : 'secureConnect')
  let said = ''
  socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
  for (const part of parts) await sent(socket, part)
  if (end === 'half-close') socket.end()
  if (end === 'reset') socket.destroy()
  else await untilQuiet(socket, () => said.length)
  socket.destroy()
  return said
}

function sent(socket: Socket, part: string | Buffer): Promise<void> {
  if (!socket.writable) return Promise.resolve()
  return new Promise((done) => void socket.write(part, () => done()))
}

async function untilQuiet(socket: Socket, length: () => number): Promise<void> {
  for (let before = -1; before !== length() && !socket.closed;) {
    before = length()
    await wait(quietMs)
  }
}

/** The statuses of all answers in it. */
export function statusesIn(said: string): number[] {
  return [...said.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => Number(status))
}
