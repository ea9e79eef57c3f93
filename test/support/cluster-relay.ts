import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export type Relay = {
  readonly port: number
  /** From now on nothing gets through, and nobody is told: what a lost network looks like. */
  readonly freeze: () => void
  readonly thaw: () => void
  /** What connects from now on is led to this port. */
  readonly lead: (port: number) => void
}

/** A port that leads to another, and may freeze. It ends with the test. */
export async function openRelay(t: Test, firstPort: number): Promise<Relay> {
  let port = firstPort
  const pairs = new Set<readonly [Socket, Socket]>()
  const waiting: Socket[] = []
  let frozen = false

  const join = (near: Socket): void => {
    const far = connect(port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => {})
      one.once('close', () => {
        pairs.delete(pair)
        other.destroy()
      })
    }
    near.pipe(far).pipe(near)
  }
  const server = createServer((near) => {
    if (!frozen) return join(near)
    near.on('error', () => {})
    waiting.push(near)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of [...waiting, ...[...pairs].flat()]) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      frozen = true
      for (const [near, far] of pairs) {
        near.unpipe(far)
        far.unpipe(near)
      }
    },
    lead: (next) => {
      port = next
    },
    thaw: () => {
      frozen = false
      for (const [near, far] of pairs) near.pipe(far).pipe(near)
      for (const near of waiting.splice(0)) if (!near.destroyed) join(near)
    }
  }
}
