import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { ControlPlane } from './control-plane.ts'
import { issueForLoopback } from './tls.ts'

export interface WriteGate {
  /** Leads to the API server through the gate. */
  readonly kubeconfig: string
}

export interface GateOptions {
  /** As whom the API server is asked. */
  readonly user: string
  /** Whether a request is a write that is told of. */
  readonly isTold: (method: string, path: string) => boolean
  /** Such a write waits for this. */
  readonly until: Promise<void>
  /** Called when the API server has done it and the caller does not know yet. After `lost` nothing more gets through. */
  readonly onWritten: (what: string) => 'go on' | 'lost'
}

interface Kubeconfig {
  readonly clusters: [{ readonly cluster: { readonly 'certificate-authority': string } }]
}

/** A way to the API server for one process, which may end between a write and its answer. Writes that are told of go one by one. */
export async function openWriteGate(t: Test, cluster: ControlPlane, options: GateOptions): Promise<WriteGate> {
  const text = readFileSync(cluster.kubeconfigOf(options.user), 'utf8')
  const [{ cluster: whole }] = (JSON.parse(text) as Kubeconfig).clusters
  const ca = readFileSync(whole['certificate-authority'], 'utf8')
  let isLost = false
  let last = options.until

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse, isTold: boolean): Promise<void> =>
    new Promise((resolve) => {
      const { method = '', url = '', headers } = incoming
      const onward = request(new URL(url, cluster.url), { method, headers, ca }, (answer) => {
        if (isTold) isLost ||= options.onWritten(`${method} ${url.split('?')[0]}`) === 'lost'
        if (isLost) outgoing.destroy()
        else answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.headers))
        resolve()
      })
      onward.on('error', () => {
        outgoing.destroy()
        resolve()
      })
      outgoing.on('close', () => onward.destroy())
      incoming.pipe(onward)
    })
  const { certificate: cert, key, caCertificate } = await issueForLoopback()
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const isTold = options.isTold(incoming.method ?? '', incoming.url ?? '')
    if (!isTold) return void forward(incoming, outgoing, false)
    last = last.then(() => (isLost ? void outgoing.destroy() : forward(incoming, outgoing, true)))
    return undefined
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const kubeconfig = join(cluster.directory, `gate-${port}.kubeconfig`)
  const authority = join(cluster.directory, `gate-${port}.crt`)
  writeFileSync(authority, caCertificate)
  const through = text
    .replace(cluster.url, `https://127.0.0.1:${port}`)
    .replace(whole['certificate-authority'], authority)
  writeFileSync(kubeconfig, through, { mode: 0o600 })
  return { kubeconfig }
}
