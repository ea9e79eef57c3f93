import type { ServerResponse } from 'node:http'

const timedOut = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/**
 * The calls that have begun and not ended. Judging is synchronous, so what piles up here is bodies being received and replies that
 * nobody reads: the limit bounds the memory that they take, and the timeout how long they may.
 */
export class InFlight {
  readonly #arrivals = new Map<ServerResponse, number>()
  readonly #limit: number
  readonly #timeoutMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(limit: number, timeoutMs: number) {
    this.#limit = limit
    this.#timeoutMs = timeoutMs
  }

  get size(): number {
    return this.#arrivals.size
  }

  /** False where there are too many already. */
  enter(reply: ServerResponse): boolean {
    if (this.#arrivals.size >= this.#limit) return false
    this.#arrivals.set(reply, performance.now())
    // Node says `close` after the last byte, and also where the client has gone; `finish` would miss the latter.
    reply.once('close', () => this.#arrivals.delete(reply))
    return true
  }

  /** Milliseconds since the call began. */
  age(reply: ServerResponse): number {
    return performance.now() - (this.#arrivals.get(reply) ?? performance.now())
  }

  /** Starts to end the calls that take too long, which no timer of its own for each call could do as cheaply. */
  watch(): void {
    this.#timer ??= setInterval(() => this.#sweep(), Math.max(10, this.#timeoutMs / 10)).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #sweep(): void {
    const oldest = performance.now() - this.#timeoutMs
    for (const [reply, arrival] of this.#arrivals) {
      if (arrival > oldest) return
      // Not left to `close`: Node does not say it of a pipelined call that never had its turn.
      this.#arrivals.delete(reply)
      const { socket } = reply.req
      if (!reply.headersSent && socket.writable) socket.write(timedOut)
      socket.destroySoon()
    }
  }
}
