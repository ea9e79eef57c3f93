import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export interface Cgroup {
  /** Throws where a group stays, after all have been tried. */
  readonly remove: () => Promise<void>
}

/** Where the hierarchies of control groups are mounted: one with version 2, one for each controller with version 1. */
function hierarchies(): readonly string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [place = '', , ...rest] = line.split(' ').slice(4)
    return /^cgroup2?$/.test(rest[rest.indexOf('-') + 1] ?? '') ? [place] : []
  })
}

/** A group of this name in every hierarchy, for the kubelet to keep its pods in. Where one cannot be made none is left. */
export async function createCgroup(name: string): Promise<Cgroup> {
  const undo: (() => Promise<void>)[] = []
  const remove = async (): Promise<void> => {
    const done = await Promise.allSettled(undo.toReversed().map((step) => step()))
    const reasons = done.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
    if (reasons.length > 0) throw new Error(reasons.join('; '))
  }
  try {
    for (const place of hierarchies()) {
      const folder = join(place, name)
      mkdirSync(folder)
      let added: readonly string[] = []
      undo.push(async () => {
        await removeGroup(folder)
        takeBack(place, added)
      })
      giveMemory(place, folder)
      added = passOn(place, folder)
    }
  } catch (error) {
    await remove().catch((left: unknown) => {
      throw new Error(`${String(error)}; ${String(left)}`, { cause: error })
    })
    throw error
  }
  return { remove }
}

/** A group of version 1 takes no process before it has its processors and its memory. */
function giveMemory(place: string, folder: string): void {
  if (!existsSync(join(place, 'cpuset.sched_load_balance'))) return
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    writeFileSync(join(folder, file), readFileSync(join(place, file)))
  }
}

const control = 'cgroup.subtree_control'

/** In version 2 a group gets those controllers that the group above it passes on. Returns what the upper one did not before. */
function passOn(place: string, folder: string): readonly string[] {
  const all = controllersIn(join(place, 'cgroup.controllers'))
  if (all.length === 0) return []
  const before = controllersIn(join(place, control))
  for (const group of [place, folder]) writeFileSync(join(group, control), all.map((one) => `+${one}`).join(' '))
  return all.filter((one) => !before.includes(one))
}

/** One by one: what somebody else uses by now stays. */
function takeBack(place: string, added: readonly string[]): void {
  for (const one of added) {
    try {
      writeFileSync(join(place, control), `-${one}`)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error
    }
  }
}

function controllersIn(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean) : []
}

export function cgroupFolders(name: string): readonly string[] {
  return hierarchies()
    .map((place) => join(place, name))
    .filter(existsSync)
}

/** Its processes have ended; the kernel may need a moment to notice. */
async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 1; !tryToRemove(folder); attempt += 1) {
    if (attempt === 50) throw new Error(`could not remove ${folder}`)
    await wait(100)
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
