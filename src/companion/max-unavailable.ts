import { maxUnavailableKey } from '../engine/api.ts'
import { percentOf } from '../kube/int-or-percent.ts'
import { annotation, type Metadata } from '../kube/metadata.ts'

const fallback = 1
const largestInteger = 2 ** 31 - 1
const longestShown = 40

/** How many pods may be away at once, and what is wrong with what the workload says about it. */
export interface MaxUnavailable {
  value: number | string
  fault?: string
}

/** Undefined for what would allow no eviction, and for what the API server would refuse. */
function parse(text: string): number | string | undefined {
  const percent = percentOf(text)
  if (percent !== undefined) return percent >= 1 && percent <= 100 ? text : undefined
  if (!/^[0-9]{1,10}$/.test(text)) return undefined
  const pods = Number(text)
  return pods >= 1 && pods <= largestInteger ? pods : undefined
}

/** What the annotation asks for; 1 where there is none, or where it would block every drain. */
export function maxUnavailableOf(metadata: Metadata): MaxUnavailable {
  const text = annotation(metadata, maxUnavailableKey)
  if (text === undefined) return { value: fallback }
  const value = parse(text)
  if (value !== undefined) return { value }
  const shown = JSON.stringify(text.slice(0, longestShown).toWellFormed())
  return {
    value: fallback,
    fault: `${maxUnavailableKey}: ${shown} is neither 1 or more nor 1% to 100%; Holdfast uses 1`
  }
}
