import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** Where servers listen, and what runs a command beside them. */
export interface Network {
  /** As the output names it. */
  name: string
  address: string
  /** The words in front of the command of a server. */
  beside: readonly string[]
}

export const networks = ['loopback', 'veth'] as const
export type NetworkName = (typeof networks)[number]

export const loopback: Network = { name: 'loopback', address: '127.0.0.1', beside: [] }

/** Tells the benchmark that it runs beside the load, and names the namespace of the servers. */
const variable = 'BENCH_NAMESPACE'
/** Of TEST-NET-1 (RFC 5737). The namespaces have no other link, so nothing leaves them. */
const addresses = { servers: '192.0.2.1', load: '192.0.2.2' }
const link = 'bench0'

/** The network that this process measures over. Undefined for a veth pair that is yet to be made. */
export function networkOf(name: NetworkName): Network | undefined {
  if (name === 'loopback') return loopback
  const namespace = process.env[variable]
  if (namespace === undefined) return undefined
  const beside = ['ip', 'netns', 'exec', namespace]
  return { name: 'a veth pair between two network namespaces', address: addresses.servers, beside }
}

/**
 * Runs this program once more, with the same arguments, in a network namespace of its own. From there a veth pair leads to the namespace
 * of the servers, and nothing leads anywhere else. Both namespaces are removed when it ends. Returns its exit code.
 */
export async function runOverVeth(): Promise<number> {
  const prefix = `holdfast-bench-${process.pid}`
  const namespaces = { servers: `${prefix}-servers`, load: `${prefix}-load` }
  // With a namespace its end of the pair goes, and with that the other end.
  process.once('exit', () => {
    for (const name of Object.values(namespaces)) spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' })
  })
  try {
    connect(namespaces)
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error)
    console.error(`NOT MEASURED: no veth pair can be made here; it takes Linux, root and iproute2: ${why}`)
    return 1
  }
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const env = { ...process.env, [variable]: namespaces.servers }
  const child = spawn('ip', ['netns', 'exec', namespaces.load, ...again], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** Makes the namespaces and the pair between them. */
function connect(namespaces: Readonly<Record<'servers' | 'load', string>>): void {
  const { servers, load } = namespaces
  for (const name of [servers, load]) ip('netns', 'add', name)
  ip('link', 'add', link, 'netns', servers, 'type', 'veth', 'peer', 'name', link, 'netns', load)
  for (const end of ['servers', 'load'] as const) {
    const within = ['-netns', namespaces[end]]
    ip(...within, 'address', 'add', `${addresses[end]}/30`, 'dev', link)
    for (const name of [link, 'lo']) ip(...within, 'link', 'set', name, 'up')
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
