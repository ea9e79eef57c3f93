import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { readPair, watchPair } from '../../certificates/reload.ts'
import type { Config } from '../../config.ts'
import type { Metrics } from '../../server/metrics.ts'
import { swapCertificate, type Tls } from '../../server/tls.ts'
import { StartFailure } from './listen.ts'

/** The certificate that is served first, and how it is kept fresh from then on. */
export interface Certificate {
  tls: Tls
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
  return { tls: { cert: certificate, key }, keepFresh: () => {} }
}

/** The one in the files. Throws StartFailure, which names the file, where it cannot be served. */
export function certificateFromFiles(tls: Config['tls'], metrics: Metrics): Certificate {
  const { certificateFile = '', keyFile = '', clientCaFile, reloadSeconds } = tls
  const files = { certificateFile, keyFile, clientCaFile }
  const current = readOrFail(files)
  metrics.certificateServed(current.notAfter)
  const keepFresh = (app: FastifyInstance, log: Logger) => {
    watchPair({
      ...files,
      current,
      intervalMs: reloadSeconds * 1000,
      onLoaded(pair) {
        swapCertificate(app.server, pair)
        metrics.certificateServed(pair.notAfter)
        metrics.certificateReload('loaded')
        log.info({ notAfter: pair.notAfter }, 'certificate reloaded')
      },
      onRefused(err) {
        metrics.certificateReload('refused')
        log.error({ err }, 'certificate not reloaded; the old one is still served')
      }
    })
  }
  return { tls: current, keepFresh }
}

function readOrFail(files: Parameters<typeof readPair>[0]): ReturnType<typeof readPair> {
  try {
    return readPair(files)
  } catch (error) {
    throw new StartFailure(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
