import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { call } from '../../support/tls.ts'
import { deployment, reviewOf } from '../../support/workloads.ts'

/** What a client saw that sends an ordinary review every 20 ms, from another address than the attacker's. */
export interface Seen {
  answered: number
  /** Answered 503: an API server comes back. */
  sentBack: number
  /** Without an answer. */
  failed: number
  /** Of answered calls, in milliseconds: how long they took, and how much of that the server spent computing. */
  slowest: number
  slowestCpu: number
}

export interface Bystander {
  readonly seen: Seen
  stop: () => Promise<void>
}

const address = '127.0.0.2'
const body = JSON.stringify(reviewOf({ object: deployment() }))

/** Starts such a client of the process, with two connections that it keeps, as an API server does. */
export function startBystander(pid: number, port: number): Bystander {
  const agent = new Agent({ keepAlive: true, maxSockets: 2, localAddress: address, rejectUnauthorized: false })
  const seen: Seen = { answered: 0, sentBack: 0, failed: 0, slowest: 0, slowestCpu: 0 }
  const stopping = new AbortController()
  const send = async (): Promise<void> => {
    const [began, cpu] = [performance.now(), cpuMs(pid)]
    try {
      const { status } = await call({ port, path: '/validate/enforce', agent, body, timeout: 10_000 })
      if (status === 503) seen.sentBack++
      else if (status !== 200) throw new Error(`status ${status}`)
      else seen.answered++
      seen.slowest = Math.max(seen.slowest, performance.now() - began)
      seen.slowestCpu = Math.max(seen.slowestCpu, cpuMs(pid) - cpu)
    } catch {
      seen.failed++
    }
  }
  const sending = (async () => {
    while (!stopping.signal.aborted) {
      await send()
      await wait(20)
    }
  })()
  return {
    seen,
    async stop() {
      stopping.abort()
      await Promise.race([sending, wait(11_000, undefined, { ref: false })])
      agent.destroy()
    }
  }
}

/** CPU time of the main thread of a process; 0 where it has ended. */
function cpuMs(pid: number): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
    return Number(nanoseconds) / 1_000_000
  } catch {
    return 0
  }
}
