import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Of connections, calls and bytes, one address gets so much, so that a single client cannot keep the others out. */
export const addressShare = 0.75

export interface ConnectionPlaces {
  /** Connections at once, with those that are still in their handshake. One address gets three quarters of them. */
  most: number
  /** The connections with a call in flight. */
  busy: () => Iterable<Socket>
}

/**
 * Bounds the open connections of a server. A TLS connection takes some 55 KiB, whether or not a call ever comes over it. If no
 * place is left, the oldest connection without a call in flight is closed: of the same address if that has all of its share, else of any.
 * If every connection has a call in flight, the new one is refused.
 */
export function boundConnections(server: Server, { most, busy }: ConnectionPlaces): void {
  /** Oldest first. */
  const open = new Map<Socket, string>()
  const byAddress = new Map<string, number>()

  const forget = (socket: Socket): void => {
    const address = open.get(socket)
    if (address === undefined) return
    open.delete(socket)
    const left = (byAddress.get(address) ?? 1) - 1
    if (left === 0) byAddress.delete(address)
    else byAddress.set(address, left)
  }
  const makeRoom = (isCandidate: (address: string) => boolean): boolean => {
    const calling = new Set([...busy()].map(endOf))
    for (const [socket, address] of open) {
      if (!isCandidate(address) || calling.has(endOf(socket))) continue
      forget(socket)
      socket.destroy()
      return true
    }
    return false
  }
  const hasRoom = (address: string): boolean => {
    if ((byAddress.get(address) ?? 0) >= Math.ceil(most * addressShare)) return makeRoom((other) => other === address)
    return open.size < most || makeRoom(() => true)
  }

  // The raw connection, before any handshake.
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (!hasRoom(address)) {
      socket.destroy()
      return
    }
    open.set(socket, address)
    byAddress.set(address, (byAddress.get(address) ?? 0) + 1)
    socket.once('close', () => forget(socket))
  })
}

/** The client's end of a connection: a TLS socket and the raw one below it have the same. */
function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
