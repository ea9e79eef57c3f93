import { createHash } from 'node:crypto'
import type { TokenBucket } from '../../companion/token-bucket.ts'
import { contentsOf, type ReportContents, type ReportObject } from '../../report/report-object.ts'

/** A report that the API server has. */
export interface StoredReport {
  namespace: string
  name: string
  /** Undefined for one that another version wrote in a shape that cannot be read: it is written anew. */
  report: ReportContents | undefined
}

/** The reports of the cluster that are ours. All throw ApiError where the API server refuses. */
export interface ReportStore {
  /** Shows each. */
  list(visit: (report: StoredReport) => void): Promise<void>
  /** Creates it, or makes it what it should be. */
  apply(report: ReportObject): Promise<void>
  /** One that is gone is no error. */
  remove(report: { namespace: string; name: string }): Promise<void>
}

export interface ReportCounts {
  written: number
  removed: number
  unchanged: number
  /** Left for the next scan: these would be more than one scan writes. */
  postponed: number
  failed: number
}

export function noReports(): ReportCounts {
  return { written: 0, removed: 0, unchanged: 0, postponed: 0, failed: 0 }
}

export function addCounts(counts: ReportCounts, more: ReportCounts): void {
  counts.written += more.written
  counts.removed += more.removed
  counts.unchanged += more.unchanged
  counts.postponed += more.postponed
  counts.failed += more.failed
}

export interface ReportKeeperOptions {
  store: ReportStore
  bucket: TokenBucket
  /** The most reports that one scan writes or removes; the rest comes with the next. */
  mostWrites: number
  pause: (ms: number, signal: AbortSignal) => Promise<void>
  onFailure: (report: { namespace: string; name: string }, error: unknown) => void
}

interface Kept {
  namespace: string
  name: string
  digest: string
}

/** How many scans believe what was read of the reports: then what others have changed or removed is seen. */
const scansPerList = 6

/**
 * Keeps the reports of the cluster what the last scan says, and writes only what differs. Of each report it keeps a digest alone. What
 * could not be written is tried again by the next scan.
 */
export class ReportKeeper {
  readonly #options: ReportKeeperOptions
  #kept = new Map<string, Kept>()
  #scans = 0

  constructor(options: ReportKeeperOptions) {
    this.#options = options
  }

  /**
   * Takes the reports of one scan, which offers each of them and returns whether it saw everything. Then those are removed that it did
   * not offer.
   */
  async scan(
    each: (offer: (report: ReportObject) => void) => Promise<boolean>,
    signal: AbortSignal
  ): Promise<ReportCounts> {
    if (this.#scans++ % scansPerList === 0) this.#kept = await this.#load()
    const kept = this.#kept
    const counts = noReports()
    const { mostWrites } = this.#options
    const seen = new Set<string>()
    const changed: { key: string; digest: string; report: ReportObject }[] = []
    const isWhole = await each((report) => {
      const key = `${report.metadata.namespace}/${report.metadata.name}`
      const digest = digestOf(report)
      seen.add(key)
      if (kept.get(key)?.digest === digest) counts.unchanged++
      else if (changed.length < mostWrites) changed.push({ key, digest, report })
      else counts.postponed++
    })
    for (const { key, digest, report } of changed) {
      const { namespace, name } = report.metadata
      const isWritten = await this.#write(report.metadata, signal, () => this.#options.store.apply(report))
      counts[isWritten ? 'written' : 'failed']++
      if (isWritten) kept.set(key, { namespace, name, digest })
    }
    const stale = isWhole ? [...kept].filter(([key]) => !seen.has(key)) : []
    const now = stale.slice(0, mostWrites - changed.length)
    counts.postponed += stale.length - now.length
    for (const [key, report] of now) {
      const isRemoved = await this.#write(report, signal, () => this.#options.store.remove(report))
      counts[isRemoved ? 'removed' : 'failed']++
      if (isRemoved) kept.delete(key)
    }
    return counts
  }

  async #load(): Promise<Map<string, Kept>> {
    const kept = new Map<string, Kept>()
    await this.#options.store.list(({ namespace, name, report }) => {
      kept.set(`${namespace}/${name}`, { namespace, name, digest: report === undefined ? '' : digestOf(report) })
    })
    return kept
  }

  async #write(
    of: { namespace: string; name: string },
    signal: AbortSignal,
    write: () => Promise<void>
  ): Promise<boolean> {
    const { bucket, pause, onFailure } = this.#options
    while (!bucket.take()) await pause(bucket.waitMs, signal)
    signal.throwIfAborted()
    try {
      await write()
      return true
    } catch (error) {
      onFailure(of, error)
      return false
    }
  }
}

function digestOf(report: ReportContents): string {
  return createHash('sha256').update(contentsOf(report)).digest('base64')
}
