import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** Where the hierarchies of control groups are mounted: one with version 2, one for each controller with version 1. */
function hierarchies(): readonly string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [place = '', , ...rest] = line.split(' ').slice(4)
    return /^cgroup2?$/.test(rest[rest.indexOf('-') + 1] ?? '') ? [place] : []
  })
}

/** A group of this name in every hierarchy, for the kubelet to keep its pods in. */
export function createCgroup(name: string): void {
  for (const place of hierarchies()) {
    mkdirSync(join(place, name))
    // A group of version 1 takes no process before it has its processors and its memory.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (existsSync(join(place, 'cpuset.sched_load_balance'))) {
        writeFileSync(join(place, name, file), readFileSync(join(place, file)))
      }
    }
    delegate(place, name)
  }
}

/** In version 2 a group gets those controllers that the group above it passes on. */
function delegate(place: string, name: string): void {
  const available = join(place, 'cgroup.controllers')
  if (!existsSync(available)) return
  const wanted = readFileSync(available, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map((one) => `+${one}`)
    .join(' ')
  if (wanted === '') return
  for (const group of [place, join(place, name)]) writeFileSync(join(group, 'cgroup.subtree_control'), wanted)
}

export function cgroupFolders(name: string): readonly string[] {
  return hierarchies()
    .map((place) => join(place, name))
    .filter(existsSync)
}

/** Their processes have ended; the kernel may need a moment to notice. */
export async function removeCgroup(name: string): Promise<void> {
  for (const folder of cgroupFolders(name)) {
    for (let attempt = 1; !tryToRemove(folder); attempt += 1) {
      if (attempt === 50) throw new Error(`could not remove ${folder}`)
      await wait(100)
    }
  }
}

function tryToRemove(folder: string): boolean {
  try {
    removeFrom(folder)
    return true
  } catch {
    return false
  }
}

function removeFrom(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFrom(join(folder, entry.name))
  }
  rmdirSync(folder)
}
