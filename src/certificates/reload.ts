import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { clockSkewMs } from './keyring.ts'

/** Where the serving certificate is. `clientCaFile`: whose clients alone are served. */
export interface PairFiles {
  certificateFile: string
  keyFile: string
  clientCaFile?: string | undefined
}

/** PEM texts that belong together. */
export interface Pair {
  cert: string
  key: string
  ca?: string
  notBefore: Date
  notAfter: Date
}

export interface WatchOptions extends PairFiles {
  /** What is served now; only something else is news. */
  current: Pair
  intervalMs: number
  onLoaded(pair: Pair): void
  /** The old pair stays in service. Called once for the same bad files. */
  onRefused(error: Error): void
}

const block = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/gu

type Texts = Pick<Pair, 'cert' | 'key' | 'ca'>

/** Reads and checks the files. Throws an error that names the file and what is wrong with it. */
export function readPair(files: PairFiles): Pair {
  return checkPair(readTexts(files), files)
}

function readTexts({ certificateFile, keyFile, clientCaFile }: PairFiles): Texts {
  const texts = { cert: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  return clientCaFile === undefined ? texts : { ...texts, ca: readFileSync(clientCaFile, 'utf8') }
}

function checkPair(texts: Texts, { certificateFile, keyFile, clientCaFile }: PairFiles): Pair {
  const leaf = parseCertificates(texts.cert, certificateFile)
  const key = attempt(`${keyFile}: no private key in PEM`, () => createPrivateKey(texts.key))
  if (!leaf.checkPrivateKey(key)) throw new Error(`${keyFile}: not the key of the certificate in ${certificateFile}`)
  const notAfter = leaf.validToDate
  if (notAfter.getTime() <= Date.now()) throw new Error(`${certificateFile}: expired at ${notAfter.toISOString()}`)
  const notBefore = leaf.validFromDate.getTime() - clockSkewMs
  if (notBefore > Date.now())
    throw new Error(`${certificateFile}: not valid before ${leaf.validFromDate.toISOString()}`)
  if (texts.ca !== undefined) parseCertificates(texts.ca, clientCaFile ?? '')
  // What OpenSSL alone refuses, such as a key that is too short.
  attempt(`${certificateFile}: not fit for serving`, () => createSecureContext(texts))
  return { ...texts, notBefore: leaf.validFromDate, notAfter }
}

/** Reads every certificate, since a broken one further down shows only in some clients; returns the first, which is the server's. */
function parseCertificates(text: string, file: string): X509Certificate {
  const [leaf] = (text.match(block) ?? []).map((pem) =>
    attempt(`${file}: not a certificate`, () => new X509Certificate(pem))
  )
  if (leaf === undefined) throw new Error(`${file}: no certificate in PEM`)
  return leaf
}

function attempt<T>(problem: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    throw new Error(problem, { cause })
  }
}

/**
 * Watches by reading. A Secret volume swaps a symlink of its directory, after which fs.watch on a file is blind. A change is judged
 * when it looks the same twice, since the files may be caught between the old and the new: so it takes up to two intervals.
 * Reads are synchronous: three small files in memory.
 */
export function watchPair(options: WatchOptions): { stop(): void } {
  let served = digest(options.current)
  let seen = served
  let refused: string | undefined
  function poll(): void {
    const found = readFiles(options)
    const settled = found.digest === seen
    seen = found.digest
    if (!settled || found.digest === served || found.digest === refused) return
    try {
      options.onLoaded(found.load())
      served = found.digest
      refused = undefined
    } catch (error) {
      refused = found.digest
      options.onRefused(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const timer = setInterval(poll, options.intervalMs).unref()
  return { stop: () => clearInterval(timer) }
}

function digest({ cert, key, ca }: Texts): string {
  return [cert, key, ca].join('\n')
}

/** What the files hold now, or the error that reading them gave: both are compared with what was there before. */
function readFiles(files: PairFiles): { digest: string; load(): Pair } {
  try {
    const texts = readTexts(files)
    return { digest: digest(texts), load: () => checkPair(texts, files) }
  } catch (error) {
    return {
      digest: String(error),
      load: () => {
        throw error
      }
    }
  }
}
