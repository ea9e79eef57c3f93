import type { Budget } from '../../kube/budget.ts'
import { type Place, type Replaced, sameJson, setValueAt, type Token, toPointer, valueAt } from '../../kube/json.ts'
import type { Provenance } from '../../kube/provenance.ts'
import { isObject } from '../../kube/shape.ts'
import { podSpecAt, type Workload } from '../../kube/workload.ts'
import { resolveSpecPath } from './spec-path.ts'

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string }

/** What remedies add to: a workload, below its pod spec, or a budget, below its spec. */
export type Patchable = Workload | Budget

/** What was done to a place. */
interface Edit {
  place: Place
  /** What stood there before the first edit. */
  replaced: Replaced
}

/**
 * Edits a copy of an object, and makes the JSON patch from the object to the copy. The object itself is never edited: the copy shares
 * with it everything but what lies on the way to an edit.
 */
export class PatchBuilder {
  readonly #original: Patchable
  readonly #specAt: Place
  /** The original, until the first edit; then the same in the copy. */
  #edited: Patchable
  /** What the copy does not share with the original, and may be edited in place. A list, because it holds so few that a Set would be slower. */
  readonly #owned: object[] = []
  /** Where paths lead that were resolved before. */
  readonly #places = new Map<string, Place>()
  /** By path, in the order of the first edits. */
  readonly #edits = new Map<string, Edit>()

  constructor(original: Patchable) {
    this.#original = original
    this.#edited = original
    this.#specAt = specPlace(original)
  }

  /** The subject with all that was edited below its spec, as policies read it. */
  get subject(): Patchable {
    return this.#edited
  }

  /** Whether no place was edited, not even to the same value. */
  get untouched(): boolean {
    return this.#edits.size === 0
  }

  /** Where a path below the spec leads; undefined where its container is missing. Edits move no container. */
  placeOf(path: string): Place | undefined {
    const known = this.#places.get(path)
    if (known !== undefined) return known
    const place = resolveSpecPath(specOf(this.#original), path, this.#specAt)
    if (place !== undefined) this.#places.set(path, place)
    return place
  }

  valueAt(place: Place): unknown {
    return valueAt(this.#edited.object, place)
  }

  /** Puts a value in a place, of which `path` is the name; undefined takes out what is there. */
  set(path: string, place: Place, value: unknown): void {
    const { object } = this.#edited
    const root = isContainer(object) ? this.#own(object) : {}
    const replaced = setValueAt(root, place, value, this.#own)
    if (!this.#owned.includes(specOf(this.#edited))) this.#edited = subjectIn(this.#original, root, this.#specAt)
    if (!this.#edits.has(path)) this.#edits.set(path, { place, replaced })
  }

  /** The operations that make the copy of the original, by path, in the order of the first edits. */
  operations(): ReadonlyMap<string, PatchOperation> {
    const operations = new Map<string, PatchOperation>()
    for (const [path, { place, replaced }] of this.#edits) {
      const value = this.valueAt(place)
      if (!sameJson(replaced.before, value)) operations.set(path, toOperation(place, replaced, value))
    }
    return operations
  }

  /** The object itself, if it is the copy's alone, or else a copy that is. */
  readonly #own = (object: object): object => {
    if (this.#owned.includes(object)) return object
    const copy: object = Array.isArray(object) ? object.slice() : { ...object }
    this.#owned.push(copy)
    return copy
  }
}

function toOperation(place: Place, { before, depth }: Replaced, value: unknown): PatchOperation {
  if (value === undefined) return { op: 'remove', path: toPointer(place) }
  if (before !== undefined) return { op: 'replace', path: toPointer(place), value }
  let whole = value
  for (let index = place.length - 1; index >= depth; index--) whole = objectOf(place[index] ?? '', whole)
  return { op: 'add', path: toPointer(place, depth), value: whole }
}

/** A literal with a computed key takes V8 four times as long. No place leads through a `__proto__`. */
function objectOf(key: Token, value: unknown): object {
  const parent: Record<Token, unknown> = {}
  parent[key] = value
  return parent
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const budgetSpecAt: Place = ['spec']

function specPlace(subject: Patchable): Place {
  return subject.kind === 'PodDisruptionBudget' ? budgetSpecAt : podSpecAt(subject)
}

function specOf(subject: Patchable): object {
  return subject.kind === 'PodDisruptionBudget' ? subject.spec : subject.podSpec
}

/** The subject in a copy of its object that differs only below the spec at `specAt`. */
function subjectIn(subject: Patchable, object: unknown, specAt: Place): Patchable {
  const root = valueAt(object, ['spec'])
  const spec = valueAt(object, specAt)
  if (!isObject(root) || !isObject(spec)) return { ...subject, object }
  if (subject.kind === 'PodDisruptionBudget') return { ...subject, object, spec }
  const { provenance: original } = subject
  const provenance: Provenance = {
    // Nobody writes what an edit has taken out.
    of: (place) => (valueAt(object, place) === undefined ? 'defaulted' : original.of(place)),
    statement: (place) => original.statement(place)
  }
  return { ...subject, object, spec: root, podSpec: spec, provenance }
}
