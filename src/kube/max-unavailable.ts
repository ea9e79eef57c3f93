import { percentOf } from './int-or-percent.ts'

export const largestMaxUnavailable = 2 ** 31 - 1

/** A `maxUnavailable` as a person writes it. Undefined for one that allows no eviction, or that the API server refuses. */
export function parseMaxUnavailable(written: number | string): number | string | undefined {
  const percent = percentOf(written)
  if (percent !== undefined) return percent >= 1 && percent <= 100 ? written : undefined
  if (!/^[0-9]{1,10}$/.test(String(written))) return undefined
  const pods = Number(written)
  return pods >= 1 && pods <= largestMaxUnavailable ? pods : undefined
}
