import { setTimeout as sleep } from 'node:timers/promises'
import { Backoff, type BackoffLimits } from './backoff.ts'

export interface Retry extends Partial<BackoffLimits> {
  signal: AbortSignal
  onFailure: (error: unknown, nextMs: number) => void
}

/** Tries until it works, waiting longer each time. Undefined once aborted. */
export async function retry<T>(attempt: () => Promise<T>, options: Retry): Promise<T | undefined> {
  const { signal, onFailure, firstMs = 1000, longestMs = 60_000 } = options
  const backoff = new Backoff({ firstMs, longestMs })
  while (!signal.aborted) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted) return undefined
      const nextMs = backoff.nextMs()
      onFailure(error, nextMs)
      await sleep(nextMs, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}
