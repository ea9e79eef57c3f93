import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
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

/** By default any port of 127.0.0.1. */
export interface Listening {
  readonly host: string
  readonly port: number
}

/**
 * What a Service does: each new connection goes to a replica that was ready when last probed; connections that are there stay. It runs in a
 * thread of its own, because a busy test must not delay what it forwards. Above all the end of a connection: a call sent after it would fail.
 */
export async function openBalancer(
  test: Test,
  { host, port }: Listening = { host: '127.0.0.1', port: 0 }
): Promise<Balancer> {
  const thread = new Worker(new URL('balancer-thread.ts', import.meta.url), { workerData: { host, port } })
  test.teardown(() => thread.terminate())
  const [listening] = (await once(thread, 'message')) as [number]
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
  const add = ({ port: to, healthUrl }: Backend): void => thread.postMessage({ port: to, healthUrl })
  return { port: listening, add }
}
