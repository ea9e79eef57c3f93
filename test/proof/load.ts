import { existsSync, readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'

/** What became of a request that was not answered with 200. */
export type Failure = 'refused' | 'reset' | 'timeout' | 'status' | 'other'
export type Tally = Partial<Record<Failure, number>>

export interface LoadOptions {
  readonly url: string
  /** Requests per second, sent whether or not earlier ones were answered. */
  readonly rate: number
  /** Many clients take turns, each on a connection that it keeps; else each request is made on a new one. */
  readonly keepAlive: boolean
  readonly timeoutMs: number
}

export interface LoadResult {
  /** Milliseconds since the epoch. */
  readonly began: number
  /** For which it was to send. */
  readonly seconds: number
  readonly sent: number
  readonly slowestMs: number
  /** The longest time in which it sent nothing, though it should have. */
  readonly stalledMs: number
  /** How long the client itself waited for a processor, where the kernel says so: the more, the less its figures say. */
  readonly waitedMs?: number | undefined
  /** How many of each kind were sent in each second since it began; seconds without a failure are left out. */
  readonly failures: Readonly<Record<string, Tally>>
}

const keptConnections = 30
/** So many answers are enough to say that it is running. */
const firstAnswers = 20
const schedulerStatistics = '/proc/self/schedstat'

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
function waitedForProcessor(): number | undefined {
  if (!existsSync(schedulerStatistics)) return undefined
  const [, nanoseconds = '0'] = readFileSync(schedulerStatistics, 'utf8').split(' ')
  return Number(nanoseconds) / 1e6
}

/** In turn, for ever. */
function* takingTurns(agents: readonly Agent[]): Generator<Agent, never> {
  for (;;) yield* agents
}

export function totalOf(tally: Tally): number {
  return Object.values(tally).reduce((sum, count) => sum + count, 0)
}

/** Whenever they were. */
export function byKind(failures: LoadResult['failures']): Tally {
  const sum: Tally = {}
  for (const tally of Object.values(failures)) {
    for (const [kind, count] of Object.entries(tally) as [Failure, number][]) sum[kind] = (sum[kind] ?? 0) + count
  }
  return sum
}

/** Sends until `until` settles, then waits for what is under way. `onSteady` is told once the first requests were answered. */
export async function load(
  { url, rate, keepAlive, timeoutMs }: LoadOptions,
  until: Promise<unknown>,
  onSteady: () => void = () => {}
): Promise<LoadResult> {
  const all = Array.from({ length: keepAlive ? keptConnections : 1 }, () => new Agent({ keepAlive }))
  const agents = takingTurns(all)
  const failures: Record<string, Tally> = {}
  const underWay = new Set<Promise<void>>()
  const [began, from, waitedBefore] = [Date.now(), performance.now(), waitedForProcessor()]
  let [sent, answered, slowestMs, stalledMs, last] = [0, 0, 0, 0, from]
  async function one(): Promise<void> {
    const agent = agents.next().value
    const at = performance.now()
    const second = String(Math.floor((at - from) / 1000))
    const failure = await send(url, agent, timeoutMs)
    slowestMs = Math.max(slowestMs, Math.round(performance.now() - at))
    if (failure === undefined) {
      answered += 1
      if (answered === firstAnswers) onSteady()
      return
    }
    const tally = (failures[second] ??= {})
    tally[failure] = (tally[failure] ?? 0) + 1
  }
  const clock = setInterval(() => {
    const now = performance.now()
    stalledMs = Math.max(stalledMs, Math.round(now - last))
    last = now
    for (; sent < Math.floor(((now - from) * rate) / 1000); sent += 1) {
      const promise = one()
      underWay.add(promise)
      void promise.then(() => underWay.delete(promise))
    }
  }, 2)
  await until
  clearInterval(clock)
  const ended = performance.now()
  stalledMs = Math.max(stalledMs, Math.round(ended - last))
  const seconds = Math.round(ended - from) / 1000
  await Promise.all(underWay)
  for (const agent of all) agent.destroy()
  const waited = waitedForProcessor()
  const waitedMs = waited === undefined ? undefined : Math.round(waited - (waitedBefore ?? 0))
  return { began, seconds, sent, slowestMs, stalledMs, waitedMs, failures }
}

// A process of its own, so that nothing else takes its time: options as an argument; a line once it is running; the result as another one
// once the input ends.
if (import.meta.main) {
  const options = JSON.parse(process.argv[2] ?? '') as LoadOptions
  const result = await load(options, text(process.stdin), () => console.log('steady'))
  console.log(JSON.stringify(result))
}
