import { type Logger, pino } from 'pino'
import { LineBlocks } from './line-blocks.ts'

const stdout = 1
const flushEveryMs = 1000
const blockLength = 8192

export interface Log {
  log: Logger
  /** Logs a decision at level `info`, as `log.info(line, 'decision')` would. Each call costs such a line, and pino takes four times as long. */
  logDecision: (line: object) => void
  /** Writes out what is still held back. */
  flush: () => void
}

/** The time as pino has it, written anew only where it is another: under load a millisecond sees several lines. */
function buildClock(): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) [at, text] = [now, new Date(now).toISOString()]
    return text
  }
}

function buildLogDecision(log: Logger, destination: LineBlocks): Log['logDecision'] {
  const clock = buildClock()
  return (line) => {
    if (!log.isLevelEnabled('info')) return
    destination.write(`{"level":"info","time":"${clock()}",${JSON.stringify(line).slice(1, -1)},"msg":"decision"}\n`)
  }
}

/** JSON lines on stdout, in blocks, at the latest after a second: a write for each line would cost more than judging. */
export function buildLog(level: string): Log {
  const destination = new LineBlocks(pino.destination({ dest: stdout, sync: false }), blockLength, flushEveryMs)
  const formatters = { level: (label: string) => ({ level: label }) }
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination)
  return { log, logDecision: buildLogDecision(log, destination), flush: () => destination.flushSync() }
}

/** A bug that nobody caught: the process says so and ends, and its supervisor starts another. */
export function exitOnUncaught({ log, flush }: Log): void {
  const exit = (message: string) => (err: unknown) => {
    log.fatal({ err }, message)
    flush()
    process.exit(1)
  }
  process.on('uncaughtException', exit('uncaught exception'))
  process.on('unhandledRejection', exit('unhandled rejection'))
}
