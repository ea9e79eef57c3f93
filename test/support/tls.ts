// oxlint-disable-next-line import/no-unassigned-import -- the certificate library needs this shim to be there before it loads
import 'reflect-metadata'
import { once } from 'node:events'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { TLSSocket, connect } from 'node:tls'
import * as x509 from '@peculiar/x509'
import { type ServingCertificate, issueServingCertificate } from '../../src/certificates/issue.ts'

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface Call extends Omit<RequestOptions, 'headers'> {
  body?: string | Buffer
  /** Besides, or instead of, the content type and length of a review. */
  headers?: OutgoingHttpHeaders
}

export interface ClientCertificate {
  ca: string
  cert: string
  key: string
}

/** A certificate for this machine; one day, so that a forgotten one does no harm. */
export function issueForLoopback(): Promise<ServingCertificate> {
  return issueServingCertificate({ names: ['localhost'], addresses: ['127.0.0.1'], days: 1 })
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** What an API server with a client certificate shows. It is its own authority. */
export async function issueForClient(): Promise<ClientCertificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=kube-apiserver',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])
    ]
  })
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  const cert = certificate.toString('pem')
  return { ca: cert, cert, key }
}

/** An agent as the API server's transport: it keeps connections. */
export function keepAliveAgent(ca: string, connections: number): Agent {
  return new Agent({ ca, keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
}

/** A call without a reply. `connected`: it had a connection, so it is the server that let it fall. */
export class CallFailure extends Error {
  readonly connected: boolean

  constructor(cause: Error, socket: Socket | null) {
    super(cause.message, { cause })
    this.connected = socket instanceof TLSSocket && socket.authorized
  }
}

/** One call over real TLS. Settles with the reply; fails where the connection does. */
export function call(options: Call): Promise<Reply> {
  const { body = '', headers, ...rest } = options
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        method: 'POST',
        headers: withoutUndefined({
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers
        }),
        ...rest
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text })
        })
      }
    )
    outgoing.on('error', (cause) => reject(new CallFailure(cause, outgoing.socket)))
    outgoing.end(body)
  })
}

function withoutUndefined(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
}

/** The head of a call whose body has `length` bytes. */
export function callHead(length: number, path = '/validate/enforce'): string {
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${length}`
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** A call whose body has begun and not ended. `send` goes on with it; `ended` has all that the server said. */
export interface OpenCall {
  socket: TLSSocket
  send: (text: string) => void
  ended: Promise<string>
}

export async function beginCall(
  port: number,
  ca: string,
  length: number,
  path = '/validate/enforce'
): Promise<OpenCall> {
  const socket = connect({ host: '127.0.0.1', port, ca })
  await once(socket, 'secureConnect')
  socket.write(callHead(length, path))
  let said = ''
  socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(said)))
  socket.on('error', () => socket.destroy())
  return { socket, send: (text) => void socket.write(text), ended }
}

/** Waits until it is so, and fails after ten seconds. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const limit = Date.now() + 10_000
  while (!(await isSo())) {
    if (Date.now() > limit) throw new Error(`never: ${what}`)
    await setTimeout(5)
  }
}
