import { type ReportKind, reportKinds } from '../../report/report-object.ts'
import type { Log } from '../process/log.ts'
import { addCounts, noReports, type ReportCounts, type ReportKeeper } from './report-keeper.ts'

export interface ReportsOptions {
  isEnabled: boolean
  /** The kind that the API server serves now, the preferred one first. Throws ApiError. */
  servedKind: () => Promise<ReportKind | undefined>
  buildKeeper: (kind: ReportKind) => Pick<ReportKeeper, 'scan'>
  log: Pick<Log['log'], 'warn'>
}

/** A kind in which a scan reports, and what keeps its objects. */
export interface KeptReports {
  kind: ReportKind
  keeper: Pick<ReportKeeper, 'scan'>
}

/** Decides at each scan in which kind it reports, and removes what an earlier choice has left. */
export class Reports {
  readonly #options: ReportsOptions
  #kept: KeptReports | undefined
  /** Kinds of which none of ours is left. */
  readonly #cleared = new Set<ReportKind>()
  #isMissingSaid = false
  readonly #leftSaid = new Set<ReportKind>()

  constructor(options: ReportsOptions) {
    this.#options = options
  }

  /** The kind for the next scan; undefined if reports are off, or no kind is served. Throws ApiError. */
  async kept(): Promise<KeptReports | undefined> {
    const { isEnabled, servedKind, buildKeeper, log } = this.#options
    const kind = isEnabled ? await servedKind() : undefined
    if (isEnabled && kind === undefined && !this.#isMissingSaid) {
      this.#isMissingSaid = true
      log.warn('neither reports.openreports.io nor policyreports.wgpolicyk8s.io is served: there are no reports')
    }
    if (kind === undefined) this.#kept = undefined
    else if (this.#kept?.kind !== kind) this.#kept = { kind, keeper: buildKeeper(kind) }
    return this.#kept
  }

  /**
   * Removes our reports of all kinds but the kept one: reports were switched off, or a better kind is served now. Each kind is looked
   * through until nothing of ours is left, and then no more.
   */
  async removeOthers(signal: AbortSignal): Promise<ReportCounts> {
    const counts = noReports()
    const kept = this.#kept?.kind
    if (kept !== undefined) this.#cleared.delete(kept)
    for (const kind of reportKinds) {
      if (kind === kept || this.#cleared.has(kind)) continue
      try {
        // oxlint-disable-next-line no-await-in-loop -- writes keep to one rate
        const removing = await this.#options.buildKeeper(kind).scan(async () => true, signal)
        addCounts(counts, removing)
        if (removing.postponed + removing.failed === 0) this.#cleared.add(kind)
      } catch (err) {
        signal.throwIfAborted()
        if (!this.#leftSaid.has(kind)) this.#options.log.warn({ err }, `${kind.resource} of ours may be left`)
        this.#leftSaid.add(kind)
      }
    }
    return counts
  }
}
