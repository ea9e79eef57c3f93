import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerVersion, serverVersionOf } from '../kube/server-version.ts'
import { isObject } from '../kube/shape.ts'
import { getJson, type KubeConfig } from './client.ts'

const requestTimeoutMs = 10_000

/** Asks the API server which release it behaves as. Throws where it does not say, and after ten seconds. */
export async function readServerVersion(kubeConfig: KubeConfig, signal: AbortSignal): Promise<ServerVersion> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)])
  const info = await getJson(kubeConfig, '/version', limit)
  const version = isObject(info) ? serverVersionOf(info) : undefined
  if (version === undefined) throw new Error('the answer of /version names no release')
  return version
}

export interface Retry {
  signal: AbortSignal
  onFailure: (error: unknown, nextMs: number) => void
  firstMs?: number
  longestMs?: number
}

/** Tries until it works, waiting longer each time, with a jitter, so that replicas do not ask in step. Undefined once aborted. */
export async function retry<T>(attempt: () => Promise<T>, options: Retry): Promise<T | undefined> {
  const { signal, onFailure, firstMs = 1000, longestMs = 60_000 } = options
  for (let waitMs = firstMs; !signal.aborted; waitMs = Math.min(waitMs * 2, longestMs)) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted) return undefined
      const nextMs = Math.round(waitMs * (0.5 + Math.random() / 2))
      onFailure(error, nextMs)
      await sleep(nextMs, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}
