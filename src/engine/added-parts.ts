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
  for (const { isPlace, name } of parts) {
    const own = values.filter(({ at }) => isPlace(at))
    if (own.length > 0) texts.push(name(own))
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
  name: (own: readonly AddedValue[]) => string
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

function endsIn(end: string): Part['isPlace'] {
  return (at) => at.endsWith(end)
}

function equals(place: string): Part['isPlace'] {
  return (at) => at === place
}

function perContainer(field: string): Part['name'] {
  return ({ length }) => (length === 1 ? field : `${field} in ${length} containers`)
}

/** Where the value is none that we add, the field stands alone. */
function withValue(field: string): Part['name'] {
  return ([first]) => {
    const value = first?.value
    const isOurs = Number.isSafeInteger(value) || value === 'AlwaysAllow'
    return isOurs ? `${field}: ${String(value)}` : field
  }
}

function counted(item: string): Part['name'] {
  return (own) => {
    const count = own.reduce((sum, { value }) => sum + (Array.isArray(value) ? value.length : 1), 0)
    return `${count} ${item}${count === 1 ? '' : 's'}`
  }
}

function isAddedValue(entry: unknown): entry is AddedValue {
  return isObject(entry) && typeof entry['at'] === 'string'
}
