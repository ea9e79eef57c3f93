import type { BackoffLimits } from '../api/backoff.ts'

/** How patient a reflector is, and how often it asks. */
export interface Timings extends BackoffLimits {
  /** How long a watch is asked to last: between the two. */
  watchSeconds: readonly [least: number, most: number]
  /**
   * A watch that says nothing for so long is closed and opened again. Bookmarks come about every minute, but only where the API server has heard
   * from etcd meanwhile: of a collection in which nothing happens it may hear every ten minutes.
   */
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
  longestMs: 20_000
}
