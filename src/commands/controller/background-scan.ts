import { reportObject } from '../../report/report-object.ts'
import type { Report } from '../../report/report.ts'
import type { Log } from '../process/log.ts'
import type { FindingEvents } from './finding-events.ts'
import { addCounts, noReports, type ReportCounts } from './report-keeper.ts'
import type { KeptReports, Reports } from './reports.ts'
import { FindingCounts, type ScanMetrics } from './scan-metrics.ts'
import type { ScanCluster, ScannedObject } from './scanned-object.ts'

export interface BackgroundScanOptions {
  scan: ScanCluster
  reports: Pick<Reports, 'kept' | 'removeOthers'>
  metrics: Pick<ScanMetrics, 'scanned' | 'reported' | 'failed'>
  /** Undefined: no Event is recorded. */
  events: Pick<FindingEvents, 'begin'> | undefined
  /** Shows what a scan has found. */
  show: (report: Report, endedAt: number) => Promise<void>
  /** From the begin of a scan to that of the next. The first scan comes after a tenth of it. */
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
  const { intervalMs, random, now, pause, metrics, log } = options
  const interval = () => intervalMs * (0.8 + 0.4 * random())
  await pause(interval() / 10, signal)
  while (!signal.aborted) {
    const began = now()
    try {
      await scanOnce(options, signal)
    } catch (err) {
      if (signal.aborted) return
      metrics.failed()
      log.warn({ err }, 'the background scan failed')
    }
    const whole = interval()
    // The clock of a machine may be set while a scan runs.
    await pause(Math.min(whole, Math.max(0, whole - (now() - began))), signal)
  }
}

async function scanOnce(options: BackgroundScanOptions, signal: AbortSignal): Promise<void> {
  const { reports, metrics, log } = options
  const look = lookOnce(options, signal)
  const counts = noReports()
  try {
    const kept = await reports.kept()
    if (kept !== undefined) addCounts(counts, await report(look.each, kept, { now: options.now, signal }))
    addCounts(counts, await reports.removeOthers(signal))
  } catch (err) {
    if (look.hasFailed() || signal.aborted) throw err
    log.warn({ err }, 'the reports are not up to date')
  }
  // Neither metrics nor Events wait for reports, and none are missing because reports are.
  if (!look.hasBegun()) await look.each(() => {})
  metrics.reported(counts)
  if (counts.written + counts.removed + counts.postponed + counts.failed > 0) log.info({ reports: counts }, 'reported')
}

/** Shows each object, and returns whether it saw everything. */
type Each = (offer: (scanned: ScannedObject) => void) => Promise<boolean>

interface Look {
  each: Each
  hasBegun: () => boolean
  hasFailed: () => boolean
}

/** One look at the cluster. What it has found is told as soon as it ends, before any report is written. */
function lookOnce({ scan, metrics, events, show, now, log }: BackgroundScanOptions, signal: AbortSignal): Look {
  let state: 'waiting' | 'begun' | 'ended' = 'waiting'
  const each: Each = async (offer) => {
    state = 'begun'
    const began = now()
    const findings = new FindingCounts()
    const told = events?.begin(began)
    let objects = 0
    const { problems, report: shown } = await scan((scanned) => {
      objects++
      findings.add(scanned)
      told?.add(scanned)
      offer(scanned)
    }, signal)
    const endedAt = now()
    const seconds = (endedAt - began) / 1000
    const isWhole = problems.length === 0
    metrics.scanned({ findings, endedAt, seconds, isWhole })
    told?.end(isWhole)
    if (shown !== undefined) await show(shown, endedAt)
    state = 'ended'
    if (isWhole) log.info({ objects, seconds }, 'scanned')
    else log.warn({ objects, seconds, problems }, 'scanned, but not everything')
    return isWhole
  }
  return { each, hasBegun: () => state !== 'waiting', hasFailed: () => state === 'begun' }
}

function report(
  each: Each,
  { kind, keeper }: KeptReports,
  { now, signal }: { now: () => number; signal: AbortSignal }
): Promise<ReportCounts> {
  return keeper.scan((offer) => {
    return each(({ scope, mode, results }) => {
      const object = reportObject(kind, scope, {
        results,
        seconds: Math.floor(now() / 1000),
        isEnforceable: mode !== 'system'
      })
      if (object !== undefined) offer(object)
    })
  }, signal)
}
