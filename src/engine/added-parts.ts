import { isObject } from '../kube/shape.ts'

/** A value that was added to an object, and its place below the spec. */
export interface AddedValue {
  at: string
  value: unknown
}

/**
 * What was added to an object, in the words of its manifest, and in the same order whatever that of the values: `readinessProbe`,
 * `preStop in 2 containers`, `terminationGracePeriodSeconds: 40`, `2 spread constraints`.
 */
export function addedParts(values: readonly AddedValue[]): string[] {
  const texts: string[] = []
  for (const part of parts) {
    const text = textOf(part, values)
    if (text !== undefined) texts.push(text)
  }
  return texts
}

/** The same of the record that an object has in its annotation. Anyone may write that: of what is no record it says nothing. */
export function recordedParts(record: string): string[] {
  if (record.length > longestRecord) return []
  try {
    const parsed: unknown = JSON.parse(record)
    return Array.isArray(parsed) ? addedParts(parsed.filter(isAddedValue)) : []
  } catch {
    return [] // not JSON: somebody else's text
  }
}

/** As much as a record ever has. */
const longestRecord = 16 * 1024

interface Part {
  isPlace: (at: string) => boolean
  name: (own: Own) => string
}

/** The values in the places of one part: how many there are, how many items they have (what is no list counts as one), and the first value. */
interface Own {
  places: number
  items: number
  first: unknown
}

/** Every place that a policy adds to. */
const parts: readonly Part[] = [
  { isPlace: endsIn('.readinessProbe'), name: perContainer('readinessProbe') },
  { isPlace: endsIn('.lifecycle.preStop'), name: perContainer('preStop') },
  { isPlace: equals('terminationGracePeriodSeconds'), name: withValue('terminationGracePeriodSeconds') },
  { isPlace: equals('topologySpreadConstraints'), name: counted('spread constraint') },
  { isPlace: equals('tolerations'), name: counted('toleration') },
  { isPlace: equals('unhealthyPodEvictionPolicy'), name: withValue('unhealthyPodEvictionPolicy') }
]

/** Undefined if none of the values is in such a place. */
function textOf({ isPlace, name }: Part, values: readonly AddedValue[]): string | undefined {
  let places = 0
  let items = 0
  let first: unknown
  for (const { at, value } of values) {
    if (!isPlace(at)) continue
    if (places === 0) first = value
    places++
    items += Array.isArray(value) ? value.length : 1
  }
  return places === 0 ? undefined : name({ places, items, first })
}

function endsIn(end: string): Part['isPlace'] {
  return (at) => at.endsWith(end)
}

function equals(place: string): Part['isPlace'] {
  return (at) => at === place
}

function perContainer(field: string): Part['name'] {
  return ({ places }) => (places === 1 ? field : `${field} in ${places} containers`)
}

/** Where the value is none that we add, the field stands alone. */
function withValue(field: string): Part['name'] {
  return ({ first }) => {
    const isOurs = Number.isSafeInteger(first) || first === 'AlwaysAllow'
    return isOurs ? `${field}: ${String(first)}` : field
  }
}

function counted(item: string): Part['name'] {
  return ({ items }) => `${items} ${item}${items === 1 ? '' : 's'}`
}

function isAddedValue(entry: unknown): entry is AddedValue {
  return isObject(entry) && typeof entry['at'] === 'string'
}
