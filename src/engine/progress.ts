import { withValueAt } from '../kube/json.ts'
import { parseWorkload, type Workload } from '../kube/workload.ts'
import type { Injected } from './injected.ts'
import type { Place } from './patch.ts'

/** A workload on its way through the remedies. */
export interface Progress {
  /** As it is by now. */
  workload: Workload
  /** All that is injected in it by now. */
  record: readonly Injected[]
  /** Where something was done, by what messages and records call the place. */
  places: ReadonlyMap<string, Place>
}

/** A value to put in a place; undefined takes it out. */
export interface Edit {
  at: string
  place: Place
  value: unknown
}

const nowhere: ReadonlyMap<string, Place> = new Map()

export function begin(workload: Workload, record: readonly Injected[]): Progress {
  return { workload, record, places: nowhere }
}

export function edit(progress: Progress, edits: readonly Edit[], record: readonly Injected[]): Progress {
  if (edits.length === 0) return { ...progress, record }
  const { workload, places } = progress
  const object = edits.reduce((whole: unknown, { place, value }) => withValueAt(whole, place, value), workload.object)
  return {
    workload: parseWorkload(workload.kind, object),
    record,
    places: new Map([...places, ...edits.map(({ at, place }) => [at, place] as const)])
  }
}
