import { once } from 'node:events'
import { type Server, type ServerOptions, createServer } from 'node:https'
import type { RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { AddressInfo, Socket } from 'node:net'
import type { Test } from 'tap'
import { issueServingCertificate } from '../../src/certificates/issue.ts'
import { type Api, openApi } from '../../src/cluster/api/api.ts'

export interface ApiStub {
  server: Server
  address: string
  /** The authority of its certificate. */
  ca: string
  /** A kubeconfig for it, in a file. */
  kubeconfig: string
  /** The responses that it has begun and not ended. */
  streams: () => readonly ServerResponse[]
  /** Resets the connection of a response. */
  reset: (response: ServerResponse) => void
  /** Ends, and listens again at the same port when that is over. Meanwhile connections are refused. */
  away: (meanwhile: () => Promise<void>) => Promise<void>
}

interface StubOptions {
  /** What follows the authority in the address of the cluster. */
  path?: string
  /** Leaves the authority of its certificate out of the kubeconfig. */
  untrusted?: boolean
}

const token = 'stub-token'

function toKubeconfig(server: string, ca: string | undefined): string {
  const authority = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stub', cluster: { server, ...authority } }],
    users: [{ name: 'reader', user: { token } }],
    contexts: [{ name: 'stub', context: { cluster: 'stub', user: 'reader' } }],
    'current-context': 'stub'
  })
}

/** An API server on a loopback port that lets in whoever brings the token of its kubeconfig. It ends with the test. */
export async function startApiStub(test: Test, answer: RequestListener, options: StubOptions = {}): Promise<ApiStub> {
  const { caCertificate, certificate, key } = await issueServingCertificate({
    names: [],
    addresses: ['127.0.0.1'],
    days: 1
  })
  const tls: ServerOptions = { cert: certificate, key }
  const open = new Set<ServerResponse>()
  const server = createServer(tls, (request, response) => {
    open.add(response)
    response.once('close', () => open.delete(response))
    if (request.headers.authorization === `Bearer ${token}`) answer(request, response)
    else response.writeHead(401).end()
  })
  const sockets = new Map<number | undefined, Socket>()
  server.on('connection', (socket: Socket) => sockets.set(socket.remotePort, socket))
  const reset = ({ socket }: ServerResponse) => sockets.get(socket?.remotePort)?.resetAndDestroy()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}${options.path ?? ''}`
  const away = async (meanwhile: () => Promise<void>): Promise<void> => {
    const { port } = server.address() as AddressInfo
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
    await meanwhile()
    await once(server.listen(port, '127.0.0.1'), 'listening')
  }
  const text = toKubeconfig(address, options.untrusted === true ? undefined : caCertificate)
  const kubeconfig = join(test.testdir({ kubeconfig: text }), 'kubeconfig')
  return { server, address, ca: caCertificate, kubeconfig, streams: () => [...open], reset, away }
}

/** The way to it that the product takes. It ends with the test. */
export async function openStub(test: Test, kubeconfig: string): Promise<Api> {
  const api = await openApi({ kubeconfig, environment: {}, userAgent: 'holdfast/test' })
  if (api === undefined) throw new Error('no kubeconfig')
  test.teardown(() => api.close())
  return api
}

/** An answer in JSON. */
export function answerJson(response: ServerResponse, value: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** A cluster with nothing in it: every list is empty and every watch stays open. `/version` is answered by `version`. */
export function emptyCluster(version: (response: ServerResponse) => void): RequestListener {
  return ({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'https://stub')
    if (pathname === '/version') version(response)
    else if (searchParams.has('watch')) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    else answerJson(response, { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] })
  }
}
