import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

export type ManagedProcess = {
  readonly name: string
  readonly pid: number
  readonly running: () => boolean
  readonly log: () => string
  readonly signal: (signal: NodeJS.Signals) => void
  readonly stop: (graceMilliseconds?: number) => Promise<void>
  /** The exit code; undefined after a signal. */
  readonly exited: Promise<number | undefined>
}

export type ProcessOptions = {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly logFile: string
  readonly environment?: Readonly<Record<string, string>>
}

const alive = new Set<ChildProcess>()

/** Starts a process whose output goes to a file and which never outlives this one. */
export function startProcess({ name, command, logFile, environment = {} }: ProcessOptions): ManagedProcess {
  const [file, ...args] = command
  const output = openSync(logFile, 'a')
  // The open pipe on standard input is the child's lifeline: the control plane program ends when it closes.
  const child = spawn(file, args, { stdio: ['pipe', output, output], env: { ...process.env, ...environment } })
  closeSync(output)
  let failure = ''
  const exited = new Promise<number | undefined>((resolve) => {
    child.once('exit', (code) => resolve(code ?? undefined))
    child.once('error', (error) => {
      failure = `\n${name} could not be started: ${error.message}`
      resolve(undefined)
    })
  })
  // A pipe whose reader is gone must not become an uncaught error here.
  child.stdin?.on('error', () => {})
  alive.add(child)
  void exited.then(() => alive.delete(child))

  const running = (): boolean => failure === '' && child.exitCode === null && child.signalCode === null
  return {
    name,
    pid: child.pid ?? -1,
    running,
    log: () => readFileSync(logFile, 'utf8') + failure,
    signal: (signal) => void child.kill(signal),
    exited,
    stop: async (graceMilliseconds = 5000) => {
      if (!running()) return
      child.kill('SIGTERM')
      const patience = new AbortController()
      const late = wait(graceMilliseconds, undefined, { signal: patience.signal }).then(
        () => child.kill('SIGKILL'),
        () => {}
      )
      await exited
      patience.abort()
      await late
    }
  }
}

/** The last lines of a process's log, for an error message. */
export function logTail(log: string, lines = 25): string {
  return log.trimEnd().split('\n').slice(-lines).join('\n')
}

function killAll(): void {
  for (const child of alive) child.kill('SIGKILL')
}

process.once('exit', killAll)
// A signal would end this process without its exit handlers.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
