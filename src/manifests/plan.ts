import { type Place, sameJson, setValueAt, type Token, toPointer, valueAt } from '../kube/json.ts'
import type { Insertion } from './insertion.ts'
import { type Source, spliceInto, spliceUnder } from './splice.ts'
import { type Refusal, spotsIn } from './spot.ts'

/** A value to add where nothing is: to a mapping by its key, or behind the last item of a list. Missing mappings on the way are added, too. */
export interface Added {
  /** The tokens that lead to the value from the root of the object. */
  place: Place
  value: unknown
}

/** What to add to one object of a file. It is added whole or not at all. */
export interface ObjectEdit {
  /** Which document of the file the object is in, and where in it: as its `Manifest` says. */
  document: number
  at: Place
  additions: readonly Added[]
}

/** A text to insert. Of several in one place the one into the deepest value comes first: that value ends before those around it. */
export interface Splice extends Insertion {
  depth: number
}

/** What an edit inserts, and what the object then is. */
export interface Spliced {
  splices: readonly Splice[]
  patched: unknown
}

/** Plans the edits of the objects of one document, whose value is given. */
export function spliceAdditions(
  source: Source,
  value: unknown
): (edit: Pick<ObjectEdit, 'at' | 'additions'>) => Spliced | Refusal {
  const spotAt = spotsIn(source.tree)
  return ({ at, additions }) => {
    const original = valueAt(value, at)
    const patched = structuredClone(original)
    const growths = growthsOf(original, additions)
    if ('why' in growths) return growths
    for (const { place, value: added } of additions) setValueAt(patched, place, added)
    const splices: Splice[] = []
    for (const { parent, tokens } of growths) {
      const spot = spotAt([...at, ...parent])
      if ('why' in spot) return inPlace(parent, spot)
      const grown = valueAt(patched, parent)
      const made =
        valueAt(original, parent) === null
          ? spliceUnder(source, spot, grown)
          : spliceInto(source, spot, new Map(tokens.map((token) => [token, valueAt(grown, [token])])))
      if ('why' in made) return inPlace(parent, made)
      const depth = at.length + parent.length
      splices.push(...made.map((insertion) => ({ ...insertion, depth })))
    }
    return { splices, patched }
  }
}

function inPlace(place: Place, { why }: Refusal): Refusal {
  return { why: `${place.length === 0 ? 'the object' : place.join('.')}: ${why}` }
}

/** What is there, and gets new keys or items; or null, and gets a value. */
interface Growth {
  parent: Place
  tokens: readonly Token[]
}

function growthsOf(original: unknown, additions: readonly Added[]): readonly Growth[] | Refusal {
  const growths = new Map<string, { parent: Place; tokens: Set<Token> }>()
  for (const { place, value } of additions) {
    let depth = 0
    while (depth < place.length && isCollection(valueAt(original, place, depth + 1))) depth++
    const present = valueAt(original, place, depth + 1)
    if (depth === place.length || (present !== undefined && present !== null)) {
      if (sameJson(valueAt(original, place), value)) continue
      return { why: `${place.slice(0, depth + 1).join('.')}: is there already` }
    }
    const parent = place.slice(0, present === null ? depth + 1 : depth)
    const pointer = toPointer(parent)
    const { tokens } = growths.get(pointer) ?? { tokens: new Set() }
    growths.set(pointer, { parent, tokens: tokens.add(place[depth] ?? '') })
  }
  return [...growths.values()].map(({ parent, tokens }) => ({ parent, tokens: [...tokens] }))
}

function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
