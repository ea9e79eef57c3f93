import { once } from 'node:events'
import { type Server, type ServerOptions, createServer } from 'node:https'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { issueServingCertificate } from '../../src/certificates/issue.ts'

export interface ApiStub {
  server: Server
  /** A kubeconfig for it, in a file. */
  kubeconfig: string
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
  const server = createServer(tls, (request, response) => {
    if (request.headers.authorization === `Bearer ${token}`) answer(request, response)
    else response.writeHead(401).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}${options.path ?? ''}`
  const text = toKubeconfig(address, options.untrusted === true ? undefined : caCertificate)
  return { server, kubeconfig: join(test.testdir({ kubeconfig: text }), 'kubeconfig') }
}
