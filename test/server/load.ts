import { CallFailure, keepAliveAgent } from '../support/tls.ts'
import { type Replica, review } from './replica.ts'

/** Calls that go on until `stop`. A failure is a call that ended in anything but a 200. */
export interface Load {
  answered: () => number
  failures: () => readonly Failure[]
  stop: () => Promise<void>
}

export interface Failure {
  what: string
  /** When it failed, by `performance.now()`. */
  at: number
  connected: boolean
}

/** As an API server: so many connections, kept alive, and on each one call after the other. */
export function startLoad({ call }: Replica, ca: string, connections: number, keepAlive = true): Load {
  const agent = keepAliveAgent(ca, connections)
  const failures: Failure[] = []
  let answered = 0
  const stopping = new AbortController()
  function fail(what: string, connected: boolean): void {
    failures.push({ what, at: performance.now(), connected })
  }
  async function worker(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const { status } = await call({ ca, agent: keepAlive ? agent : false, body: review('load') })
        if (status === 200) answered++
        else fail(`status ${status}`, true)
      } catch (error) {
        fail(String(error), error instanceof CallFailure && error.connected)
        return
      }
    }
  }
  const workers = Promise.all(Array.from({ length: connections }, worker))
  return {
    answered: () => answered,
    failures: () => failures,
    async stop() {
      stopping.abort()
      await workers
      agent.destroy()
    }
  }
}
