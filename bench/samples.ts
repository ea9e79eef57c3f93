import { type Case, cases, connectionCounts, urlOf } from './cases.ts'
import type { Generator, Seen } from './load.ts'
import { median } from './median.ts'
import { cpuMicroseconds, residentMiB, stolenMicroseconds, waitedMicroseconds } from './proc.ts'
import { cores, type Server } from './processes.ts'

/** One case under one load, once. */
export interface Sample {
  requestsPerSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** CPU microseconds of the server for each request. */
  cpu: number
  /** The share of its core that the server used. Far below 1 at many connections, the load generator is what is measured. */
  busy: number
  /** The share of the time in which something else had the core that the server wanted: another program, or another machine of the host. */
  waited: number
  /** MiB. */
  resident: number
  errors: number
}

export interface Measured {
  one: Case
  connections: number
  samples: Sample[]
}

/** The share of waiting above which a sample says more about the machine than about the server. */
export const disturbed = 0.05

type Sendable = { generator: Generator; serverOf: (one: Case) => Server; fileOf: (one: Case) => string }

async function takeSample(one: Case, connections: number, seconds: number, by: Sendable): Promise<Sample> {
  const server = by.serverOf(one)
  const [before, waitedBefore] = [cpuMicroseconds(server.pid), waitedFor(server)]
  const call = { url: urlOf(one, server), bodyFile: by.fileOf(one) }
  const seen: Seen = await by.generator.send({ calls: [call], connections, seconds })
  const failure = server.failure()
  if (failure !== undefined) throw new Error(failure)
  const used = cpuMicroseconds(server.pid) - before
  return {
    requestsPerSecond: seen.requests / seen.seconds,
    p50: seen.p50,
    p99: seen.p99,
    cpu: used / seen.requests,
    busy: used / (seen.seconds * 1_000_000),
    waited: (waitedFor(server) - waitedBefore) / (seen.seconds * 1_000_000),
    resident: residentMiB(server.pid),
    errors: seen.errors
  }
}

/** For its core: while another program had it, or another machine of the same host. Microseconds. */
function waitedFor({ pid }: Server): number {
  return waitedMicroseconds(pid) + stolenMicroseconds(cores.server)
}

/** Takes a sample again where something else had the core meanwhile, and keeps the best: disturbance only ever takes away. */
async function takeQuietSample(one: Case, connections: number, plan: Plan, by: Sendable): Promise<Sample> {
  const { seconds, retries } = plan
  let best = await takeSample(one, connections, seconds, by)
  let { errors } = best
  for (let retry = 0; retry < retries && best.waited > disturbed; retry++) {
    const next = await takeSample(one, connections, seconds, by)
    errors += next.errors
    if (next.requestsPerSecond > best.requestsPerSecond) best = next
  }
  return { ...best, errors }
}

export interface Plan {
  seconds: number
  rounds: number
  warmUpSeconds: number
  retries: number
}

/** Measures every case in every round, every second round in reverse order, so that what else the machine does meets all of them alike. */
export async function takeSamples(plan: Plan, by: Sendable): Promise<Measured[]> {
  const all: Measured[] = connectionCounts.flatMap((connections) =>
    cases.map((one) => ({ one, connections, samples: [] }))
  )
  if (plan.warmUpSeconds > 0) for (const one of cases) await takeSample(one, 50, plan.warmUpSeconds, by)
  for (let round = 0; round < plan.rounds; round++) {
    for (const { one, connections, samples } of round % 2 === 0 ? all : all.toReversed()) {
      samples.push(await takeQuietSample(one, connections, plan, by))
    }
  }
  return all
}

/** The median of one figure. */
export function middle({ samples }: Measured, figure: keyof Sample): number {
  return median(samples.map((sample) => sample[figure]))
}

/** The median of what each round says of one figure in relation to another case's in the same round. */
export function middleRatio(measured: Measured, base: Measured, figure: keyof Sample): number {
  const ratios = measured.samples.flatMap((sample, round) => {
    const other = base.samples[round]
    return other === undefined ? [] : [sample[figure] / other[figure]]
  })
  return median(ratios)
}
