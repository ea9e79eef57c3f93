import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'

const main = join(import.meta.dirname, '../../src/main.ts')

/** Without what the test runner and the shell of a developer would add. */
function cleanEnvironment(extra: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:HOLDFAST_|TAP|KUBECONFIG$|KUBERNETES_|NODE_OPTIONS$)/.test(name)
  )
  return { ...Object.fromEntries(own), ...extra }
}

/** Runs the real process to its end. */
export function holdfast(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = cleanEnvironment(environment)
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

export interface Running {
  child: ChildProcess
  stdout: () => string
  stderr: () => string
  /** The log lines so far. */
  lines: () => Record<string, unknown>[]
  exited: Promise<number | null>
}

/** Starts the real process; it is killed when the test is over. */
export function start(
  test: Test,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): Running {
  const child = spawn(process.execPath, [main, ...args], {
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk
    })
  }
  const exited = once(child, 'close').then(([code]) => code as number | null)
  test.teardown(() => {
    child.kill('SIGKILL')
  })
  const lines = () => {
    const whole = output.stdout.slice(0, output.stdout.lastIndexOf('\n') + 1)
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  return { child, stdout: () => output.stdout, stderr: () => output.stderr, lines, exited }
}

/** Waits until `look` gives something. */
export async function until<T>(look: () => T | undefined, what: string): Promise<T> {
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(20)) {
    const seen = look()
    if (seen !== undefined) return seen
  }
  throw new Error(`waited in vain for ${what}`)
}

/** Waits for the line that says where it listens. */
export async function listening({ lines, stderr, child }: Running): Promise<{ reviews: string; health: string }> {
  const line = await until(() => {
    if (child.exitCode !== null) throw new Error(`it ended: ${stderr()}`)
    return lines().find(({ msg }) => msg === 'listening')
  }, 'the line that says where it listens')
  return { reviews: String(line['reviews']), health: String(line['health']) }
}
