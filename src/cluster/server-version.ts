import { type ServerVersion, serverVersionOf } from '../kube/server-version.ts'
import { isObject } from '../kube/shape.ts'
import type { Api } from './api/api.ts'

const longestAnswer = 1024 * 1024

/** Asks the API server which release it behaves as. Throws where it does not say, and after ten seconds. */
export async function readServerVersion(api: Api, signal: AbortSignal): Promise<ServerVersion> {
  const info = await api.send({ path: '/version', signal, timeoutMs: 10_000, longestAnswer })
  const version = isObject(info) ? serverVersionOf(info) : undefined
  if (version === undefined) throw new Error('the answer of /version names no release')
  return version
}
