import { type Replaced, sameJson, setValueAt, type Token, toPointer, valueAt } from '../kube/json.ts'
import type { Workload } from '../kube/workload.ts'
import type { Injected } from './injected.ts'
import { placeOf } from './ours.ts'

export type Place = readonly Token[]

/** One operation of a JSON patch (RFC 6902). */
export type Operation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string }

interface Edit extends Replaced {
  place: Place
}

function toOperation({ place, before, depth }: Edit, value: unknown): Operation {
  if (value === undefined) return { op: 'remove', path: toPointer(place) }
  if (before !== undefined) return { op: 'replace', path: toPointer(place), value }
  if (depth === place.length) return { op: 'add', path: toPointer(place), value }
  const whole = place.slice(depth).reduceRight((below: unknown, token) => ({ [token]: below }), value)
  return { op: 'add', path: toPointer(place.slice(0, depth)), value: whole }
}

/**
 * A workload that is being remedied, and what was done to it. Its object is edited in place: it is the parsed body of one call, and
 * that call's alone. Copying what lies on the way to each edit would cost as much as all policies.
 */
export class Draft {
  readonly workload: Workload
  /** All that is injected in it by now. */
  record: readonly Injected[]
  readonly #edits = new Map<string, Edit>()
  readonly #places = new Map<string, Place | undefined>()

  constructor(workload: Workload, record: readonly Injected[]) {
    this.workload = workload
    this.record = record
  }

  /** Whether nothing was put in or taken out, not even to the same end. */
  get untouched(): boolean {
    return this.#edits.size === 0
  }

  /** Where a place below the pod spec lies; undefined where its container is not there. Containers stay where they are. */
  placeOf(at: string): Place | undefined {
    let place = this.#places.get(at)
    if (place === undefined) this.#places.set(at, (place = placeOf(this.workload, at)))
    return place
  }

  valueAt(place: Place): unknown {
    return valueAt(this.workload.object, place)
  }

  /** Puts a value in a place, which `at` is the name of; undefined takes out what is there. */
  set(at: string, place: Place, value: unknown): void {
    const { before, depth } = setValueAt(this.workload.object, place, value)
    if (!this.#edits.has(at)) this.#edits.set(at, { place, before, depth })
  }

  /** What is to be done to the object as it came, by the names of the places, in the order of their first edit. */
  operations(): ReadonlyMap<string, Operation> {
    const operations = new Map<string, Operation>()
    for (const [at, edit] of this.#edits) {
      const value = this.valueAt(edit.place)
      if (!sameJson(edit.before, value)) operations.set(at, toOperation(edit, value))
    }
    return operations
  }
}
