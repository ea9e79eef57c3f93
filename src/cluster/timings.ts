import type { BackoffLimits } from './backoff.ts'

/** How patient a reflector is, and how often it asks. */
export interface Timings extends BackoffLimits {
  /** How long a watch is asked to last: between the two. */
  watchSeconds: readonly [least: number, most: number]
  /** A watch that says nothing for so long is dead. Bookmarks come about every minute. */
  quietMs: number
  /** A watch that lasts so long shows that all is well. */
  steadyMs: number
  /** How often an absent resource is asked for. */
  absentMs: number
}

export const defaultTimings: Timings = {
  watchSeconds: [300, 600],
  quietMs: 90_000,
  steadyMs: 10_000,
  absentMs: 60_000,
  firstMs: 1000,
  longestMs: 30_000
}
