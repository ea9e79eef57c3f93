import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { loopback, type Network } from './network.ts'

const run = promisify(execFile)
const alive = new Set<ChildProcess>()

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}

/** Whether servers and load each have a core to themselves. */
export const pinned = availableParallelism() > 1 && isThere('taskset')

/** The core of each, where they are pinned. */
export const cores = { server: 0, load: 1 } as const

type Core = keyof typeof cores
type Command = [file: string, args: string[]]

function pin(core: Core, file: string, args: readonly string[]): Command {
  return pinned ? ['taskset', ['--cpu-list', `${cores[core]}`, file, ...args]] : [file, [...args]]
}

/** A server process. Its standard output is thrown away, as nobody here reads its log. */
export interface Server {
  pid: number
  address: string
  port: number
  /** Why it cannot be measured any more, if so. */
  failure: () => string | undefined
  stop: () => Promise<void>
}

/** Starts our own Node with these arguments. It does not outlive this process. */
export function startServer(
  port: number,
  args: readonly string[],
  environment: Record<string, string> = {},
  { address, beside }: Network = loopback
): Server {
  const env = { ...process.env, ...environment }
  const [file = '', ...rest] = [...beside, process.execPath, ...args]
  const child = spawn(...pin('server', file, rest), { stdio: ['ignore', 'ignore', 'pipe'], env })
  alive.add(child)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4000)
  })
  child.once('error', (error) => {
    said = `${said}\n${error.message}`
  })
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  return {
    pid: child.pid ?? 0,
    address,
    port,
    failure: () => (isRunning() ? undefined : `${args.join(' ')} has ended: ${said.trim()}`),
    stop: async () => {
      if (isRunning()) {
        const exited = once(child, 'exit')
        child.kill('SIGTERM')
        await Promise.race([exited, wait(3000, undefined, { ref: false })])
        child.kill('SIGKILL')
      }
      alive.delete(child)
    }
  }
}

/** Runs a program to its end and gives what it printed. Throws if it fails, or takes longer than `seconds`. The program does not outlive this process. */
export async function outputOf(core: Core, file: string, args: readonly string[], seconds: number): Promise<string> {
  const options = { timeout: seconds * 1000, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 } as const
  const running = run(...pin(core, file, args), options)
  alive.add(running.child)
  try {
    return (await running).stdout
  } finally {
    alive.delete(running.child)
  }
}

function killAll(): void {
  for (const child of alive) child.kill('SIGKILL')
}

process.once('exit', killAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll()
    process.kill(process.pid, signal)
  })
}
