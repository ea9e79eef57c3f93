import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { addressShare } from './connections.ts'

const timedOut = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** What all calls may hold together. One address gets three quarters of it, so that a single client cannot keep the others out. */
export interface InFlightLimits {
  calls: number
  /** Of bodies: as many as each call announces, or `bodyBytes` if it announces none. */
  bytes: number
  bodyBytes: number
}

/** What calls hold. */
interface Held {
  calls: number
  bytes: number
}

interface Slot {
  reply: ServerResponse | undefined
  arrival: number
  address: string
  bytes: number
}

/**
 * The calls that have begun and not ended. Judging is synchronous, so what piles up here is bodies being received and replies that
 * nobody reads: the limits bound the memory that they take, and the timeout how long they may.
 *
 * Fixed slots, not a Map: the tables that a Map outgrows keep what was in them alive until the next full collection, which under
 * load doubled the memory of the process.
 */
export class InFlight {
  readonly #slots: readonly Slot[]
  readonly #free: Slot[]
  readonly #limits: InFlightLimits
  readonly #timeoutMs: number
  readonly #byAddress = new Map<string, Held>()
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limits: InFlightLimits, timeoutMs: number) {
    this.#slots = Array.from({ length: limits.calls }, () => ({ reply: undefined, arrival: 0, address: '', bytes: 0 }))
    this.#free = [...this.#slots]
    this.#limits = limits
    this.#timeoutMs = timeoutMs
  }

  get size(): number {
    return this.#slots.length - this.#free.length
  }

  /** The bytes of all bodies that calls in flight have announced. */
  get bytes(): number {
    return this.#bytes
  }

  /** The connections with a call in flight. */
  *sockets(): Iterable<Socket> {
    for (const { reply } of this.#slots) if (reply !== undefined) yield reply.req.socket
  }

  /** Takes a call in, or returns why it cannot. `arrival` is of `performance.now()`. */
  enter(reply: ServerResponse, arrival: number): string | undefined {
    const { req } = reply
    const address = req.socket.remoteAddress ?? ''
    const bytes = announcedBytes(req, this.#limits.bodyBytes)
    const held = this.#byAddress.get(address) ?? { calls: 0, bytes: 0 }
    const slot = this.#free.at(-1)
    if (slot === undefined) return 'too many calls at once'
    if (this.#bytes + bytes > this.#limits.bytes) return 'too many bytes at once'
    if (held.calls >= Math.ceil(this.#limits.calls * addressShare)) return 'too many calls at once from this address'
    if (held.calls > 0 && held.bytes + bytes > this.#limits.bytes * addressShare)
      return 'too many bytes at once from this address'
    this.#free.pop()
    slot.reply = reply
    slot.arrival = arrival
    slot.address = address
    slot.bytes = bytes
    this.#count(held, slot, 1)
    // Node says `close` after the last byte, and also where the client has gone; `finish` would miss the latter. It says so
    // once: `on` costs less than `once`.
    reply.on('close', () => this.#leave(slot, reply))
    return undefined
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
    const held = this.#byAddress.get(slot.address)
    if (held !== undefined) this.#count(held, slot, -1)
  }

  #count(held: Held, { address, bytes }: Slot, by: 1 | -1): void {
    held.calls += by
    held.bytes += by * bytes
    this.#bytes += by * bytes
    if (held.calls === 0) this.#byAddress.delete(address)
    else if (held.calls === 1) this.#byAddress.set(address, held)
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

/** A body that is longer than the limit is refused unread. */
function announcedBytes({ headers }: IncomingMessage, bodyBytes: number): number {
  const announced = headers['content-length']
  // Node's parser lets only whole numbers through.
  return announced === undefined ? bodyBytes : Math.min(Number(announced), bodyBytes)
}
