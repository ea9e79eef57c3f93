import type { Case } from './cases.ts'
import type { StepCost } from './policy-table.ts'
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

interface Goal {
  what: string
  asked: string
  measured: string
  /** Undefined where the machine was too busy to say. */
  met: boolean | undefined
}

function find(all: readonly Measured[], path: Case['path'], connections: number): Measured {
  const found = all.find(
    ({ one, connections: count }) => one.body === 'create' && one.path === path && count === connections
  )
  if (found === undefined) throw new Error(`${path} was not measured`)
  return found
}

/** Whether nothing else had the core for long: a goal is not judged by samples that say more about the machine. */
function wereQuiet(...measured: readonly Measured[]): boolean {
  return measured.every((one) => middle(one, 'waited') <= disturbed)
}

/** Of one process that gets creations and updates in turns: of the case that leaves it largest. */
function residentGoal(all: readonly Measured[]): Goal {
  const ours = all.filter(({ one }) => one.server === 'holdfast')
  const resident = Math.max(...ours.map((measured) => middle(measured, 'resident')))
  return {
    what: 'resident memory of holdfast',
    asked: 'at most 160 MiB',
    measured: `${resident.toFixed(0)} MiB`,
    met: resident <= 160
  }
}

function goalsOf(all: readonly Measured[], costs: readonly StepCost[]): Goal[] {
  const throughput = middleRatio(find(all, '/mutate', 50), find(all, '/echo', 50), 'requestsPerSecond')
  const [mutate, echo] = [find(all, '/mutate', 1), find(all, '/echo', 1)]
  const added = middle(mutate, 'p50') - middle(echo, 'p50')
  const times = middleRatio(mutate, echo, 'p99')
  const policies = costs.find(({ step }) => step === 'parse, evaluate, remedy')?.microseconds ?? Number.NaN
  return [
    {
      what: 'requests/s of /mutate at 50 connections, of the echo',
      asked: 'at least 0.75',
      measured: throughput.toFixed(2),
      met: wereQuiet(find(all, '/mutate', 50), find(all, '/echo', 50)) ? throughput >= 0.75 : undefined
    },
    {
      what: 'p50 of /mutate at 1 connection, over the echo',
      asked: 'under 0.3 ms',
      measured: `${added.toFixed(2)} ms`,
      met: added < 0.3
    },
    {
      what: 'p99 of /mutate at 1 connection, of the echo',
      asked: 'at most 2',
      measured: times.toFixed(2),
      met: wereQuiet(mutate, echo) ? times <= 2 : undefined
    },
    residentGoal(all),
    {
      what: 'CPU of all policies on a review',
      asked: 'at most 30 µs',
      measured: `${policies.toFixed(1)} µs`,
      met: policies <= 30
    }
  ]
}

/** Beside what is asked, whether it was met in this run. It decides nothing: figures depend on the machine. */
export function toGoalTable(all: readonly Measured[], costs: readonly StepCost[]): string {
  return toTable<Goal>(
    [
      { head: 'goal', cell: ({ what }) => what },
      { head: 'asked', cell: ({ asked }) => asked },
      { head: 'measured', cell: ({ measured }) => measured },
      { head: 'met', cell: ({ met }) => (met === undefined ? 'machine too busy' : met ? 'yes' : 'no') }
    ],
    goalsOf(all, costs)
  )
}
