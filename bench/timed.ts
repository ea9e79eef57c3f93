import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What one run of a program took. */
export interface Timed {
  cpuSeconds: number
  wallSeconds: number
  residentMiB: number
}

export interface TimedCommand {
  /** What it is called where it fails. */
  name: string
  command: string
  args: readonly string[]
  environment?: Readonly<Record<string, string>>
  /** For the figures, until they are read. */
  folder: string
}

/** Runs a command under GNU time, which counts the CPU and the memory of any program. Exit code 1 says that something was found. */
export function timed({ name, command, args, environment, folder }: TimedCommand): Timed {
  const figures = join(folder, 'time')
  const started = performance.now()
  const { status, stderr, error } = spawnSync(
    '/usr/bin/time',
    ['--format=%U %S %M', `--output=${figures}`, command, ...args],
    { maxBuffer: 1024 ** 3, encoding: 'utf8', env: { ...process.env, ...environment } }
  )
  const wallSeconds = (performance.now() - started) / 1000
  if (error !== undefined) throw error
  if (status !== 0 && status !== 1) throw new Error(`${name} exited ${status}: ${stderr.slice(-2000)}`)
  const [user = NaN, system = NaN, kilobytes = NaN] = (readFileSync(figures, 'utf8').trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  return { cpuSeconds: user + system, wallSeconds, residentMiB: kilobytes / 1024 }
}
