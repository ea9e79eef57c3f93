import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'

/** What became of a request that was not answered with 200. */
export type Failure = 'refused' | 'reset' | 'timeout' | 'status' | 'other'

export interface LoadOptions {
  readonly url: string
  /** Requests per second, sent whether or not earlier ones were answered. */
  readonly rate: number
  readonly keepAlive: boolean
  readonly timeoutMs: number
}

export interface LoadResult {
  /** Milliseconds since the epoch. */
  readonly began: number
  readonly sent: number
  readonly slowestMs: number
  /** How long the client itself waited for a processor: the more, the less its figures say. */
  readonly waitedMs: number
  /** How many of each kind were sent in each second since it began; seconds without a failure are left out. */
  readonly failures: Readonly<Record<string, Partial<Record<Failure, number>>>>
}

const kinds: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout'
}

/** Settles when the request has: undefined where all is well. */
function send(url: string, agent: Agent, timeoutMs: number): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode === 200 ? undefined : 'status'))
      response.once('error', () => resolve('reset'))
    })
    request.once('error', (error: NodeJS.ErrnoException) => {
      resolve(
        error.name === 'AbortError' || error.name === 'TimeoutError' ? 'timeout' : (kinds[error.code ?? ''] ?? 'other')
      )
    })
  })
}

/** Of the main thread, in milliseconds. */
function waitedForProcessor(): number {
  const [, nanoseconds = '0'] = readFileSync('/proc/self/schedstat', 'utf8').split(' ')
  return Number(nanoseconds) / 1e6
}

/** Sends until `until` settles, then waits for what is under way. */
export async function load(options: LoadOptions, until: Promise<unknown>): Promise<LoadResult> {
  const { url, rate, keepAlive, timeoutMs } = options
  const agent = new Agent({ keepAlive, maxSockets: keepAlive ? 50 : Number.POSITIVE_INFINITY })
  const failures: Record<string, Partial<Record<Failure, number>>> = {}
  const underWay = new Set<Promise<void>>()
  const [began, from, waitedBefore] = [Date.now(), performance.now(), waitedForProcessor()]
  let [sent, slowestMs] = [0, 0]
  async function one(): Promise<void> {
    const at = performance.now()
    const second = String(Math.floor((at - from) / 1000))
    const failure = await send(url, agent, timeoutMs)
    slowestMs = Math.max(slowestMs, Math.round(performance.now() - at))
    if (failure === undefined) return
    const tally = (failures[second] ??= {})
    tally[failure] = (tally[failure] ?? 0) + 1
  }
  const clock = setInterval(() => {
    const due = Math.floor(((performance.now() - from) * rate) / 1000)
    for (; sent < due; sent += 1) {
      const promise = one()
      underWay.add(promise)
      void promise.then(() => underWay.delete(promise))
    }
  }, 2)
  await until
  clearInterval(clock)
  await Promise.all(underWay)
  agent.destroy()
  const waitedMs = Math.round(waitedForProcessor() - waitedBefore)
  return { began, sent, slowestMs, waitedMs, failures }
}

// A process of its own, so that nothing else takes its time: options as an argument, the result on standard output once the input ends.
if (import.meta.main) {
  const options = JSON.parse(process.argv[2] ?? '') as LoadOptions
  process.stdout.write(JSON.stringify(await load(options, text(process.stdin))))
}
