// Resident memory of Holdfast, and of a bare Fastify beside it, under load without a break. See docs/benchmark.md.
import { setTimeout as wait } from 'node:timers/promises'
import { type Case, cases, type ServerName, urlOf } from './cases.ts'
import { type Call, findGenerator, type Generator, type Seen } from './load.ts'
import { describeMachine, printMachine } from './machine.ts'
import { loopback } from './network.ts'
import type { Options } from './options.ts'
import { residentMiB } from './proc.ts'
import type { Server } from './processes.ts'
import { type Goal, toGoalTable, toResidentGoal } from './report.ts'
import { type Servers, startServers } from './servers.ts'
import { toTable } from './table.ts'

const connections = 50

interface Plan {
  minutes: number
  /** How long a minute takes: less where the benchmark only shows that it works. */
  secondsOfMinute: number
}

interface Soaked {
  seen: Seen
  /** The highest resident memory of each minute, in MiB. */
  highest: readonly number[]
  /** The last resident memory, in MiB. */
  last: number
}

type Both = Readonly<Record<ServerName, Soaked>>

/** Loads one server after the other. Returns the exit code: 1 where a request failed. */
export async function benchSoak({
  minutes,
  smoke,
  main
}: Pick<Options, 'minutes' | 'smoke' | 'main'>): Promise<number> {
  const plan: Plan = { minutes, secondsOfMinute: smoke ? 1 : 60 }
  const generator = findGenerator()
  printMachine(describeMachine(generator.name))
  await using servers = await startServers(main, loopback)
  const both: Both = {
    fastify: await soak('fastify', plan, servers, generator),
    holdfast: await soak('holdfast', plan, servers, generator)
  }
  console.log(`soak      ${minutes * plan.secondsOfMinute} s for each server, ${connections} connections`)
  console.log(`errors    ${both.fastify.seen.errors} of the echo, ${both.holdfast.seen.errors} of holdfast\n`)
  console.log(tableOf(plan, both))
  if (!smoke) console.log(`\n${toGoalTable(goalsOf(both))}`)
  const faulty = Object.entries(both).filter(([, { seen }]) => seen.errors > 0 || seen.requests === 0)
  for (const [name] of faulty) console.error(`${name}: requests failed`)
  return faulty.length === 0 ? 0 : 1
}

async function soak(name: ServerName, plan: Plan, servers: Servers, generator: Generator): Promise<Soaked> {
  const [first, ...others] = casesFor(name).map((one) => {
    return { server: servers.serverOf(one), url: urlOf(one, servers.serverOf(one)), bodyFile: servers.fileOf(one) }
  })
  if (first === undefined) throw new Error(`nothing is sent to ${name}`)
  const calls: [Call, ...Call[]] = [first, ...others]
  const seconds = plan.minutes * plan.secondsOfMinute
  const [seen, residents] = await Promise.all([
    generator.send({ calls, connections, seconds }),
    watchResident(name, first.server, plan)
  ])
  const highest = residents.map((ofMinute) => Math.max(...ofMinute))
  return { seen, highest, last: residents.at(-1)?.at(-1) ?? Number.NaN }
}

/** The cases of Holdfast; for the echo, those of the same bodies, each equally often. */
function casesFor(name: ServerName): Case[] {
  const ours = cases.filter(({ server }) => server === 'holdfast')
  if (name === 'holdfast') return ours
  return ours.flatMap(({ body }) => cases.find((one) => one.server === name && one.body === body) ?? [])
}

/** The resident memory of each second, by minute, in MiB. It begins before the load does, so that it ends before the load, too. */
async function watchResident(name: ServerName, server: Server, plan: Plan): Promise<number[][]> {
  const { minutes, secondsOfMinute } = plan
  const begun = performance.now()
  const all: number[][] = []
  for (let minute = 1; minute <= minutes; minute++) {
    const residents: number[] = []
    for (let second = 1; second <= secondsOfMinute; second++) {
      const due = ((minute - 1) * secondsOfMinute + second) * 1000
      await wait(begun + due - performance.now())
      const failure = server.failure()
      if (failure !== undefined) throw new Error(failure)
      residents.push(residentMiB(server.pid))
    }
    all.push(residents)
    console.error(`${name}, minute ${minute} of ${minutes}: at most ${Math.max(...residents).toFixed(0)} MiB resident`)
  }
  return all
}

function tableOf({ minutes, secondsOfMinute }: Plan, { fastify, holdfast }: Both): string {
  const sentBy = ({ seen }: Soaked, minute: number) =>
    minute === minutes ? seen.requests : seen.sent[minute * secondsOfMinute - 1]
  return toTable<number>(
    [
      { head: 'minute', cell: (minute) => `${minute}` },
      { head: 'requests to the echo', cell: (minute) => `${sentBy(fastify, minute)}` },
      { head: 'resident MiB', cell: (minute) => fastify.highest[minute - 1]?.toFixed(0) ?? '' },
      { head: 'requests to holdfast', cell: (minute) => `${sentBy(holdfast, minute)}` },
      { head: 'resident MiB', cell: (minute) => holdfast.highest[minute - 1]?.toFixed(0) ?? '' }
    ],
    Array.from({ length: minutes }, (_, index) => index + 1)
  )
}

function goalsOf({ fastify, holdfast }: Both): Goal[] {
  const what = 'resident memory of holdfast, over the echo'
  return [
    toResidentGoal(`${what}: highest of the second half`, highestLate(holdfast), highestLate(fastify)),
    toResidentGoal(`${what}: at the end`, holdfast.last, fastify.last)
  ]
}

/** The highest of the second half, to which the minute in the middle belongs. */
function highestLate({ highest }: Soaked): number {
  return Math.max(...highest.slice(Math.floor(highest.length / 2)))
}
