// One run of autocannon, in a process of its own; its summary as JSON. `<connections> <seconds> (<url> <body file>)...`
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Seen } from './load.ts'

/** The part of autocannon that we use: it comes without types. */
interface Result {
  duration: number
  errors: number
  non2xx: number
  requests: { total: number }
}
type Autocannon = (options: object, done: (error: Error | null, result: Result) => void) => EventEmitter

const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon
const [connections, seconds, ...files] = process.argv.slice(2)
// Its own summary has latencies in whole milliseconds.
const latencies: number[] = []
const sent: number[] = []

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function report(error: Error | null, result: Result): void {
  if (error !== null) throw error
  const sorted = latencies.toSorted((one, other) => one - other)
  const seen: Seen = {
    requests: latencies.length,
    seconds: result.duration,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    errors: result.errors + result.non2xx,
    sent
  }
  console.log(JSON.stringify(seen))
}

function requestsOf([url, bodyFile, ...others]: readonly string[]): object[] {
  if (url === undefined || bodyFile === undefined) return []
  const headers = { 'content-type': 'application/json' }
  const request = { method: 'POST', path: new URL(url).pathname, headers, body: readFileSync(bodyFile) }
  return [request, ...requestsOf(others)]
}

const options = {
  url: files[0],
  requests: requestsOf(files),
  connections: Number(connections),
  duration: Number(seconds),
  // It does not heed `Connection: close`, which Holdfast says at the thousandth request of a connection.
  reconnectRate: 500
}
autocannon(options, report)
  .on('response', (...[, , , milliseconds]: [unknown, number, number, number]) => {
    latencies.push(milliseconds)
  })
  .on('tick', () => {
    sent.push(latencies.length)
  })
