import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { readPair, watchPair } from '../../certificates/reload.ts'
import type { Config } from '../../config.ts'
import type { Metrics } from '../../server/metrics.ts'
import type { Doubt } from '../../server/state.ts'
import { swapCertificate, type Tls } from '../../server/tls.ts'
import { StartFailure } from '../process/failure.ts'

/** The certificate that is served first, and how it is kept fresh from then on. */
export interface Certificate {
  tls: Tls
  /** Why this replica is not to be called: what it serves has expired. */
  doubt: Doubt
  keepFresh(app: FastifyInstance, log: Logger): void
}

/** One for this run only, in memory. */
export async function throwawayCertificate(): Promise<Certificate> {
  const { issueServingCertificate } = await import('../../certificates/issue.ts')
  const { certificate, key } = await issueServingCertificate({
    names: ['localhost'],
    addresses: ['127.0.0.1', '::1'],
    days: 30
  })
  return { tls: { cert: certificate, key }, doubt: () => undefined, keepFresh: () => {} }
}

/** The one in the files. Throws StartFailure, which names the file, where it cannot be served. */
export function certificateFromFiles(tls: Config['tls'], metrics: Metrics): Certificate {
  const { certificateFile = '', keyFile = '', clientCaFile, reloadSeconds } = tls
  const files = { certificateFile, keyFile, clientCaFile }
  const current = readOrFail(files)
  let { notAfter } = current
  metrics.certificateServed(notAfter)
  const keepFresh = (app: FastifyInstance, log: Logger) => {
    watchPair({
      ...files,
      current,
      intervalMs: reloadSeconds * 1000,
      onLoaded(pair) {
        swapCertificate(app.server, pair)
        notAfter = pair.notAfter
        metrics.certificateServed(notAfter)
        metrics.certificateReload('loaded')
        log.info({ notAfter }, 'certificate reloaded')
      },
      onRefused(err) {
        metrics.certificateReload('refused')
        log.error({ err }, 'certificate not reloaded; the old one is still served')
      }
    })
  }
  const doubt = () => (notAfter.getTime() <= Date.now() ? 'the certificate has expired' : undefined)
  return { tls: current, doubt, keepFresh }
}

function readOrFail(files: Parameters<typeof readPair>[0]): ReturnType<typeof readPair> {
  try {
    return readPair(files)
  } catch (error) {
    throw new StartFailure(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
