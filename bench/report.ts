import type { ServerName } from './cases.ts'
import { disturbed, type Measured, middle, middleRatio } from './samples.ts'
import { type Column, toTable } from './table.ts'

/** The echo of the same body over as many connections. */
function echoOf(all: readonly Measured[], { one, connections }: Measured): Measured {
  const echo = all.find((other) => other.one.body === one.body && other.connections === connections)
  if (echo === undefined) throw new Error(`nothing to compare ${one.name} with`)
  return echo
}

export function errorsOf({ samples }: Measured): number {
  return samples.reduce((sum, { errors }) => sum + errors, 0)
}

function columnsFor(all: readonly Measured[]): Column<Measured>[] {
  const ofEcho = (measured: Measured, figure: 'requestsPerSecond' | 'cpu') => {
    return middleRatio(measured, echoOf(all, measured), figure).toFixed(2)
  }
  return [
    { head: 'case', cell: ({ one }) => one.name },
    { head: 'connections', cell: ({ connections }) => `${connections}` },
    { head: 'requests/s', cell: (measured) => middle(measured, 'requestsPerSecond').toFixed(0) },
    { head: 'of the echo', cell: (measured) => ofEcho(measured, 'requestsPerSecond') },
    { head: 'p50 ms', cell: (measured) => middle(measured, 'p50').toFixed(2) },
    { head: 'p99 ms', cell: (measured) => middle(measured, 'p99').toFixed(2) },
    { head: 'CPU µs', cell: (measured) => middle(measured, 'cpu').toFixed(0) },
    { head: 'of the echo', cell: (measured) => ofEcho(measured, 'cpu') },
    { head: 'core busy', cell: (measured) => `${(middle(measured, 'busy') * 100).toFixed(0)} %` },
    { head: 'waited', cell: (measured) => `${(middle(measured, 'waited') * 100).toFixed(0)} %` },
    { head: 'resident MiB', cell: (measured) => middle(measured, 'resident').toFixed(0) },
    { head: 'errors', cell: (measured) => `${errorsOf(measured)}` }
  ]
}

export function toLoadTable(all: readonly Measured[]): string {
  return toTable(columnsFor(all), all)
}

export interface Goal {
  what: string
  asked: string
  measured: string
  /** Undefined where the machine was too busy to say. */
  met: boolean | undefined
}

type Pair = readonly [ours: Measured, echo: Measured]

function pairOf(all: readonly Measured[], name: string, connections: number): Pair {
  const ours = all.find((one) => one.one.name === name && one.connections === connections)
  if (ours === undefined) throw new Error(`${name} was not measured`)
  return [ours, echoOf(all, ours)]
}

/** Whether nothing else had the core for long: a goal is not judged by samples that say more about the machine. */
function wereQuiet(pair: Pair): boolean {
  return pair.every((one) => middle(one, 'waited') <= disturbed)
}

/** The least requests/s of the echo, by the number of connections. */
const leastOfEcho: Readonly<Record<string, readonly (readonly [connections: number, least: number])[]>> = {
  'holdfast /mutate': [
    [50, 1],
    [10, 0.9],
    [1, 0.8]
  ],
  'holdfast /validate/enforce': [
    [50, 0.95],
    [10, 0.9],
    [1, 0.8]
  ],
  'holdfast /mutate, an UPDATE': [
    [50, 0.95],
    [10, 0.9],
    [1, 0.8]
  ]
}

/** A figure of a case that is held against the echo of the same body, over as many connections. */
interface HeldFigure {
  name: string
  connections: number
  title: string
  figure: 'requestsPerSecond' | 'p99'
  asked: string
  holds: (ratio: number) => boolean
}

function ratioGoal(all: readonly Measured[], { name, connections, title, figure, asked, holds }: HeldFigure): Goal {
  const pair = pairOf(all, name, connections)
  const ratio = middleRatio(...pair, figure)
  const met = wereQuiet(pair) ? holds(ratio) : undefined
  return { what: `${title} of ${name}, ${connections} at once, of the echo`, asked, measured: ratio.toFixed(2), met }
}

function throughputGoals(all: readonly Measured[]): Goal[] {
  return Object.entries(leastOfEcho).flatMap(([name, goals]) =>
    goals.map(([connections, least]) => {
      const asked = `at least ${least.toFixed(2)}`
      const holds = (ratio: number) => ratio >= least
      return ratioGoal(all, { name, connections, title: 'requests/s', figure: 'requestsPerSecond', asked, holds })
    })
  )
}

const mostOfP99 = 1.5

function latencyGoals(all: readonly Measured[]): Goal[] {
  const alone = pairOf(all, 'holdfast /mutate', 1)
  const added = middle(alone[0], 'p50') - middle(alone[1], 'p50')
  const p50 = {
    what: 'p50 of holdfast /mutate, 1 at once, over the echo',
    asked: 'under 0.2 ms',
    measured: `${added.toFixed(2)} ms`,
    met: added < 0.2
  }
  const asked = `at most ${mostOfP99}`
  const holds = (ratio: number) => ratio <= mostOfP99
  const p99 = Object.entries(leastOfEcho).flatMap(([name, goals]) =>
    goals.map(([connections]) => ratioGoal(all, { name, connections, title: 'p99', figure: 'p99', asked, holds }))
  )
  return [p50, ...p99]
}

const mostOverEchoMiB = 10

/** `ours` and `echo` are the resident memory of Holdfast and of the echo, in MiB. */
export function toResidentGoal(what: string, ours: number, echo: number): Goal {
  return {
    what,
    asked: `at most ${mostOverEchoMiB} MiB`,
    measured: `${(ours - echo).toFixed(0)} MiB`,
    met: ours - echo <= mostOverEchoMiB
  }
}

/** Of the case that leaves each server largest: both get creations and updates in turns. */
function residentGoal(all: readonly Measured[]): Goal {
  const highestOf = (server: ServerName) =>
    Math.max(...all.filter(({ one }) => one.server === server).map((measured) => middle(measured, 'resident')))
  return toResidentGoal('resident memory of holdfast, over the echo', highestOf('holdfast'), highestOf('fastify'))
}

export function goalsOf(all: readonly Measured[]): Goal[] {
  return [...throughputGoals(all), ...latencyGoals(all), residentGoal(all)]
}

/** Beside what is asked, whether it was met in this run. It decides nothing: figures depend on the machine. */
export function toGoalTable(goals: readonly Goal[]): string {
  return toTable<Goal>(
    [
      { head: 'goal', cell: ({ what }) => what },
      { head: 'asked', cell: ({ asked }) => asked },
      { head: 'measured', cell: ({ measured }) => measured },
      { head: 'met', cell: ({ met }) => (met === undefined ? 'machine too busy' : met ? 'yes' : 'no') }
    ],
    goals
  )
}
