import { type ServerVersion, serverVersionOf } from '../kube/server-version.ts'
import { isObject } from '../kube/shape.ts'
import type { Api } from './api/api.ts'

const longestAnswer = 1024 * 1024

/** Asks the API server which release it behaves as. Throws where it does not say, and after `timeoutMs`. */
export async function readServerVersion(api: Api, signal: AbortSignal, timeoutMs = 10_000): Promise<ServerVersion> {
  const info = await api.send({ path: '/version', signal, timeoutMs, longestAnswer })
  const version = isObject(info) ? serverVersionOf(info) : undefined
  if (version === undefined) throw new Error('the answer of /version names no release')
  return version
}
