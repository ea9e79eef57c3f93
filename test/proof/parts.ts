import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../support/cluster-wait.ts'
import type { Work } from './cluster.ts'
import type { Measured } from './measure.ts'
import { createEnclosure, type Enclosure } from './node/enclosure.ts'
import { buildHoldfastImage } from './node/holdfast-image.ts'
import { leftovers, machineState } from './node/leftovers.ts'
import { buildImages, helmProgram, nodeProgram } from './node/programs.ts'
import type { Part } from './options.ts'
import type { Phase } from './own/phases.ts'
import { ownVerdicts } from './own/verdicts.ts'
import { plan, type Wanted } from './plan.ts'
import { type Verdict, verdicts } from './verdicts.ts'

export interface Outcome {
  readonly runs?: readonly Measured[]
  readonly own?: readonly Phase[]
  readonly verdicts: readonly Verdict[]
}

interface Ended<T> {
  readonly result: T | undefined
  /** What went wrong, and whether the machine is as it was. */
  readonly also: readonly Verdict[]
}

/** An interruption ends each of them early. */
export const parts: Readonly<Record<Part, (interruption: AbortSignal, wanted: Wanted) => Promise<Outcome>>> = {
  cases: measureCases,
  own: measureOwn,
  crash
}

/** A node, Holdfast beside it, and the cases. */
async function measureCases(interruption: AbortSignal, wanted: Wanted): Promise<Outcome> {
  const planned = plan(wanted)
  const { result: runs = [], also } = await enclosed('the measurements', interruption, async (enclosure) => {
    const work = workFor(enclosure)
    await enclosure.run(join(import.meta.dirname, 'measure-inside.ts'), { ...work, wanted })
    return resultOf(work) as readonly Measured[] | undefined
  })
  return { runs, verdicts: [...verdicts(planned, runs), ...also] }
}

/** A node, and Holdfast as pods on it. */
async function measureOwn(interruption: AbortSignal): Promise<Outcome> {
  // From inside nothing could be downloaded.
  const helm = helmProgram()
  const { result: own = [], also } = await enclosed('Holdfast as pods', interruption, async (enclosure) => {
    const { images, ...work } = workFor(enclosure)
    const all = [...images, buildHoldfastImage(enclosure.folder)]
    await enclosure.run(join(import.meta.dirname, 'own/inside.ts'), { ...work, images: all, helm })
    return resultOf(work) as readonly Phase[] | undefined
  })
  return { own, verdicts: [...ownVerdicts(own), ...also] }
}

/** A node whose kubelet shows harms, with pods on it, and whose processes are all killed at once. */
async function crash(interruption: AbortSignal): Promise<Outcome> {
  const { result: shown, also } = await enclosed('a node that was killed', interruption, async (enclosure) => {
    const work = workFor(enclosure)
    let hasEnded = false
    const ended = enclosure.run(join(import.meta.dirname, 'crash-inside.ts'), work).finally(() => (hasEnded = true))
    const running = waitFor({ what: 'a node with pods', seconds: 240 }, async () => {
      return existsSync(work.result) || hasEnded ? true : undefined
    }).finally(enclosure.kill)
    await Promise.all([running, ended])
    return resultOf(work) as readonly Verdict[] | undefined
  })
  const says = 'a node with pods is there to be killed'
  return { verdicts: [...(shown ?? []), { holds: shown !== undefined, says }, ...also] }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function workFor({ name, folder }: Enclosure): Work {
  const [program, images] = [nodeProgram(), buildImages(folder)]
  return { name, folder: join(folder, 'node'), program, images, result: join(folder, 'result') }
}

function resultOf({ result }: Pick<Work, 'result'>): unknown {
  return existsSync(result) ? JSON.parse(readFileSync(result, 'utf8')) : undefined
}

/** Does it in an enclosure that is removed whatever happens. */
async function enclosed<T>(
  what: string,
  interruption: AbortSignal,
  task: (enclosure: Enclosure) => Promise<T | undefined>
): Promise<Ended<T>> {
  const before = machineState()
  const enclosure = await createEnclosure(interruption)
  const also: Verdict[] = []
  let result: T | undefined
  try {
    result = await task(enclosure)
  } catch (error) {
    also.push({ holds: false, says: `${what}: ${messageOf(error)}` })
  }
  const left = [...(await enclosure.remove()), ...leftovers(enclosure, before)]
  const says = left.length === 0 ? `nothing is left after ${what}` : `left after ${what}: ${left.join('; ')}`
  return { result, also: [...also, { holds: left.length === 0, says }] }
}
