import { maxUnavailableKey } from '../engine/api.ts'
import { percentOf } from '../kube/int-or-percent.ts'
import { annotation, type Metadata } from '../kube/metadata.ts'

const fallback = 1
const largestInteger = 2 ** 31 - 1
const longestShown = 40

/** How many pods may be unavailable at once, and what is wrong with the annotation. */
export interface MaxUnavailable {
  value: number | string
  fault?: string
}

/** Undefined for a value that allows no eviction, or that the API server refuses. */
function parse(text: string): number | string | undefined {
  const percent = percentOf(text)
  if (percent !== undefined) return percent >= 1 && percent <= 100 ? text : undefined
  if (!/^[0-9]{1,10}$/.test(text)) return undefined
  const pods = Number(text)
  return pods >= 1 && pods <= largestInteger ? pods : undefined
}

/** The value of the annotation; 1 if it is missing, or would block every drain. */
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
