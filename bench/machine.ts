import { availableParallelism, cpus, release, type } from 'node:os'
import fastify from 'fastify/package.json' with { type: 'json' }
import holdfast from '../package.json' with { type: 'json' }
import { launch } from './launch.ts'
import { pinned } from './processes.ts'

function cpuModel(): string {
  return cpus()[0]?.model.trim() ?? 'unknown CPU'
}

/** What the figures depend on, as `name: value`. */
export function describeMachine(generator: string): Record<string, string> {
  return {
    machine: `${cpuModel()}, ${availableParallelism()} cores, ${type()} ${release()}`,
    pinning: pinned ? 'servers on core 0, load on core 1' : 'none: servers and load share the cores',
    started: [...Object.entries(launch.environment).map((pair) => pair.join('=')), 'node', ...launch.nodeFlags].join(
      ' '
    ),
    load: generator,
    versions: `holdfast ${holdfast.version}, node ${process.versions.node}, fastify ${fastify.version}`
  }
}

/** Prints it, in front of the tables. */
export function printMachine(machine: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(8)}  ${value}`)
}
