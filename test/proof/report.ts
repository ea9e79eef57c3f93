import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, type } from 'node:os'
import { join } from 'node:path'
import holdfast from '../../package.json' with { type: 'json' }
import type { Measured } from './measure.ts'
import type { Phase } from './own/phases.ts'

/** What a run leaves behind: enough to make the table and the chart from. */
export interface Report {
  readonly taken: string
  /** What the figures depend on, as `name: value`. */
  readonly machine: Readonly<Record<string, string>>
  readonly runs: readonly Measured[]
  /** Of Holdfast itself. */
  readonly own: readonly Phase[]
}

export function buildReport(runs: readonly Measured[], own: readonly Phase[], loadBefore: string): Report {
  return { taken: new Date().toISOString().slice(0, 10), machine: describeMachine(loadBefore), runs, own }
}

/** One run a line, so that two reports can be compared. */
export function toJson({ runs, own, ...head }: Report): string {
  return `{\n  ${JSON.stringify(head).slice(1, -1)},\n  "runs": [${lines(runs)}],\n  "own": [${lines(own)}]\n}\n`
}

function lines(items: readonly object[]): string {
  return items.map((item) => `\n    ${JSON.stringify(item)}`).join(',')
}

/** How much the machine has to do: its load averages. */
export function busyness(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')
}

function describeMachine(loadBefore: string): Readonly<Record<string, string>> {
  const versions = [
    `Kubernetes ${kubernetesVersion()}`,
    firstLine('containerd', ['--version']).replace(/^containerd \S+ (\S+).*/, 'containerd $1'),
    firstLine('runc', ['--version']).replace(/ version /, ' '),
    `node ${process.versions.node}`,
    `holdfast ${holdfast.version}`
  ]
  return {
    machine: `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} cores, ${type()} ${release()}`,
    versions: versions.join(', '),
    load: `${loadBefore} before, ${busyness()} at the end`
  }
}

function kubernetesVersion(): string {
  const module = readFileSync(join(import.meta.dirname, '../control-plane/node/go.mod'), 'utf8')
  return /^\s*k8s\.io\/kubernetes v(\S+)/m.exec(module)?.[1] ?? 'unknown'
}

function firstLine(command: string, args: readonly string[]): string {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return stdout.split('\n')[0]?.trim() ?? command
}
