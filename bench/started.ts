import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../test/support/cluster-ports.ts'
import { launch } from './launch.ts'
import { type Server, startServer } from './processes.ts'

export interface Started {
  server: Server
  healthPort: number
  /** From the start of the process to its first readyz, in milliseconds. */
  readyMs: number
}

export interface Program {
  bundle: string
  command: 'controller' | 'webhook'
  args: readonly string[]
  environment?: Readonly<Record<string, string>>
}

/** Starts a process of ours beside a cluster, and waits until it is ready. */
export async function start({ bundle, command, args, environment = {} }: Program): Promise<Started> {
  const [port = 0, healthPort = 0] = await freePorts(2)
  const since = performance.now()
  const where = ['--health-address', '127.0.0.1', '--health-port', `${healthPort}`]
  if (command === 'webhook') where.push('--port', `${port}`)
  const own = [...launch.nodeFlags, bundle, command, ...where, ...args]
  const server = startServer(port, own, { ...launch.environment, ...environment })
  return { server, healthPort, readyMs: await untilReady(server, healthPort, since) }
}

/** Asks until it answers 200; gives how long that took, in milliseconds. */
async function untilReady({ failure }: Server, healthPort: number, since: number): Promise<number> {
  for (;;) {
    const broken = failure()
    if (broken !== undefined) throw new Error(broken)
    const url = `http://127.0.0.1:${healthPort}/readyz`
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0
    )
    if (status === 200) return performance.now() - since
    await pause(20)
  }
}
