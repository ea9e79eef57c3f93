import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { cgroupFolders } from './cgroup.ts'
import type { Enclosure } from './enclosure.ts'

const settings = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops']
const places = [
  '/run/netns',
  '/run/containerd',
  '/var/lib/cni',
  '/var/lib/kubelet',
  '/var/lib/containerd',
  '/opt/containerd',
  '/var/log/pods',
  '/var/log/containers',
  '/etc/cni'
]

/** What a node could change about the machine that it runs on. */
export interface MachineState {
  readonly settings: Readonly<Record<string, string>>
  readonly places: Readonly<Record<string, readonly string[]>>
  readonly interfaces: readonly string[]
}

export function machineState(): MachineState {
  const values = settings.map((name) => [name, readFileSync(`/proc/sys/${name}`, 'utf8').trim()] as const)
  return {
    settings: Object.fromEntries(values),
    places: Object.fromEntries(places.map((place) => [place, existsSync(place) ? readdirSync(place) : []])),
    interfaces: Object.keys(networkInterfaces())
  }
}

/** What is still there of an enclosure that was removed, in words; nothing if all is well. */
export function leftovers({ name, folder }: Enclosure, before: MachineState): readonly string[] {
  const now = machineState()
  const differing = (one: keyof MachineState): string[] =>
    JSON.stringify(now[one]) === JSON.stringify(before[one]) ? [] : [`${one}: ${JSON.stringify(now[one])}`]
  return [
    ...cgroupFolders(name).map((group) => `control group ${group}`),
    ...mounts()
      .filter((mount) => mount.includes(name) || mount.includes(folder))
      .map((mount) => `mount ${mount}`),
    ...processesOf(folder).map((process) => `process ${process}`),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
    ...differing('settings'),
    ...differing('places'),
    ...differing('interfaces')
  ]
}

function mounts(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
}

function processesOf(folder: string): readonly string[] {
  const ids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
  return ids.flatMap((id) => {
    const command = commandOf(id)
    return command.includes(folder) ? [`${id}: ${command}`] : []
  })
}

function commandOf(id: string): string {
  try {
    return readFileSync(join('/proc', id, 'cmdline'), 'utf8')
      .replaceAll('\0', ' ')
      .trim()
  } catch {
    return ''
  }
}
