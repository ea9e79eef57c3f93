import { type Place, type Replaced, sameJson, setValueAt, type Token, toPointer, valueAt } from '../../kube/json.ts'
import type { Workload } from '../../kube/workload.ts'
import type { Injected } from './record.ts'
import { placeOf } from './ownership.ts'

/** One operation of a JSON patch (RFC 6902). */
export type Operation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string }

/** A place that was asked for by name, and what was done there. */
interface Spot {
  place: Place
  /** What stood there before the first edit; undefined without one. */
  replaced: Replaced | undefined
}

/** A literal with a computed key takes V8 four times as long. No place leads through a `__proto__`. */
function objectOf(key: Token, value: unknown): object {
  const parent: Record<Token, unknown> = {}
  parent[key] = value
  return parent
}

function toOperation(place: Place, { before, depth }: Replaced, value: unknown): Operation {
  if (value === undefined) return { op: 'remove', path: toPointer(place) }
  if (before !== undefined) return { op: 'replace', path: toPointer(place), value }
  let whole = value
  for (let index = place.length - 1; index >= depth; index--) whole = objectOf(place[index] ?? '', whole)
  return { op: 'add', path: toPointer(place, depth), value: whole }
}

/**
 * A workload that is being remedied, and what was done to it. Its object is edited in place: it is the parsed body of one call, and
 * that call's alone. Copying what lies on the way to each edit would cost as much as all policies.
 */
export class PatchBuilder {
  readonly workload: Workload
  /** All that is injected in it by now. */
  record: readonly Injected[]
  readonly #spots = new Map<string, Spot>()
  /** The names of the places that were edited, in the order of their first edit. */
  readonly #edited: string[] = []

  constructor(workload: Workload, record: readonly Injected[]) {
    this.workload = workload
    this.record = record
  }

  /** Whether nothing was put in or taken out, not even to the same end. */
  get untouched(): boolean {
    return this.#edited.length === 0
  }

  /** Where a place below the pod spec lies; undefined where its container is not there. Containers stay where they are. */
  placeOf(at: string): Place | undefined {
    const known = this.#spots.get(at)
    if (known !== undefined) return known.place
    const place = placeOf(this.workload, at)
    if (place !== undefined) this.#spots.set(at, { place, replaced: undefined })
    return place
  }

  valueAt(place: Place): unknown {
    return valueAt(this.workload.object, place)
  }

  /** Puts a value in a place, which `at` is the name of; undefined takes out what is there. */
  set(at: string, place: Place, value: unknown): void {
    const replaced = setValueAt(this.workload.object, place, value)
    const spot = this.#spots.get(at)
    if (spot?.replaced !== undefined) return
    if (spot === undefined) this.#spots.set(at, { place, replaced })
    else spot.replaced = replaced
    this.#edited.push(at)
  }

  /** What is to be done to the object as it came, by the names of the places, in the order of their first edit. */
  operations(): ReadonlyMap<string, Operation> {
    const operations = new Map<string, Operation>()
    for (const at of this.#edited) {
      const { place, replaced } = this.#spots.get(at) ?? {}
      if (place === undefined || replaced === undefined) continue
      const value = this.valueAt(place)
      if (!sameJson(replaced.before, value)) operations.set(at, toOperation(place, replaced, value))
    }
    return operations
  }
}
