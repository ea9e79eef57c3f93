import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../support/cluster-wait.ts'
import type { Work } from './cluster.ts'
import type { Measured } from './measure.ts'
import { createEnclosure, type Enclosure } from './node/enclosure.ts'
import { buildHoldfastImage } from './node/holdfast-image.ts'
import { leftovers, machineState } from './node/leftovers.ts'
import { buildImages, helmProgram } from './node/programs.ts'
import type { Phase } from './own/phases.ts'
import type { Wanted } from './plan.ts'
import type { Verdict } from './verdicts.ts'

export interface Stage<T> {
  readonly result: T | undefined
  /** Whether the machine is as it was. */
  readonly clean: Verdict
}

/** A node, Holdfast beside it, and the cases. */
export function measureCases(program: string, wanted: Wanted): Promise<Stage<readonly Measured[]>> {
  return enclosed('after the measurements', async (enclosure) => {
    const work = workFor(enclosure, program)
    await enclosure.run(join(import.meta.dirname, 'measure-inside.ts'), { ...work, wanted })
    return resultOf(work) as readonly Measured[] | undefined
  })
}

/** A node, and Holdfast as pods on it. */
export function measureOwn(program: string): Promise<Stage<readonly Phase[]>> {
  // From inside nothing could be downloaded.
  const helm = helmProgram()
  return enclosed('after Holdfast has run as pods', async (enclosure) => {
    const { images, ...work } = workFor(enclosure, program)
    const all = [...images, buildHoldfastImage(enclosure.folder)]
    await enclosure.run(join(import.meta.dirname, 'own/inside.ts'), { ...work, images: all, helm })
    return resultOf(work) as readonly Phase[] | undefined
  })
}

/** A node with pods on it whose processes are all killed at once. */
export function crash(program: string): Promise<Stage<true>> {
  return enclosed('after a node with pods was killed', async (enclosure) => {
    const work = workFor(enclosure, program)
    const ended = enclosure.run(join(import.meta.dirname, 'crash-inside.ts'), work)
    const running = waitFor(
      { what: 'a node with pods', seconds: 120 },
      async () => existsSync(work.result) || undefined
    )
    const came = await Promise.race([running, ended.then(() => undefined)])
    enclosure.kill()
    await ended
    return came
  })
}

function workFor({ name, folder }: Enclosure, program: string): Work {
  return { name, folder: join(folder, 'node'), program, images: buildImages(folder), result: join(folder, 'result') }
}

function resultOf({ result }: Pick<Work, 'result'>): unknown {
  return existsSync(result) ? JSON.parse(readFileSync(result, 'utf8')) : undefined
}

/** Does it in an enclosure that is removed whatever happens. */
async function enclosed<T>(when: string, task: (enclosure: Enclosure) => Promise<T | undefined>): Promise<Stage<T>> {
  const before = machineState()
  const enclosure = createEnclosure()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const stop = (): void => enclosure.kill()
  for (const signal of signals) process.once(signal, stop)
  let result: T | undefined
  try {
    result = await task(enclosure)
  } finally {
    await enclosure.remove()
    for (const signal of signals) process.off(signal, stop)
  }
  const left = leftovers(enclosure, before)
  const says = left.length === 0 ? `nothing is left ${when}` : `left ${when}: ${left.join('; ')}`
  return { result, clean: { holds: left.length === 0, says } }
}
