import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent } from 'node:https'
import type { ApiServer } from './control-plane.ts'
import { call, keepAliveAgent } from './tls.ts'

export interface ApiReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** JSON. */
  readonly body: unknown
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH'

export interface ClusterApi {
  /** One call as the admin, and whatever it answers. A PATCH is a merge patch. */
  send(method: Method, path: string, body?: object): Promise<ApiReply>
  /** For a step that is no part of what is tested. Resolves with the body. */
  must(method: Method, path: string, body?: object): Promise<unknown>
  close(): void
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority': string } }
  ]
  readonly users: readonly [{ readonly user: { readonly token: string } }]
}

export interface ApiLimits {
  /** So many calls are under way at once at most; others wait. */
  readonly connections?: number
  /** Each call opens a connection, as one of kubectl does: what the API server did meanwhile to older ones does not matter. */
  readonly alwaysConnects?: boolean
  /** A call without an answer by then fails. Without it a call may wait for ever. */
  readonly timeoutMs?: number
}

/** For answers that kubectl hides: their status, their headers, and a refusal that kubectl would wait on. */
export function openApi({ kubeconfigOf }: ApiServer, limits: ApiLimits = {}): ClusterApi {
  const { connections = 10, alwaysConnects = false, timeoutMs } = limits
  const { clusters, users } = JSON.parse(readFileSync(kubeconfigOf('admin'), 'utf8')) as Kubeconfig
  const ca = readFileSync(clusters[0].cluster['certificate-authority'], 'utf8')
  const agent = alwaysConnects ? new Agent({ ca, maxSockets: connections }) : keepAliveAgent(ca, connections)
  const { hostname: host, port } = new URL(clusters[0].cluster.server)
  async function send(method: Method, path: string, body?: object): Promise<ApiReply> {
    const headers = {
      authorization: `Bearer ${users[0].user.token}`,
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    }
    const text = body === undefined ? '' : JSON.stringify(body)
    const limit = timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }
    const reply = await call({ agent, host, port, method, path, headers, body: text, ...limit })
    return { status: reply.status, headers: reply.headers, body: JSON.parse(reply.text) as unknown }
  }
  return {
    send,
    async must(method, path, body) {
      const reply = await send(method, path, body)
      if (reply.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`)
      return reply.body
    },
    close: () => agent.destroy()
  }
}
