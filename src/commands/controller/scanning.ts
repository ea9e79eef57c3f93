import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Api } from '../../cluster/api/api.ts'
import { buildLeaderApi, type Leadership } from '../../cluster/election/leadership.ts'
import { EventRecorder } from '../../companion/event-recorder.ts'
import { TokenBucket } from '../../companion/token-bucket.ts'
import type { Config } from '../../config.ts'
import { policies } from '../../policies/index.ts'
import { buildCollectGarbage } from '../process/garbage.ts'
import { scanInBackground } from './background-scan.ts'
import { countEvents } from './count-events.ts'
import { FindingEvents } from './finding-events.ts'
import type { Page } from './page.ts'
import { ReportKeeper } from './report-keeper.ts'
import { buildReportStore, servedReportKind } from './report-store.ts'
import { Reports } from './reports.ts'
import type { ScanMetrics } from './scan-metrics.ts'
import { buildScanNamespaces } from './scan-namespaces.ts'

/** Events about findings come in bursts, and nobody waits for them. */
const eventRate = { perSecond: 5, burst: 50 }
/** Reports that wait to be written take some 15 MB. */
const mostWaiting = 10_000

export interface Scanning {
  config: Config
  /** For reads. */
  api: Api
  metrics: ScanMetrics
  page: Page
  /** Of this process. */
  identity: string
  log: Logger
}

/** Scans for as long as the leadership lasts. */
export async function keepScanning(scanning: Scanning, leadership: Leadership): Promise<void> {
  const { config, api, metrics, page, identity, log } = scanning
  const leaderApi = buildLeaderApi(api, leadership)
  const collectGarbage = buildCollectGarbage()
  const intervalMs = config.scan.intervalMinutes * 60_000
  const recorder = new EventRecorder({
    api: leaderApi,
    instance: identity,
    rate: eventRate,
    onResult: countEvents(metrics, log)
  })
  const events = new FindingEvents({
    record: (event) => recorder.record(event),
    onDropped: () => metrics.recorded('dropped'),
    since: Date.now()
  })
  try {
    await scanInBackground(
      {
        scan: buildScanNamespaces({ api, config, policies, collectGarbage }),
        reports: reportsOf(scanning, leaderApi, intervalMs),
        metrics,
        events: config.scan.events ? events : undefined,
        show: (report, endedAt) => page.show(report, endedAt),
        intervalMs,
        random: Math.random,
        now: Date.now,
        pause: pauseUntil,
        log
      },
      leadership.signal
    )
  } finally {
    recorder.stop()
  }
}

function reportsOf({ config, api, log }: Scanning, leaderApi: Pick<Api, 'send'>, intervalMs: number): Reports {
  const { enabled, writesPerSecond: perSecond } = config.reports
  const bucket = new TokenBucket({ perSecond, burst: perSecond }, () => performance.now())
  return new Reports({
    isEnabled: enabled,
    servedKind: () => servedReportKind(api),
    buildKeeper: (kind) =>
      new ReportKeeper({
        store: buildReportStore(kind, api, leaderApi),
        bucket,
        // Writing ends in good time for the next scan.
        mostWrites: Math.min(mostWaiting, Math.floor((perSecond * intervalMs * 0.6) / 1000)),
        pause: pauseUntil,
        onFailure: ({ namespace, name }, err) =>
          log.warn({ err, report: `${namespace}/${name}` }, 'a report was not written')
      }),
    log
  })
}

async function pauseUntil(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {})
}
