import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { lastOf, pairsOf, type Stage } from './dockerfile.ts'
import { logTail, type ManagedProcess, startProcess } from './cluster-process.ts'
import { waitFor } from './cluster-wait.ts'

export interface Container {
  /** The number out here of its first process. */
  readonly pid: number
  readonly running: () => boolean
  readonly log: () => string
  /** What the kubelet sends first. */
  readonly terminate: () => void
  /** The exit code; undefined after a signal. */
  readonly exited: Promise<number | undefined>
}

export interface ContainerOptions {
  readonly name: string
  /** The folder that becomes `/`. */
  readonly root: string
  readonly stage: Stage
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Folders out here by where they are in there; they can only be read. */
  readonly mounts?: Readonly<Record<string, string>>
  readonly logFile: string
}

/**
 * What a container runtime does, in short: mounts and processes of its own, a root that cannot be written, a user without rights.
 * Its arguments: the root, how many mounts, each mount's folder out here and in there, and what env(1) is given.
 */
const script = `
set -eu
root=$1; mounts=$2; shift 2
mount --bind "$root" "$root"
while [ "$mounts" -gt 0 ]; do
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
  mounts=$((mounts - 1)); shift 2
done
mount -t proc -o ro proc "$root/proc"
mount -o remount,bind,ro "$root"
exec env -i "$@"
`

/** Why containers cannot be run here; undefined where they can. */
export function noContainersBecause(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux'
  if (process.getuid?.() !== 0) return 'this is not root'
  const tried = spawnSync('unshare', ['--mount', '--pid', '--fork', 'true'], { encoding: 'utf8' })
  return tried.status === 0 ? undefined : `unshare(1): ${tried.error?.message ?? tried.stderr.trim()}`
}

function commandFor({ root, stage, args, environment = {}, mounts = {} }: ContainerOptions): [string, ...string[]] {
  const entrypoint = JSON.parse(lastOf(stage, 'ENTRYPOINT')) as string[]
  const pairs = Object.entries({ ...pairsOf(stage, 'ENV'), ...environment }).map(([key, value]) => `${key}=${value}`)
  const bound = Object.entries(mounts).flatMap(([inside, outside]) => [outside, inside])
  const chroot = execFileSync('sh', ['-c', 'command -v chroot'], { encoding: 'utf8' }).trim()
  const user = [`--userspec=${lastOf(stage, 'USER')}`, '--groups=']
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child']
  const setUp = [root, String(bound.length / 2), ...bound]
  return [
    'unshare',
    ...namespaces,
    'sh',
    '-c',
    script,
    'container',
    ...setUp,
    ...pairs,
    chroot,
    ...user,
    root,
    ...entrypoint,
    ...args
  ]
}

async function firstProcessOf(outer: ManagedProcess): Promise<number> {
  return waitFor({ what: `${outer.name} to start`, seconds: 10, details: outer.log }, async () => {
    if (!outer.running()) throw new Error(`${outer.name} did not start\n${outer.log()}`)
    const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim()
    return children === '' ? undefined : Number(children)
  })
}

/** Runs a stage of the Dockerfile that was assembled in a folder. It ends with the test. */
export async function startContainer(t: Test, options: ContainerOptions): Promise<Container> {
  const { name, root, logFile, mounts = {} } = options
  for (const inside of Object.keys(mounts)) mkdirSync(join(root, inside), { recursive: true })
  const outer = startProcess({ name, command: commandFor(options), logFile })
  t.teardown(async () => {
    if (!t.passing()) t.comment(`the log of ${name}:\n${logTail(outer.log())}`)
    outer.signal('SIGKILL')
    await outer.exited
  })
  const pid = await firstProcessOf(outer)
  return {
    pid,
    running: outer.running,
    log: outer.log,
    terminate: () => void process.kill(pid, 'SIGTERM'),
    exited: outer.exited
  }
}
