import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createCgroup } from './cgroup.ts'
import { isInterrupted } from './interruption.ts'
import { bridges, nodeAddress, sharedSettings } from './place.ts'

/**
 * Namespaces of their own for a whole node: its mounts, processes and network. When its first process ends, for whatever reason,
 * the kernel ends all others and takes mounts and devices away. What is left to us are a folder and control groups.
 */
export interface Enclosure {
  /** Marks all that is made for it. */
  readonly name: string
  readonly folder: string
  /** Runs a program of ours inside; `work` as its argument. Resolves when it has ended. */
  readonly run: (program: string, work: object) => Promise<void>
  /** Ends all that runs inside at once, as a crash would. */
  readonly kill: () => void
  /** Resolves with what could not be removed, in words. */
  readonly remove: () => Promise<readonly string[]>
}

/** An interruption kills what runs inside, and nothing runs there any more. */
export async function createEnclosure(interruption: AbortSignal): Promise<Enclosure> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-proof-'))
  const name = `${basename(folder)}-${randomBytes(2).toString('hex')}`
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  const cgroup = await createCgroup(name).catch((error: unknown) => {
    removeFolder()
    throw error
  })
  let ended: Promise<unknown> = Promise.resolve()
  let first: ChildProcess | undefined
  const kill = (): void => void first?.kill('SIGKILL')
  interruption.addEventListener('abort', kill)
  return {
    name,
    folder,
    async run(program, work) {
      if (await isInterrupted(interruption)) throw new Error(`interrupted by ${interruption.reason}`)
      const child = enter(name, folder, [process.execPath, program, JSON.stringify(work)])
      first = child
      const exit = once(child, 'exit')
      ended = exit.catch(() => undefined)
      await exit
    },
    kill,
    async remove() {
      kill()
      await ended
      interruption.removeEventListener('abort', kill)
      const done = await Promise.allSettled([cgroup.remove(), ended.then(removeFolder)])
      return done.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
    }
  }
}

function enter(name: string, folder: string, inside: readonly string[]): ChildProcess {
  const copies = join(folder, 'settings')
  mkdirSync(copies, { recursive: true })
  const script = join(import.meta.dirname, 'namespaces.sh')
  const prepared = [script, name, bridges.node, `${nodeAddress}/24`, sharedSettings.join(' '), copies, ...inside]
  const flags = ['--mount', '--net', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc']
  // Standard input stays open as long as this process lives: what is inside ends with it.
  // Ahead of whatever else the machine does: a kube-proxy that waits for its turn would be measured, not Holdfast.
  return spawn('nice', ['-n', '-10', 'unshare', ...flags, ...prepared], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !leads(key))), TMPDIR: folder }
  })
}

/** Whether a variable leads out of the enclosure: to a proxy, or to another cluster and its programs. */
function leads(variable: string): boolean {
  return /^KUBE|^HELM_|_PROXY$/i.test(variable)
}
