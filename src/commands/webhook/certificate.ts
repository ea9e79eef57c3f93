import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type Pair, type PairFiles, readPair, watchPair } from '../../certificates/reload.ts'
import type { Config } from '../../config.ts'
import type { Metrics } from '../../server/metrics.ts'
import type { ReadinessCheck } from '../../server/state.ts'
import { swapCertificate, type Tls } from '../../server/tls.ts'
import { StartFailure } from '../process/run-process.ts'

/** The certificate that is served first, and how it is kept fresh from then on. */
export interface Certificate {
  tls: Tls
  /** Fails while there is no certificate yet, and once it has expired. */
  notReadyBecause: ReadinessCheck
  /** Settles when there is one. */
  ready: Promise<void>
  keepFresh(app: FastifyInstance, log: Logger): void
}

async function issueThrowaway(): Promise<Tls> {
  const { issueServingCertificate } = await import('../../certificates/issue.ts')
  const { certificate, key } = await issueServingCertificate({
    names: ['localhost'],
    addresses: ['127.0.0.1', '::1'],
    days: 30
  })
  return { cert: certificate, key }
}

/** One for this run only, in memory. */
export async function throwawayCertificate(): Promise<Certificate> {
  return {
    tls: await issueThrowaway(),
    notReadyBecause: () => undefined,
    ready: Promise.resolve(),
    keepFresh: () => {}
  }
}

interface First {
  pair: Pair
  /** Why there is none of ours yet. */
  problem: string | undefined
}

/** The one in the files, from the first on. */
class FileCertificate implements Certificate {
  readonly tls: Pair
  readonly #files: PairFiles & { intervalMs: number }
  readonly #metrics: Metrics
  readonly #loaded = Promise.withResolvers<void>()
  readonly #now: () => number
  #awaited: string | undefined
  #notAfter = new Date(0)

  constructor(
    files: PairFiles & { intervalMs: number },
    { pair, problem }: First,
    metrics: Metrics,
    now: () => number
  ) {
    this.tls = pair
    this.#files = files
    this.#metrics = metrics
    this.#now = now
    this.#awaited = problem
    if (problem === undefined) this.#serves(pair)
  }

  get ready(): Promise<void> {
    return this.#loaded.promise
  }

  readonly notReadyBecause: ReadinessCheck = () => {
    if (this.#awaited !== undefined) return `waiting for the certificate: ${this.#awaited}`
    return this.#notAfter.getTime() <= this.#now() ? 'the certificate has expired' : undefined
  }

  keepFresh(app: FastifyInstance, log: Logger): void {
    const onLoaded = (pair: Pair): void => {
      swapCertificate(app.server, pair)
      this.#serves(pair)
      this.#metrics.certificateReload('loaded')
      log.info({ notAfter: pair.notAfter }, 'certificate reloaded')
    }
    watchPair({ ...this.#files, current: this.tls, onLoaded, onRefused: (error) => this.#refused(error, log) })
  }

  #serves({ notBefore, notAfter }: Pair): void {
    this.#notAfter = notAfter
    this.#awaited = undefined
    this.#metrics.certificateServed({ notBefore, notAfter })
    this.#loaded.resolve()
  }

  #refused(err: Error, log: Logger): void {
    if (this.#awaited !== undefined) {
      this.#awaited = err.message
      log.warn({ err }, 'there is no certificate yet')
      return
    }
    this.#metrics.certificateReload('refused')
    log.error({ err }, 'certificate not reloaded; the old one is still served')
  }
}

/**
 * The one in the files. Where it cannot be served, that is a StartFailure, which names the file; but where the controller or
 * cert-manager sees to the files they are waited for, with a certificate that nobody trusts meanwhile.
 */
export async function certificateFromFiles(
  { tls, certificates }: Config,
  metrics: Metrics,
  now: () => number = Date.now
): Promise<Certificate> {
  const { certificateFile = '', keyFile = '', clientCaFile, reloadSeconds } = tls
  const files = { certificateFile, keyFile, clientCaFile }
  const isAwaited = certificates.mode !== 'files'
  const first = await readFirst(files, isAwaited)
  return new FileCertificate({ ...files, intervalMs: reloadSeconds * 1000 }, first, metrics, now)
}

/** The pair in the files. Where it cannot be served: a throwaway and why, if the files are awaited; else a StartFailure. */
async function readFirst(files: PairFiles, isAwaited: boolean): Promise<First> {
  try {
    return { pair: readPair(files), problem: undefined }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (!isAwaited) throw new StartFailure(error.message, { cause: error })
    return {
      pair: { ...(await issueThrowaway()), notBefore: new Date(0), notAfter: new Date(0) },
      problem: error.message
    }
  }
}
