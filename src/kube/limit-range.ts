import { parseQuantity } from './quantity.ts'
import { anything, expectShape, isObject, list, object, string } from './shape.ts'

/** The resources that are judged. LimitRanges may name others, which hardly any container states. */
export const judgedResources = ['cpu', 'memory', 'ephemeral-storage'] as const

/** Amounts of the judged resources, as they are written: `{ cpu: '500m' }`. */
export type Quantities = Readonly<Record<string, string>>

/** What a LimitRange allows each container, or the containers of each pod together, and what it gives a container. */
export interface Limit {
  type: 'Container' | 'Pod'
  min: Quantities
  max: Quantities
  /** The most that a limit may be of its request: `{ cpu: '4' }`. */
  ratio: Quantities
  /** For a container without a limit, or without a request. Empty for pods. */
  limits: Quantities
  requests: Quantities
}

/** A LimitRange, without what it says of claims. */
export interface LimitRange {
  name: string
  namespace: string
  limits: readonly Limit[]
}

const limitRange = object({
  metadata: object({ name: string, namespace: string }),
  spec: object({
    limits: list(
      object({
        type: string,
        min: anything,
        max: anything,
        default: anything,
        defaultRequest: anything,
        maxLimitRequestRatio: anything
      })
    )
  })
})

/** Throws MalformedObject, which names the field. */
export function parseLimitRange(raw: unknown): LimitRange {
  expectShape(limitRange, raw)
  const { metadata: { name = '', namespace = '' } = {}, spec: { limits = [] } = {} } = raw
  const parsed = limits.flatMap(({ type, ...given }): Limit[] => {
    const [min, max] = [quantitiesIn(given.min), quantitiesIn(given.max)]
    const ratio = quantitiesIn(given.maxLimitRequestRatio)
    if (type === 'Pod') return [{ type, min, max, ratio, limits: {}, requests: {} }]
    if (type !== 'Container') return []
    // As the API server fills them in (kubernetes pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem).
    const mostGiven = { ...max, ...quantitiesIn(given.default) }
    const requests = { ...min, ...mostGiven, ...quantitiesIn(given.defaultRequest) }
    return [{ type, min, max, ratio, limits: mostGiven, requests }]
  })
  return { name, namespace, limits: parsed }
}

function quantitiesIn(value: unknown): Quantities {
  if (!isObject(value)) return {}
  const written = judgedResources.filter((resource) => parseQuantity(value[resource]) !== undefined)
  return Object.fromEntries(written.map((resource) => [resource, String(value[resource])]))
}

/** The two amounts of a resource. */
export type Side = 'requests' | 'limits'

/** Whether a container without a request for a resource, or without a limit, gets one from LimitRanges of its namespace. */
export function isGiven(side: Side, resource: string, ranges: readonly LimitRange[]): boolean {
  return ranges.some(({ limits }) => limits.some((one) => Object.hasOwn(one[side], resource)))
}
