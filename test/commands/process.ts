import { spawn, spawnSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { buildLog } from '../../src/commands/process/log.ts'
import { StartFailure } from '../../src/commands/process/run-process.ts'
import { processContext, serve, type ServeContext } from '../../src/commands/webhook.ts'
import type { RunCommand } from '../../src/commands/command.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { parseFlags } from '../../src/config/flags.ts'
import { ConfigError } from '../../src/config/problems.ts'
import { validateWebhook } from '../../src/config/validate.ts'
import { webhookFlags } from '../../src/config/webhook-flags.ts'
import { policies } from '../../src/policies/index.ts'

const validate = (config: Config) => validateWebhook(config, false)
const main = join(import.meta.dirname, '../../src/main.ts')

/** Without what the test runner and the shell of a developer would add. */
function cleanEnvironment(extra: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:HOLDFAST_|TAP|KUBECONFIG$|KUBERNETES_|NODE_OPTIONS$)/.test(name)
  )
  return { ...Object.fromEntries(own), ...extra }
}

export interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs the real process to its end; its standard input is what is given, or empty. */
export function holdfast(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = ''
): Ended {
  const env = cleanEnvironment(environment)
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8', input })
  return { status, stdout, stderr }
}

/** Runs a command in this process, where it ends before it opens its log. What main makes of its errors, the real process shows. */
export async function runHere(
  test: Test,
  run: RunCommand,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): Promise<Ended> {
  const said = test.capture(console, 'log')
  const stdout = () => said().map((call) => `${String(call.args[0])}\n`)
  try {
    const status = await run({ args, environment })
    return { status, stdout: stdout().join(''), stderr: '' }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { status: 2, stdout: stdout().join(''), stderr: `${error.message}\n` }
  } finally {
    said.restore()
  }
}

export interface Running {
  kill: (signal: 'SIGTERM' | 'SIGINT') => void
  stderr: () => string
  /** The log lines so far. */
  lines: () => Record<string, unknown>[]
  exited: Promise<number | null>
}

/** A running process, whose log nobody may want to read. */
export interface RunningProcess extends Running {
  closeStdout: () => void
}

function toLines(stdout: string): Record<string, unknown>[] {
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Starts the real process; it is killed when the test is over. */
export function start(
  test: Test,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): RunningProcess {
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
  return {
    kill: (signal) => child.kill(signal),
    closeStdout: () => child.stdout.destroy(),
    stderr: () => output.stderr,
    lines: () => toLines(output.stdout),
    exited
  }
}

export interface ServeOptions extends Partial<Omit<ServeContext, 'signals'>> {
  environment?: Readonly<Record<string, string>>
  /** What no setting allows, such as a tenth of a second where whole ones are given. */
  adjust?: (config: Config) => Config
}

/** Starts the webhook in this process, as its command does; it is ended when the test is over. */
export function serveHere(
  test: Test,
  args: readonly string[],
  { environment = {}, adjust = (config) => config, ...waits }: ServeOptions = {}
): Running {
  const output = { stdout: '', stderr: '' }
  const write: NonNullable<ConstructorParameters<typeof Writable>[0]>['write'] = (chunk, _encoding, done) => {
    output.stdout += String(chunk)
    done()
  }
  const flags = parseFlags(args, webhookFlags)
  const config = adjust(loadConfig({ policies, flags, environment, validate }))
  const out = buildLog(config.log.level, new Writable({ decodeStrings: false, write }))
  const signals = new EventEmitter()
  const exited = serve({ config, standalone: false, environment, out }, { ...processContext, ...waits, signals }).then(
    () => 0,
    (error: unknown) => {
      if (!(error instanceof StartFailure)) throw error
      output.stderr = `holdfast: ${error.message}\n`
      return 1
    }
  )
  const kill = (signal: string): void => void signals.emit(signal)
  test.teardown(async () => {
    // The second signal ends the drain.
    kill('SIGTERM')
    kill('SIGTERM')
    await exited
  })
  const lines = () => {
    out.flush()
    return toLines(output.stdout)
  }
  return { kill, stderr: () => output.stderr, lines, exited }
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
export async function listening({ lines, stderr, exited }: Running): Promise<{ reviews: string; health: string }> {
  let ended = false
  void exited.then(() => (ended = true))
  const line = await until(() => {
    if (ended) throw new Error(`it ended: ${stderr()}`)
    return lines().find(({ msg }) => msg === 'listening')
  }, 'the line that says where it listens')
  return { reviews: String(line['reviews']), health: String(line['health']) }
}
