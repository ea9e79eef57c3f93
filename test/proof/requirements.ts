import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian packages, and a file of each, or a command. */
const packages: Readonly<Record<string, readonly string[]>> = {
  containerd: ['containerd', 'ctr'],
  runc: ['runc'],
  'containernetworking-plugins': ['/usr/lib/cni/bridge', '/usr/lib/cni/host-local', '/usr/lib/cni/loopback'],
  iptables: ['iptables'],
  nftables: ['nft'],
  conntrack: ['conntrack'],
  iproute2: ['ip'],
  'util-linux': ['unshare', 'mount'],
  tar: ['tar']
}

const path = (process.env['PATH'] ?? '').split(delimiter)

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isThere(name: string): boolean {
  return name.startsWith('/') ? existsSync(name) : path.some((folder) => isExecutable(join(folder, name)))
}

export function missingPackages(): readonly string[] {
  return Object.keys(packages).filter((name) => !packages[name]?.every(isThere))
}

/** Installs them without starting the services that they bring. */
export function installPackages(names: readonly string[]): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const options = { stdio: 'inherit', env: environment } as const
  spawnSync('apt-get', ['update', '--quiet'], options)
  spawnSync('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', ...names], options)
}

/** Why the proof cannot run on this machine, one line each; none where it can. */
export function obstacles(): readonly string[] {
  if (process.platform !== 'linux') return ['it needs Linux: a node runs on nothing else']
  const found: string[] = []
  if (process.getuid?.() !== 0) found.push('it needs root: it makes namespaces, mounts and cgroups')
  const missing = missingPackages()
  if (missing.length > 0) {
    found.push(`it needs packages: apt-get install --no-install-recommends ${missing.join(' ')} (or --install)`)
  }
  if (!isThere('go')) found.push('it needs Go 1.26 or newer, to build kubelet and kube-proxy')
  return found.length > 0 ? found : namespaceObstacles()
}

function namespaceObstacles(): readonly string[] {
  const attempt = 'mount -t tmpfs probe /run && ip link add probe type bridge && nft list ruleset'
  const flags = ['--mount', '--net', '--pid', '--fork', '--mount-proc']
  const { status, stderr } = spawnSync('unshare', [...flags, 'sh', '-c', attempt], { encoding: 'utf8' })
  return status === 0 ? [] : [`it may not make namespaces with mounts and network devices here: ${stderr.trim()}`]
}
