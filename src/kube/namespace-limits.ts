import { judgedResources, type Limit, type LimitRange, type Side } from './limit-range.ts'
import { parseQuantity } from './quantity.ts'
import { amountsIn } from './requests.ts'

/** An amount, and the LimitRange that it comes from. */
interface Bound {
  range: string
  written: string
  value: number
}

type Bounds = ReadonlyMap<string, Bound>

/** What the LimitRanges of a namespace come to together, by resource. */
export interface NamespaceLimits {
  container: { min: Bounds; max: Bounds; ratio: Bounds }
  pod: { max: Bounds }
  /** For a container without them. The value is NaN where LimitRanges differ: which of them goes first is not said anywhere. */
  limits: Bounds
  requests: Bounds
}

export function limitsOf(ranges: readonly LimitRange[]): NamespaceLimits {
  return {
    container: {
      min: merged(ranges, 'Container', 'min', most),
      max: merged(ranges, 'Container', 'max', least),
      ratio: merged(ranges, 'Container', 'ratio', least)
    },
    pod: { max: merged(ranges, 'Pod', 'max', least) },
    limits: merged(ranges, 'Container', 'limits', either),
    requests: merged(ranges, 'Container', 'requests', either)
  }
}

type Choose = (one: Bound, other: Bound) => Bound
const most: Choose = (one, other) => (other.value > one.value ? other : one)
const least: Choose = (one, other) => (other.value < one.value ? other : one)
const either: Choose = (one, other) => (other.value === one.value ? one : { ...one, value: Number.NaN })

function merged(
  ranges: readonly LimitRange[],
  type: Limit['type'],
  name: Exclude<keyof Limit, 'type'>,
  choose: Choose
): Bounds {
  const bounds = new Map<string, Bound>()
  for (const { name: range, limits } of ranges) {
    for (const limit of limits.filter((one) => one.type === type)) {
      for (const [resource, written] of Object.entries(limit[name])) {
        const bound = { range, written, value: parseQuantity(written) ?? Number.NaN }
        const before = bounds.get(resource)
        bounds.set(resource, before === undefined ? bound : choose(before, bound))
      }
    }
  }
  return bounds
}

/** Requests and limits by resource, each in its own unit. NaN is an amount that only the pod shows. */
export interface PodAmounts {
  requests: ReadonlyMap<string, number>
  limits: ReadonlyMap<string, number>
}

/**
 * The amounts that a container has in a pod: a limit is also the request where there is none (kubernetes pkg/apis/core/v1/defaults.go,
 * SetDefaults_Pod), and LimitRanges give what is still missing (plugin/pkg/admission/limitranger/admission.go).
 */
export function amountsInPod(resources: unknown, given: Pick<NamespaceLimits, 'requests' | 'limits'>): PodAmounts {
  const { requests, limits } = amountsIn(resources)
  return { requests: filled({ ...limits, ...requests }, given.requests), limits: filled(limits, given.limits) }
}

function filled(written: Readonly<Record<string, unknown>>, given: Bounds): ReadonlyMap<string, number> {
  const amounts = new Map<string, number>()
  for (const resource of judgedResources) {
    if (Object.hasOwn(written, resource)) amounts.set(resource, parseQuantity(written[resource]) ?? Number.NaN)
    else if (given.has(resource)) amounts.set(resource, given.get(resource)?.value ?? Number.NaN)
  }
  return amounts
}

/** How amounts break a LimitRange. */
export interface Breach {
  /** The name of the LimitRange. */
  range: string
  resource: string
  /** What to change. */
  in: Side
  /** `presence`: there has to be a limit. `default`: the limit that the LimitRange gives is less than the request. */
  breaks: 'min' | 'max' | 'ratio' | 'presence' | 'default'
  /** The amount as the LimitRange has it. */
  bound: string
}

/**
 * The first thing in a container for which the API server refuses its pods (kubernetes plugin/pkg/admission/limitranger/admission.go,
 * PodValidateLimitFunc; pkg/apis/core/validation/validation.go for a limit below its request).
 */
export function breachOf(amounts: PodAmounts, { container, limits }: NamespaceLimits): Breach | undefined {
  for (const resource of judgedResources) {
    const max = container.max.get(resource)
    const min = container.min.get(resource)
    const ratio = container.ratio.get(resource)
    const given = limits.get(resource)
    const request = amounts.requests.get(resource)
    const limit = amounts.limits.get(resource)
    const breach = (side: Side, breaks: Breach['breaks'], { range, written }: Bound): Breach => ({
      range,
      resource,
      in: side,
      breaks,
      bound: written
    })
    if (max !== undefined && isMore(limit, max.value)) return breach('limits', 'max', max)
    if (max !== undefined && isMore(request, max.value)) return breach('requests', 'max', max)
    if (min !== undefined && isMore(min.value, limit)) return breach('limits', 'min', min)
    if (min !== undefined && isMore(min.value, request)) return breach('requests', 'min', min)
    if (ratio !== undefined && limit === undefined) return breach('limits', 'presence', ratio)
    if (ratio !== undefined && isMore((limit ?? 0) / (request ?? 0), ratio.value))
      return breach('limits', 'ratio', ratio)
    // Where a person wrote both, the API server refuses the workload itself.
    if (given !== undefined && limit === given.value && isMore(request, limit))
      return breach('limits', 'default', given)
  }
  return undefined
}

/**
 * How the containers of a pod that run side by side, of all that it has, break a maximum for the pod. Init containers can only add to
 * what they come to.
 */
export function breachOfPod(
  running: readonly PodAmounts[],
  all: readonly PodAmounts[],
  { pod }: NamespaceLimits
): Breach | undefined {
  for (const [resource, { range, written, value }] of pod.max) {
    const breach = { range, resource, bound: written }
    if (!all.some(({ limits }) => limits.has(resource))) return { ...breach, in: 'limits', breaks: 'presence' }
    for (const side of ['limits', 'requests'] as const) {
      if (isMore(sumOf(running, side, resource), value)) return { ...breach, in: side, breaks: 'max' }
    }
  }
  return undefined
}

/** Sums and quotients of decimal fractions are not exact. */
const slack = 1 + 1e-9

/** False where one of them is not known. */
function isMore(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && one > other * slack
}

/** Of those that are known. */
function sumOf(all: readonly PodAmounts[], side: Side, resource: string): number {
  return all.reduce((sum, amounts) => sum + (amounts[side].get(resource) || 0), 0)
}
