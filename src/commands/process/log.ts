import type { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import { ApiError } from '../../cluster/api/api-error.ts'
import { isConnectionFailure } from '../../cluster/api/connection-failure.ts'
import { LineBlocks } from './line-blocks.ts'

const flushEveryMs = 1000
const endMs = 1000
const blockLength = 8192
// Some three thousand lines.
const mostHeld = 1024 * 1024

export interface Log {
  log: Logger
  /** Logs a decision at level `info`, as `log.info(line, 'decision')` would. Each call costs such a line, and pino takes four times as long. */
  logDecision: (line: object) => void
  /** Passes on what is still held back. */
  flush: () => void
  /** The same for the end of the process: a reader that is behind is given a second. */
  end: () => Promise<void>
  /** Lines that were dropped so far, since stdout was not read. */
  dropped: () => number
}

/** The time as pino has it, formatted only where it is another: under load a millisecond sees several lines. */
function buildClock(): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) [at, text] = [now, new Date(now).toISOString()]
    return text
  }
}

function buildLogDecision(log: Logger, destination: LineBlocks, clock: () => string): Log['logDecision'] {
  return (line) => {
    if (!log.isLevelEnabled('info')) return
    const fields = escaped(JSON.stringify(line)).slice(1, -1)
    destination.write(`{"level":"info","time":"${clock()}",${fields},"msg":"decision"}\n`)
  }
}

/** A reader that is gone, or does not read, is no reason to end: what it misses is counted. */
function openBlocks(stdout: Writable, clock: () => string): LineBlocks {
  stdout.on('error', () => {})
  const dropped = (count: number) =>
    `{"level":"warn","time":"${clock()}","lines":${count},"msg":"log lines dropped: stdout is read too slowly"}\n`
  return new LineBlocks(stdout, { blockLength, mostHeld, everyMs: flushEveryMs, dropped })
}

/** Characters that JSON does not escape but a terminal obeys: C1 controls, line terminators, and marks that change the direction of text. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const obeyed = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Escapes these characters in a line of JSON: a tenant may write them into the name of an object that is logged. */
function escaped(line: string): string {
  // Most lines are ASCII, and checking that takes a fifth of the time of a search for the characters.
  if (Buffer.byteLength(line) === line.length && !line.includes('\u007f')) return line
  return line.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** JSON lines on stdout, in blocks, at the latest after a second: a write for each line would cost more than judging. */
export function buildLog(level: string, stdout: Writable = process.stdout): Log {
  const clock = buildClock()
  const destination = openBlocks(stdout, clock)
  const formatters = { level: (label: string) => ({ level: label }) }
  const serializers = { err: serializeError }
  const timestamp = pino.stdTimeFunctions.isoTime
  const hooks = { streamWrite: escaped }
  const log = pino({ level, base: null, timestamp, formatters, serializers, hooks }, destination)
  return {
    log,
    logDecision: buildLogDecision(log, destination, clock),
    flush: () => destination.flush(),
    end: () => destination.end(endMs),
    dropped: () => destination.dropped
  }
}

/**
 * An error as pino has it; but where a connection failed or the API server refused, which is nobody's bug, only its type, its message and
 * its code: nine lost watches are nine short lines.
 */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (!(error instanceof ApiError) && !isConnectionFailure(error)) return pino.stdSerializers.err(error)
  const code = 'code' in error ? error.code : undefined
  // The error of a name with several addresses, none of which answers, has no message of its own.
  return { type: error.name, message: error.message === '' ? code : error.message, code }
}

/** A bug that nobody caught: the process says so, with the stack of whatever it was, and ends, and its supervisor starts another. */
export function exitOnUncaught({ log, flush }: Log): void {
  const exit = (message: string) => (error: unknown) => {
    log.fatal({ err: error instanceof Error ? pino.stdSerializers.err(error) : error }, message)
    flush()
    process.exit(1)
  }
  process.on('uncaughtException', exit('uncaught exception'))
  process.on('unhandledRejection', exit('unhandled rejection'))
}
