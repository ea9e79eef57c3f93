import { child, type Place, sameJson, type Token, valueAt } from './json.ts'
import { isObject, type JsonObject } from './shape.ts'

/** Whether a person wrote a value, or the API server filled it in, as far as the object shows. */
export type Origin = 'written' | 'defaulted' | 'unknown'

/**
 * How a value was stated: in a file, in a manifest that is applied repeatedly, or in a single write of the live object, which may also
 * have been a default.
 */
export type Statement = 'file' | 'client-side apply' | 'server-side apply' | 'update'

/** Tells who wrote the values of one object. Places are field names from the root of the object: list items cannot be told apart here. */
export interface Provenance {
  of(place: Place): Origin
  /** How the value was stated; undefined if it was not. */
  statement(place: Place): Statement | undefined
}

/** Builds the provenance of an object: `liveProvenance` or `fileProvenance`. It reads the object on first use. */
export type ProvenanceOf = (object: unknown) => Provenance

/** The provenance of an object in a file: what is present is written, and what is absent will be filled in. */
export function fileProvenance(object: unknown): Provenance {
  const isPresent = (place: Place) => valueAt(object, place) !== undefined
  return {
    of: (place) => (isPresent(place) ? 'written' : 'defaulted'),
    statement: (place) => (isPresent(place) ? 'file' : undefined)
  }
}

/**
 * The provenance of an object as the API server shows it. Objects arrive defaulted, so only two things tell what was written: the
 * annotation of a client-side apply, and managedFields. There an Apply manager lists just what its user sent, while an Update manager
 * lists the defaults too, and whatever was written later.
 */
export function liveProvenance(object: unknown): Provenance {
  return new LiveProvenance(object)
}

class LiveProvenance implements Provenance {
  readonly #object: unknown
  #found: readonly JsonObject[] | undefined
  /** Parsed on first use: parsing a manifest takes time, and most objects never need it. */
  #applied: { manifest: unknown } | undefined

  constructor(object: unknown) {
    this.#object = object
  }

  of(place: Place): Origin {
    if (valueAt(this.#object, place) === undefined) return 'defaulted'
    const all = this.#managers()
    const applied = this.#inLastApplied(place)
    if (applied === true) return 'written'
    let isUpdated = false
    // Without managers the annotation may come from another object: an export or a backup carries it along.
    let isSilent = applied === false && all.length > 0
    for (const manager of all) {
      const isOwner = owns(manager, place)
      if (isOwner && manager['operation'] === 'Apply') return 'written'
      if (isApply(manager, applied)) isSilent = true
      else if (isOwner) isUpdated = true
    }
    if (isUpdated) return 'unknown'
    return isSilent ? 'defaulted' : 'unknown'
  }

  /** What is written through the scale subresource states nothing: autoscalers write there. An update may list a default. */
  statement(place: Place): Statement | undefined {
    const owners = this.#managers().filter((manager) => {
      return manager['subresource'] !== 'scale' && owns(manager, place)
    })
    if (owners.some((manager) => manager['operation'] === 'Apply')) return 'server-side apply'
    const applied = this.#inLastApplied(place)
    if (applied === true) return 'client-side apply'
    return owners.some((manager) => !isApply(manager, applied)) ? 'update' : undefined
  }

  #managers(): readonly JsonObject[] {
    return (this.#found ??= managers(this.#object))
  }

  /** Undefined if no client-side apply shows its manifest. */
  #inLastApplied(place: Place): boolean | undefined {
    this.#applied ??= { manifest: lastAppliedIn(this.#object) }
    const { manifest } = this.#applied
    return isObject(manifest) ? valueAt(manifest, place) !== undefined : undefined
  }
}

const lastApplied = ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration']

/** The last manifest of a client-side apply, if the object shows it. */
export function lastAppliedIn(object: unknown): unknown {
  const text = valueAt(object, lastApplied)
  if (typeof text !== 'string') return undefined
  try {
    const applied: unknown = JSON.parse(text)
    return applied
  } catch {
    return undefined // an annotation that anyone may write: unreadable means that it shows nothing
  }
}

/** The managers whose fields are just what they applied. */
export function applyManagers(object: unknown): JsonObject[] {
  return managers(object).filter((manager) => manager['operation'] === 'Apply')
}

/**
 * Whether a manifest that was applied states the value of a field, by either way of applying. The annotation of a client-side apply still
 * states values that others have changed since, so it counts only while the object has the value that it states.
 */
export function isApplied(object: unknown, place: Place): boolean {
  if (applyManagers(object).some((manager) => owns(manager, place))) return true
  const text = valueAt(object, lastApplied)
  // Parsing a manifest takes time; one that does not even hold the name of the field need not be parsed.
  if (typeof text !== 'string' || !text.includes(String(place.at(-1)))) return false
  const stated = valueAt(lastAppliedIn(object), place)
  return stated !== undefined && sameJson(stated, valueAt(object, place))
}

function managers(object: unknown): JsonObject[] {
  const entries = valueAt(object, ['metadata', 'managedFields'])
  return Array.isArray(entries) ? entries.filter(isObject) : []
}

function owns(manager: JsonObject, place: Place): boolean {
  let owned = manager['fieldsV1']
  for (const token of place) owned = child(owned, managedField(token))
  return owned !== undefined
}

/** `f:` and the name of a field. V8 takes longer to look up a newly built key than one that it has seen. */
export function managedField(name: Token): string {
  let field = managedFields.get(name)
  if (field === undefined) {
    field = `f:${name}`
    if (managedFields.size >= mostManagedFields) managedFields.clear()
    managedFields.set(name, field)
  }
  return field
}

const managedFields = new Map<Token, string>()
/** Places are asked for by policies, and by records, which anyone may write. */
const mostManagedFields = 1000

/** Whether a manager's fields come of applying a manifest. A client-side apply is an Update; its annotation shows what it sent. */
function isApply(manager: JsonObject, applied: boolean | undefined): boolean {
  return (
    manager['operation'] === 'Apply' || (applied !== undefined && manager['manager'] === 'kubectl-client-side-apply')
  )
}
