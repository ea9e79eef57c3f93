import type { ServerResponse } from 'node:http'

const timedOut = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

interface Slot {
  reply: ServerResponse | undefined
  arrival: number
}

/**
 * The calls that have begun and not ended. Judging is synchronous, so what piles up here is bodies being received and replies that
 * nobody reads: the limit bounds the memory that they take, and the timeout how long they may.
 *
 * Fixed slots, not a Map: the tables that a Map outgrows keep what was in them alive until the next full collection, which under
 * load doubled the memory of the process.
 */
export class InFlight {
  readonly #slots: readonly Slot[]
  readonly #free: Slot[]
  readonly #timeoutMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(limit: number, timeoutMs: number) {
    this.#slots = Array.from({ length: limit }, () => ({ reply: undefined, arrival: 0 }))
    this.#free = [...this.#slots]
    this.#timeoutMs = timeoutMs
  }

  get size(): number {
    return this.#slots.length - this.#free.length
  }

  /** False where there are too many already. `arrival` is of `performance.now()`. */
  enter(reply: ServerResponse, arrival: number): boolean {
    const slot = this.#free.pop()
    if (slot === undefined) return false
    slot.reply = reply
    slot.arrival = arrival
    // Node says `close` after the last byte, and also where the client has gone; `finish` would miss the latter. It says so
    // once: `on` costs less than `once`.
    reply.on('close', () => this.#leave(slot, reply))
    return true
  }

  /** Starts to end the calls that take too long, which no timer of its own for each call could do as cheaply. */
  watch(): void {
    this.#timer ??= setInterval(() => this.#sweep(), Math.max(10, this.#timeoutMs / 10)).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Does nothing where the slot is free again, or another call's. */
  #leave(slot: Slot, reply: ServerResponse): void {
    if (slot.reply !== reply) return
    slot.reply = undefined
    this.#free.push(slot)
  }

  #sweep(): void {
    const oldest = performance.now() - this.#timeoutMs
    for (const slot of this.#slots) {
      const { reply } = slot
      if (reply === undefined || slot.arrival > oldest) continue
      // Not left to `close`: Node does not say it of a pipelined call that never had its turn.
      this.#leave(slot, reply)
      const { socket } = reply.req
      if (!reply.headersSent && socket.writable) socket.write(timedOut)
      socket.destroySoon()
    }
  }
}
