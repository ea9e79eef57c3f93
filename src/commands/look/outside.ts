import type { Environment } from '../../config/environment.ts'

/** What a command takes from its process. */
export interface Outside {
  cwd: string
  environment: Environment
  /** Whether standard output is a terminal. */
  isTerminal: boolean
  /** The UTC date, YYYY-MM-DD. */
  today: () => string
  write: (text: string) => Promise<void>
  /** A line to standard error. */
  note: (line: string) => void
}

export function processOutside(environment: Environment): Outside {
  return {
    cwd: process.cwd(),
    environment,
    isTerminal: process.stdout.isTTY,
    today: () => new Date().toISOString().slice(0, 10),
    write: writeAll,
    note: (line) => void process.stderr.write(`${line}\n`)
  }
}

/**
 * Writes to standard output, to the last byte: `process.exit` does not wait. A reader that closes its end, as `head` does, is no error:
 * what follows goes nowhere.
 */
async function writeAll(text: string): Promise<void> {
  const { stdout } = process
  if (stdout.listenerCount('error', heard) === 0) stdout.on('error', heard)
  if (stdout.destroyed) return
  await new Promise<void>((resolve, reject) => {
    stdout.write(text, (error) => {
      if (error === undefined || error === null || ('code' in error && error.code === 'EPIPE')) resolve()
      else reject(error)
    })
  })
}

/** The write itself hears of its error. */
function heard(): void {}
