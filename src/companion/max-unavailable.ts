import { maxUnavailableKey } from '../engine/api.ts'
import { parseMaxUnavailable } from '../kube/max-unavailable.ts'
import { annotation, type Metadata } from '../kube/metadata.ts'

const longestShown = 40

/** How many pods may be unavailable at once, and what is wrong with the annotation. */
export interface MaxUnavailable {
  value: number | string
  fault?: string
}

/** The value of the annotation; the configured one if it is missing, or would block every drain. */
export function maxUnavailableOf(metadata: Metadata, configured: number | string): MaxUnavailable {
  const text = annotation(metadata, maxUnavailableKey)
  if (text === undefined) return { value: configured }
  const value = parseMaxUnavailable(text)
  if (value !== undefined) return { value }
  const shown = JSON.stringify(text.slice(0, longestShown).toWellFormed())
  return {
    value: configured,
    fault: `${maxUnavailableKey}: ${shown} is neither 1 or more nor 1% to 100%; Holdfast uses ${configured}`
  }
}
