import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Backend, Listening } from './balancer.ts'

const probeEveryMs = 100
/** Timeout and threshold are those of the chart's readiness probe; the period is shorter. */
const timeoutMs = 3000
const failureThreshold = 2

const ready = new Set<Backend>()
let next = 0

async function isReady({ healthUrl }: Backend): Promise<boolean> {
  const answer = await fetch(`${healthUrl}/readyz`, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined)
  return answer?.status === 200
}

async function probe(backend: Backend): Promise<void> {
  let failures = 0
  for (;;) {
    failures = (await isReady(backend)) ? 0 : failures + 1
    if (failures === 0) ready.add(backend)
    else if (failures >= failureThreshold) ready.delete(backend)
    await pause(probeEveryMs)
  }
}

function pass(client: Socket): void {
  const backend = [...ready][next++ % ready.size]
  if (backend === undefined) {
    client.destroy()
    return
  }
  const upstream = connect(backend.port, '127.0.0.1')
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client]
  ] as const) {
    socket.on('error', () => other.destroy())
    socket.pipe(other)
  }
}

const { host, port } = workerData as Listening
const server = createServer(pass)
await once(server.listen(port, host), 'listening')
parentPort?.on('message', (backend: Backend) => void probe(backend))
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
parentPort?.postMessage((server.address() as AddressInfo).port)
