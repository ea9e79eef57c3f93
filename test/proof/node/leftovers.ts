import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { cgroupFolders } from './cgroup.ts'
import type { Enclosure } from './enclosure.ts'
import { bridges, sharedSettings } from './place.ts'
import { processIds, readProc } from './proc.ts'

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
  /** Each network device, and the one that it is joined to, or ''. */
  readonly devices: Readonly<Record<string, string>>
}

export function machineState(): MachineState {
  const settings = sharedSettings.flatMap((name) => {
    const value = readProc(`sys/${name}`)
    return value === '' ? [] : [[name, value] as const]
  })
  return {
    settings: Object.fromEntries(settings),
    places: Object.fromEntries(places.map((place) => [place, existsSync(place) ? readdirSync(place) : []])),
    devices: Object.fromEntries(readdirSync('/sys/class/net').map((name) => [name, bridgeOf(name)]))
  }
}

/** What is still there of an enclosure that was removed, in words; nothing if all is well. */
export function leftovers({ name, folder }: Enclosure, before: MachineState): readonly string[] {
  return [
    ...cgroupFolders(name).map((group) => `control group ${group}`),
    ...readProc('self/mountinfo')
      .split('\n')
      .filter((mount) => mount.includes(name) || mount.includes(folder))
      .map((mount) => `mount ${mount}`),
    ...processesOf(name, folder).map((process) => `process ${process}`),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
    ...changes(before, machineState())
  ]
}

/** What a node may have changed. The machine may run containers of its own meanwhile: what can be theirs is none of it. */
export function changes(before: MachineState, now: MachineState): readonly string[] {
  const settings = Object.entries(now.settings).filter(([name, value]) => value !== before.settings[name])
  const filled = Object.entries(now.places).filter(([place, entries]) => {
    // Where something was, another runtime is at work.
    return entries.length > 0 && (before.places[place] ?? []).length === 0
  })
  const ours: readonly string[] = Object.values(bridges)
  const devices = Object.entries(now.devices).filter(
    ([name, bridge]) => !(name in before.devices) && (ours.includes(name) || ours.includes(bridge))
  )
  return [
    ...settings.map(([name, value]) => `setting ${name}: ${value} instead of ${before.settings[name]}`),
    ...filled.map(([place, entries]) => `in ${place}: ${entries.join(', ')}`),
    ...devices.map(([name]) => `network device ${name}`)
  ]
}

function bridgeOf(device: string): string {
  try {
    return basename(readlinkSync(`/sys/class/net/${device}/master`))
  } catch {
    return ''
  }
}

/** Ours have the folder in their command line; those of pods are in our control groups. */
function processesOf(name: string, folder: string): readonly string[] {
  const ids = processIds().filter((id) => Number(id) !== process.pid)
  return ids.flatMap((id) => {
    const command = readProc(`${id}/cmdline`).replaceAll('\0', ' ').trim()
    const isOurs = command.includes(folder) || readProc(`${id}/cgroup`).includes(name)
    return isOurs ? [`${id}: ${command}`] : []
  })
}
