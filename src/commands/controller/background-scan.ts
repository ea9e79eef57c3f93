import { reportObject, type Scope } from '../../report/report-object.ts'
import type { Result } from '../../report/report.ts'
import type { Log } from '../process/log.ts'
import type { ReportCounts } from './report-keeper.ts'
import type { KeptReports, Reports } from './reports.ts'
import { FindingCounts, type ScanMetrics } from './scan-metrics.ts'

/** An object of the cluster, judged. */
export interface ScannedObject {
  scope: Scope
  results: readonly Result[]
}

/**
 * Judges every object of the namespaces that have opted in, and calls back for each. Returns why it did not see everything, a reason for
 * each kind that it could not list.
 */
export type ScanCluster = (visit: (object: ScannedObject) => void, signal: AbortSignal) => Promise<readonly string[]>

export interface BackgroundScanOptions {
  scan: ScanCluster
  reports: Pick<Reports, 'kept' | 'removeOthers'>
  metrics: Pick<ScanMetrics, 'scanned' | 'failed'>
  /** The first scan comes after a tenth of it. */
  intervalMs: number
  /** Of two controllers, and of many clusters, none scan in step: an interval is up to a fifth longer or shorter. */
  random: () => number
  /** By the clock of the machine, in milliseconds. */
  now: () => number
  /** Ends early, without an error, once the signal is given. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>
  log: Pick<Log['log'], 'info' | 'warn'>
}

/** Scans the cluster again and again, until the signal is given. A scan that fails is the next one's to make good. */
export async function scanInBackground(options: BackgroundScanOptions, signal: AbortSignal): Promise<void> {
  const { intervalMs, random, pause, metrics, log } = options
  const interval = () => intervalMs * (0.8 + 0.4 * random())
  await pause(interval() / 10, signal)
  while (!signal.aborted) {
    try {
      await scanOnce(options, signal)
    } catch (err) {
      if (signal.aborted) return
      metrics.failed()
      log.warn({ err }, 'the background scan failed')
    }
    await pause(interval(), signal)
  }
}

async function scanOnce(
  { scan, reports, metrics, now, log }: BackgroundScanOptions,
  signal: AbortSignal
): Promise<void> {
  const began = now()
  const kept = await reports.kept()
  const findings = new FindingCounts()
  let objects = 0
  let problems: readonly string[] = []
  const each: Each = async (offer) => {
    problems = await scan((scanned) => {
      objects++
      for (const result of scanned.results) findings.add(result)
      offer(scanned)
    }, signal)
    return problems.length === 0
  }
  const written = kept === undefined ? await scanAlone(each) : await report(each, kept, { now, signal })
  const others = await reports.removeOthers(signal)
  const counts = { ...written, removed: written.removed + others.removed, failed: written.failed + others.failed }
  const endedAt = now()
  const seconds = (endedAt - began) / 1000
  const isWhole = problems.length === 0
  metrics.scanned({ findings, endedAt, seconds, isWhole, reports: counts })
  const said = { objects, seconds, reports: counts }
  if (isWhole) log.info(said, 'scanned')
  else log.warn({ ...said, problems }, 'scanned, but not everything')
}

/** Shows each object, and returns whether it saw everything. */
type Each = (offer: (scanned: ScannedObject) => void) => Promise<boolean>

async function scanAlone(each: Each): Promise<ReportCounts> {
  await each(() => {})
  return { written: 0, removed: 0, unchanged: 0, failed: 0 }
}

function report(
  each: Each,
  { kind, keeper }: KeptReports,
  { now, signal }: { now: () => number; signal: AbortSignal }
): Promise<ReportCounts> {
  return keeper.scan((offer) => {
    return each(({ scope, results }) => {
      const object = reportObject(kind, scope, results, Math.floor(now() / 1000))
      if (object !== undefined) offer(object)
    })
  }, signal)
}
