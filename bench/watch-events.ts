import { setTimeout as pause } from 'node:timers/promises'
import type { Api } from '../src/cluster/api/api.ts'
import type { Figure } from './background-scan.ts'
import { median } from './median.ts'
import { changeStatuses, type Population } from './population.ts'
import { cpuMicroseconds } from './proc.ts'
import type { Server } from './processes.ts'

const rounds = 3
/** Of a round: the kernel counts CPU time in steps of 10 ms. */
const fewestEvents = 5000
const idleMs = 5000
/** After the last write: its event is on its way, and some work is done once for many events. */
const settleMs = 3000

/**
 * What watch events cost a process: every Deployment, and then every node, changes in its status, as a controller or a kubelet changes it.
 * What the process does without events is taken off.
 */
export async function measureEvents(api: Api, name: string, server: Server, population: Population): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const changed of ['deployments', 'nodes'] as const) {
    const costs: number[] = []
    for (let round = 1; round <= rounds; round++) {
      const idle = await spent(server, () => pause(idleMs))
      let events = 0
      const busy = await spent(server, async () => {
        while (events < fewestEvents) events += await changeStatuses(api, changed, population)
        await pause(settleMs)
      })
      costs.push((busy.cpu - (idle.cpu / idle.ms) * busy.ms) / events)
    }
    figures.push({
      what: `${name}: CPU of a watch event, status of ${changed}`,
      value: `${median(costs).toFixed(0)} µs`
    })
  }
  return figures
}

/** CPU microseconds of a process, and milliseconds that passed, during some work. */
async function spent({ pid, failure }: Server, work: () => Promise<unknown>): Promise<{ cpu: number; ms: number }> {
  const [cpu, since] = [cpuMicroseconds(pid), performance.now()]
  await work()
  const problem = failure()
  if (problem !== undefined) throw new Error(problem)
  return { cpu: cpuMicroseconds(pid) - cpu, ms: performance.now() - since }
}
