import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { openApi } from '../../cluster/api.ts'
import type { ClusterAccess } from '../../cluster/client.ts'
import type { LoneFactSource } from '../../cluster/fact-source.ts'
import { retry } from '../../cluster/retry.ts'
import { readServerVersion } from '../../cluster/server-version.ts'
import { userAgent } from '../manifest.ts'

const firstAnswerMs = 10_000

export interface Learning extends ClusterAccess {
  source: LoneFactSource
  log: Logger
  signal: AbortSignal
}

async function learn({ source, log, signal, ...access }: Learning): Promise<void> {
  const attempt = async () => {
    const api = await openApi({ ...access, userAgent })
    if (api === undefined) return 'no cluster'
    return readServerVersion(api, signal).finally(() => api.close())
  }
  const onFailure = (err: unknown, nextMs: number) =>
    log.warn({ err, nextMs }, 'the API server did not say its version; some remedies are left out until it does')
  const version = await retry(attempt, { signal, onFailure })
  if (version === 'no cluster') log.warn('no API server to ask for its version; some remedies are left out')
  if (version === undefined || version === 'no cluster') return
  source.learnServerVersion(version)
  log.info({ serverVersion: `${version.major}.${version.minor}` }, 'server version')
}

/**
 * Asks the API server for its version until it says. Settles with the answer, at the latest after ten seconds: a replica that serves
 * before it knows would leave out what others inject, and one that never serves would be worse.
 */
export async function learnServerVersion(learning: Learning): Promise<void> {
  const answered = new AbortController()
  const learned = learn(learning).finally(() => answered.abort())
  const waited = pause(firstAnswerMs, undefined, { signal: answered.signal, ref: false }).catch(() => {})
  await Promise.race([learned, waited])
}
