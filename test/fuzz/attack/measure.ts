import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { launch } from '../../../bench/launch.ts'
import { cpuMicroseconds } from '../../../bench/proc.ts'
import { freePorts } from '../../support/cluster-ports.ts'
import type { Target } from './attacks.ts'
import { type Seen, startBystander } from './bystander.ts'

/** What an attack did to a process. */
export interface Effect extends Seen {
  /** How it ended, if it did. Above the limit of its pod it is killed, as the kernel would. */
  end: 'alive' | 'out of memory' | 'crashed'
  /** The most memory that it ever had resident; MiB. */
  peakMiB: number
  /** What it computed during the attack; seconds. */
  cpuSeconds: number
  /** Liveness probes of one second without an answer. */
  missedProbes: number
}

/** The memory limit of the chart, and the 60 % of it that the image lets the heap have. */
const podMiB = 512
const heapMiB = 307

/** Starts the program in a process of its own, attacks it, and watches what comes of it. `heldMs`: see `attackWith`. */
export async function measure(main: string, attack: string, heldMs = 5000): Promise<Effect> {
  const [reviews = 0, health = 0] = await freePorts(2)
  const target = { reviews, health }
  const where = ['--address', '127.0.0.1', '--port', `${reviews}`, '--health-port', `${health}`]
  const flags = [...launch.nodeFlags, `--max-old-space-size=${heapMiB}`]
  const env = { ...process.env, ...launch.environment }
  const server = spawn(process.execPath, [...flags, main, 'webhook', '--standalone', ...where], {
    env,
    stdio: 'ignore'
  })
  try {
    await untilReady(server, target)
    return await watch(server, target, [attack, `${reviews}`, `${health}`, `${heldMs}`])
  } finally {
    server.kill('SIGKILL')
  }
}

async function watch(server: ChildProcess, target: Target, args: readonly string[]): Promise<Effect> {
  const pid = server.pid ?? 0
  const bystander = startBystander(pid, target.reviews)
  await wait(1000)
  let [peakMiB, cpuSeconds, missedProbes] = [0, 0, 0]
  const cpuBefore = cpuSecondsOf(pid) ?? 0
  const sample = setInterval(() => {
    peakMiB = peakMiBOf(pid) ?? peakMiB
    if (peakMiB > podMiB) server.kill('SIGKILL')
    cpuSeconds = (cpuSecondsOf(pid) ?? cpuSeconds + cpuBefore) - cpuBefore
  }, 50)
  const probing = setInterval(() => {
    void probe(target, '/livez').then((isAlive) => (missedProbes += isAlive ? 0 : 1))
  }, 1000)
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit']
  const attacker = spawn(process.execPath, [join(import.meta.dirname, 'attacker.ts'), ...args], { stdio })
  try {
    await Promise.race([once(attacker, 'exit'), once(server, 'exit'), wait(120_000, undefined, { ref: false })])
    await wait(500)
  } finally {
    attacker.kill('SIGKILL')
    clearInterval(sample)
    clearInterval(probing)
  }
  const isAlive = server.exitCode === null && server.signalCode === null
  await bystander.stop()
  if (isAlive && attacker.exitCode !== 0) throw new Error(`the attack ${args.join(' ')} did not come to its end`)
  const end = isAlive ? 'alive' : peakMiB > podMiB ? 'out of memory' : 'crashed'
  return { end, peakMiB, cpuSeconds, missedProbes, ...bystander.seen }
}

async function untilReady(server: ChildProcess, target: Target): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (server.exitCode !== null) throw new Error(`it ended at once, with exit code ${server.exitCode}`)
    if (await probe(target, '/readyz')) return
    await wait(100)
  }
  throw new Error('it never got ready')
}

/** As the kubelet asks, with a timeout of one second. */
function probe({ health }: Target, path: string): Promise<boolean> {
  return new Promise((done) => {
    const outgoing = get({ host: '127.0.0.1', port: health, path, agent: false, timeout: 1000 }, (reply) => {
      reply.resume()
      done(reply.statusCode === 200)
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('too slow')))
    outgoing.on('error', () => done(false))
  })
}

function peakMiBOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}

function cpuSecondsOf(pid: number): number | undefined {
  try {
    return cpuMicroseconds(pid) / 1_000_000
  } catch {
    return undefined
  }
}
