import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createCgroup, removeCgroup } from './cgroup.ts'
import { nodeAddress } from './place.ts'

/**
 * Namespaces of their own for a whole node: its mounts, processes and network. When its first process ends, for whatever reason,
 * the kernel ends all others and takes mounts and devices away. What is left to us are a folder and control groups.
 */
export interface Enclosure {
  /** Marks all that is made for it. */
  readonly name: string
  readonly folder: string
  /** Runs a program of ours inside; `work` as its argument. Resolves with its exit code. */
  readonly run: (program: string, work: object) => Promise<number>
  /** Ends all that runs inside at once, as a crash would. */
  readonly kill: () => void
  readonly remove: () => Promise<void>
}

export function createEnclosure(): Enclosure {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-proof-'))
  const name = `${basename(folder)}-${randomBytes(2).toString('hex')}`
  mkdirSync(join(folder, 'settings'))
  createCgroup(name)
  let ended: Promise<unknown> = Promise.resolve()
  let first: ChildProcess | undefined
  return {
    name,
    folder,
    async run(program, work) {
      const script = join(import.meta.dirname, 'namespaces.sh')
      const inside = [script, name, `${nodeAddress}/24`, join(folder, 'settings')]
      const flags = ['--mount', '--net', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc']
      // Standard input stays open as long as this process lives: what is inside ends with it.
      // Ahead of whatever else the machine does: a kube-proxy that waits for its turn would be measured, not Holdfast.
      const command = ['-n', '-10', 'unshare', ...flags, ...inside, process.execPath, program, JSON.stringify(work)]
      const child = spawn('nice', command, {
        stdio: ['pipe', 'inherit', 'inherit'],
        env: { ...process.env, TMPDIR: folder }
      })
      first = child
      const exit = once(child, 'exit')
      ended = exit
      await exit
      return child.exitCode ?? 1
    },
    kill: () => void first?.kill('SIGKILL'),
    async remove() {
      first?.kill('SIGKILL')
      await ended
      await removeCgroup(name)
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    }
  }
}
