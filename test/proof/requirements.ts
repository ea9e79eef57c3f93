import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createCgroup } from './node/cgroup.ts'
import { pluginFolder } from './node/place.ts'
import { wasBuilt } from './node/programs.ts'

/** Debian packages, and a file of each, or a command. */
const packages: Readonly<Record<string, readonly string[]>> = {
  containerd: ['containerd', 'ctr'],
  runc: ['runc'],
  'containernetworking-plugins': ['bridge', 'host-local', 'loopback'].map((plugin) => join(pluginFolder, plugin)),
  iptables: ['iptables'],
  nftables: ['nft'],
  conntrack: ['conntrack'],
  iproute2: ['ip'],
  'util-linux': ['unshare', 'mount'],
  tar: ['tar']
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isThere(name: string): boolean {
  const path = (process.env['PATH'] ?? '').split(delimiter)
  return name.startsWith('/') ? existsSync(name) : path.some((folder) => isExecutable(join(folder, name)))
}

function missingPackages(): readonly string[] {
  return Object.keys(packages).filter((name) => !packages[name]?.every(isThere))
}

/** Installs what is missing, without starting the services that it brings. Returns why something is missing still. */
export function installPackages(): readonly string[] {
  const missing = missingPackages()
  if (missing.length === 0 || machineObstacles().length > 0) return []
  // One source that cannot be read fails the update, and may be none of those that are needed.
  const problems = withoutServices(() => [
    ...apt('update'),
    ...apt('install', '--yes', '--no-install-recommends', ...missing)
  ])
  return missingPackages().length > 0 ? problems : []
}

function apt(command: string, ...args: readonly string[]): readonly string[] {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, signal, error } = spawnSync('apt-get', [command, '--quiet', ...args], {
    stdio: 'inherit',
    env: environment
  })
  return status === 0 ? [] : [`apt-get ${command} failed: ${error?.message ?? signal ?? `exit code ${status}`}`]
}

/**
 * Scripts of packages ask this program whether they may start a service. Where there is one already it has its reasons. Should ours be left
 * behind by a kill, it forbids nothing any more.
 */
function withoutServices<T>(task: () => T): T {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return task()
  try {
    writeFileSync(policy, `#!/bin/sh\n[ -d /proc/${process.pid} ] && exit 101\nexit 0\n`, { mode: 0o755 })
    return task()
  } finally {
    rmSync(policy, { force: true })
  }
}

/** Why the proof cannot run on this machine, one line each; none where it can. */
export async function obstacles(): Promise<readonly string[]> {
  const found = [...machineObstacles()]
  if (process.platform !== 'linux') return found
  const missing = missingPackages()
  if (missing.length > 0) {
    found.push(`it needs packages: apt-get install --no-install-recommends ${missing.join(' ')} (or --install)`)
  }
  found.push(...goObstacles())
  return found.length > 0 ? found : [...namespaceObstacles(), ...(await cgroupObstacles())]
}

function machineObstacles(): readonly string[] {
  if (process.platform !== 'linux') return ['it needs Linux: a node runs on nothing else']
  return process.getuid?.() === 0 ? [] : ['it needs root: it makes namespaces, mounts and cgroups']
}

/** What runs in the pods is built each time, so that Go is needed even where Kubernetes was built before. */
function goObstacles(): readonly string[] {
  if (!isThere('go')) return ['it needs Go 1.26 or newer, to build kubelet, kube-proxy and what runs in the pods']
  // There, so that a Go that brings a newer one by itself says so.
  const cwd = join(import.meta.dirname, '../control-plane/node')
  const { stdout, stderr } = spawnSync('go', ['env', 'GOVERSION', 'GOCACHE'], { cwd, encoding: 'utf8' })
  const [version = '', cache = '/'] = (stdout ?? '').split('\n')
  const [, minor] = /^go1\.(\d+)/.exec(version) ?? []
  if (Number(minor ?? 0) < 26)
    return [`it needs Go 1.26 or newer, not ${version || (stderr ?? 'what cannot be run').trim()}`]
  return wasBuilt() ? [] : spaceObstacles(cache)
}

function spaceObstacles(folder: string): readonly string[] {
  if (!existsSync(folder)) return spaceObstacles(dirname(folder))
  const { bavail, bsize } = statfsSync(folder)
  const gibibytes = (bavail * bsize) / 2 ** 30
  return gibibytes >= 4 ? [] : [`it needs 4 GiB in ${folder} to build Kubernetes: ${gibibytes.toFixed(1)} are free`]
}

function namespaceObstacles(): readonly string[] {
  if (!existsSync(tmpdir())) return [`there is no ${tmpdir()}: TMPDIR is to name another folder`]
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-proof-'))
  const layers = 'lowerdir=lower,upperdir=upper,workdir=work'
  const attempts = {
    'it may not make namespaces with mounts and network devices here':
      'mount -t tmpfs probe /run && ip link add probe type bridge && nft list ruleset',
    [`containers cannot be below ${tmpdir()} (TMPDIR names another folder)`]: `mkdir lower upper work && mount -t overlay -o ${layers} probe lower`
  }
  try {
    const failed = Object.entries(attempts).map(([says, attempt]) => [says, failureOf(attempt, folder)] as const)
    return failed.flatMap(([says, why]) => (why === undefined ? [] : [`${says}: ${why}`])).slice(0, 1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function failureOf(attempt: string, cwd: string): string | undefined {
  const flags = ['--mount', '--net', '--pid', '--fork', '--mount-proc']
  const { status, stderr } = spawnSync('unshare', [...flags, 'sh', '-c', attempt], { encoding: 'utf8', cwd })
  return status === 0 ? undefined : stderr.split('\n')[0]
}

async function cgroupObstacles(): Promise<readonly string[]> {
  try {
    const cgroup = await createCgroup(`holdfast-proof-${randomBytes(4).toString('hex')}`)
    await cgroup.remove()
    return []
  } catch (error) {
    return [`it may not make control groups here: ${String(error)}`]
  }
}
