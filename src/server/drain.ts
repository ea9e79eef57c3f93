import type { EventEmitter } from 'node:events'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { ServerState } from './state.ts'

export interface DrainOptions {
  app: FastifyInstance
  health: FastifyInstance
  state: ServerState
  log: Logger
  /** How long calls are still taken, so that the last Service endpoint and API server hear that we go; milliseconds. */
  drainMs: number
  /** How long open calls may then take before they are cut; milliseconds. Connections that nobody used wait this long too. */
  closeMs: number
}

/**
 * Ends a replica without failing a call. Closing at once would: calls in the air meet a closed port. So readiness is withdrawn
 * first and each connection ends with its next reply, while we go on listening; then the listener closes, then the health port.
 */
export class Drain {
  readonly #options: DrainOptions
  readonly #hurry = new AbortController()
  #done: Promise<void> | undefined

  constructor(options: DrainOptions) {
    this.#options = options
  }

  /** Begins, or joins what has begun. Settles when nothing listens. */
  begin(): Promise<void> {
    this.#done ??= this.#run()
    return this.#done
  }

  /** Ends the first wait: the listener closes at once. Calls in flight are still answered, within `closeMs`. */
  hurry(): void {
    this.#hurry.abort()
  }

  async #run(): Promise<void> {
    const { app, health, state, log, drainMs, closeMs } = this.#options
    state.startDraining()
    log.info({ drainMs }, 'draining')
    // Nobody calls a replica that was never ready.
    await waitFor(state.ready ? drainMs : 0, this.#hurry.signal)
    // Timers and signals come before sockets are read, and idle connections are cut unread. So what has arrived is read first, and then what
    // arrived while that was judged.
    await nextTurn()
    await nextTurn()
    await this.#close(app, closeMs)
    await this.#close(health, 0)
    log.info('drained')
  }

  /** Not `await app.close()` alone: a client that stalls in its handshake is on no list of connections, and would hold it up. */
  async #close(app: FastifyInstance, ms: number): Promise<void> {
    const ended = new AbortController()
    const closed = app.close().then(() => ended.abort())
    const late = waitFor(ms, ended.signal).then(() => app.server.closeAllConnections())
    await Promise.race([closed, late])
  }
}

/** Waits; ends early, and without an error, when the signal aborts. */
async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined)
}

/** The first signal drains, another one closes the listener at once. Settles when the drain is done, so that the command can return. */
export function drainOnSignals(drain: Drain, source: EventEmitter = process): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = false
    const onSignal = (): void => {
      if (heard) drain.hurry()
      heard = true
      drain.begin().then(resolve, reject)
    }
    for (const name of ['SIGTERM', 'SIGINT']) source.on(name, onSignal)
  })
}
