import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

// Below the ports that Linux gives to outgoing connections (32768 on), one of which may take a port between its choice and its use.
const first = 20_000
const blockSize = 50
const blocks = 200

interface Block {
  /** Listens on the first port of the block as long as this process lives: no other process takes ports from it. */
  readonly guard: Server
  next: number
  readonly end: number
}

let block: Block | undefined

/** Whoever listens here already leaves undefined. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return server
  } catch {
    return undefined
  }
}

async function openBlock(): Promise<Block> {
  const start = Math.floor(Math.random() * blocks)
  for (let index = 0; index < blocks; index += 1) {
    const base = first + ((start + index) % blocks) * blockSize
    const guard = await listenOn(base)
    if (guard !== undefined) return { guard: guard.unref(), next: base + 1, end: base + blockSize }
  }
  throw new Error(`every block of ports from ${first} on is taken`)
}

async function freePort(): Promise<number> {
  block ??= await openBlock()
  for (; block.next < block.end; block.next += 1) {
    const probe = await listenOn(block.next)
    if (probe === undefined) continue
    probe.close()
    await once(probe, 'close')
    return block.next++
  }
  // Its guard stays: servers of this process still listen there.
  block = await openBlock()
  return freePort()
}

/** Loopback ports on which nobody listens, all different, and different from those of other processes that ask here. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}
