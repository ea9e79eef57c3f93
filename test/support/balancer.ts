import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket, connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'

export interface Backend {
  readonly port: number
  readonly healthUrl: string
}

export interface Balancer {
  readonly port: number
  /** Sends new connections to it as long as it is ready. */
  add: (backend: Backend) => void
}

const probeEveryMs = 100

async function isReady({ healthUrl }: Backend): Promise<boolean> {
  const answer = await fetch(`${healthUrl}/readyz`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
  return answer?.status === 200
}

/** By default any port of 127.0.0.1. */
export interface Listening {
  readonly host: string
  readonly port: number
}

/** What a Service does: each new connection goes to a replica that was ready when last probed; connections that are there stay. */
export async function openBalancer(
  test: Test,
  { host, port }: Listening = { host: '127.0.0.1', port: 0 }
): Promise<Balancer> {
  const backends = new Map<Backend, boolean>()
  const sockets = new Set<Socket>()
  let next = 0
  const server = createServer((client) => {
    const ready = [...backends].filter(([, isUp]) => isUp).map(([backend]) => backend)
    const backend = ready[next++ % ready.length]
    if (backend === undefined) return client.destroy()
    const upstream = connect(backend.port, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client]
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => sockets.delete(socket))
      socket.pipe(other)
    }
    return client
  })
  await once(server.listen(port, host), 'listening')
  const ended = new AbortController()
  const probe = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      for (const backend of backends.keys()) backends.set(backend, await isReady(backend))
      await pause(probeEveryMs)
    }
  }
  const probing = probe()
  test.teardown(async () => {
    ended.abort()
    server.close()
    for (const socket of sockets) socket.destroy()
    await probing
  })
  return { port: (server.address() as AddressInfo).port, add: (backend) => backends.set(backend, false) }
}
