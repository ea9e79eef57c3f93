import { fileURLToPath } from 'node:url'
import { spawnSync } from 'node:child_process'
import manifest from 'autocannon/package.json' with { type: 'json' }
import { outputOf } from './processes.ts'

export interface Call {
  url: string
  /** The file with the body that is sent. */
  bodyFile: string
}

export interface Load {
  /** Sent in turns, all to one server. */
  calls: readonly [Call, ...Call[]]
  connections: number
  seconds: number
}

/** What the clients saw. Latencies in milliseconds. */
export interface Seen {
  requests: number
  seconds: number
  p50: number
  p99: number
  /** Answers other than 2xx, and connections that failed. */
  errors: number
  /** How many requests had been sent by the end of each second; autocannon counts those that were answered. wrk leaves it empty for a single call, because it sends faster where it need not count. */
  sent: readonly number[]
}

export interface Generator {
  name: string
  send: (load: Load) => Promise<Seen>
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
// Beyond the time of the load itself: start, handshakes, the last answers.
const graceSeconds = 20
// The default of autocannon, and of an API server for a webhook. The default of wrk, 2 s, is too short where a server waits for a busy core.
const timeoutSeconds = 10

async function withWrk({ calls, connections, seconds }: Load): Promise<Seen> {
  const files = calls.flatMap(({ url, bodyFile }) => [new URL(url).pathname, bodyFile])
  const script = ['--script', here('wrk.lua'), calls[0].url, '--', ...files]
  const counts = ['--threads', '1', '--connections', `${connections}`, '--duration', `${seconds}s`]
  const args = [...counts, '--timeout', `${timeoutSeconds}s`, ...script]
  const output = await outputOf('load', 'wrk', args, seconds + graceSeconds)
  return JSON.parse(output.slice(output.lastIndexOf('\n{'))) as Seen
}

async function withAutocannon({ calls, connections, seconds }: Load): Promise<Seen> {
  const files = calls.flatMap(({ url, bodyFile }) => [url, bodyFile])
  const args = [here('autocannon.ts'), `${connections}`, `${seconds}`, ...files]
  return JSON.parse(await outputOf('load', process.execPath, args, seconds + graceSeconds)) as Seen
}

/** wrk where it is installed, since it takes far less of its core than what it loads; else autocannon. */
export function findGenerator(): Generator {
  const { stdout } = spawnSync('wrk', ['--version'], { encoding: 'utf8' })
  const version = /^wrk (?:\S*\/)?(\S+)/m.exec(stdout ?? '')?.[1]
  if (version !== undefined) return { name: `wrk ${version}`, send: withWrk }
  return { name: `autocannon ${manifest.version}`, send: withAutocannon }
}
