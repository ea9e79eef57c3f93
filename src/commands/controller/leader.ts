import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { buildClusterView } from '../../inventory/cluster-view.ts'
import { CertificateMetrics } from '../../certificates/metrics.ts'
import { type Election, startElection } from '../../cluster/election/election.ts'
import { buildLeaderApi, type Leadership } from '../../cluster/election/leadership.ts'
import type { Api } from '../../cluster/api/api.ts'
import { buildCompanionApi } from '../../companion/companion-api.ts'
import type { ObjectEvent } from '../../companion/event.ts'
import { EventRecorder } from '../../companion/event-recorder.ts'
import type { CompanionMetrics } from '../../companion/metrics.ts'
import { reconcile } from '../../companion/reconciler.ts'
import { mayHaveCompanions } from '../../engine/companion-wish.ts'
import type { Config } from '../../config.ts'
import { policies } from '../../policies/index.ts'
import type { Cluster } from '../process/cluster.ts'
import { companionRules } from '../process/companions.ts'
import { keepCertificates } from './certificates.ts'
import { countEvents } from './count-events.ts'
import type { Page } from './page.ts'
import { recordRepairs } from './repair-events.ts'
import type { ScanMetrics } from './scan-metrics.ts'
import { keepScanning } from './scanning.ts'

const longestIdentity = 128
const repairEventRate = { perSecond: 5, burst: 50 }

export interface LeaderOptions {
  config: Config
  cluster: Cluster
  metrics: CompanionMetrics
  /** What a scan leaves behind. Undefined: the cluster is not scanned. */
  scans: { metrics: ScanMetrics; page: Page } | undefined
  log: Logger
}

/** Joins the election, and does a leader's work whenever this process leads. Once it loses the lease it follows again: its cache stays warm. */
export function joinElection(options: LeaderOptions): Election {
  const { config, cluster, metrics, log } = options
  const { leaseName: name, leaseNamespace: namespace } = config.controller
  const identity = ownIdentity()
  const leader = { identity, keep: keeperOf(options) }
  const election = startElection({
    api: cluster.api,
    namespace,
    name,
    identity,
    lead: (leadership) => lead(options, leadership, leader),
    onProblem: (err) => log.warn({ err }, 'the lease cannot be acquired, or was lost')
  })
  metrics.leading = () => election.leading
  log.info({ identity, lease: `${namespace}/${name}` }, 'following')
  return election
}

/** Of this run of the process: its successor in the same pod is another. */
function ownIdentity(): string {
  const own = `_${randomUUID()}`
  return hostname().slice(0, longestIdentity - own.length) + own
}

interface Leader {
  identity: string
  /** Keeps the certificates. */
  keep: (leaderApi: Pick<Api, 'send'>, signal: AbortSignal) => Promise<void>
}

/** Does a leader's work, to its end. */
async function lead(options: LeaderOptions, leadership: Leadership, { identity, keep }: Leader): Promise<void> {
  const { config, cluster, scans, log } = options
  log.info('leading')
  try {
    await Promise.all([
      keepCompanions(options, leadership, identity),
      keep(buildLeaderApi(cluster.api, leadership), leadership.signal),
      scans !== undefined && keepScanning({ config, api: cluster.api, ...scans, identity, log }, leadership),
      tellOfRepairs(options, leadership, identity)
    ])
  } finally {
    log.info('no longer leading')
  }
}

/** Keeps companions for as long as the leadership lasts. */
async function keepCompanions(
  { config, cluster, metrics, log }: LeaderOptions,
  leadership: Leadership,
  instance: string
): Promise<void> {
  const { resyncMinutes, writesPerSecond, writesBurst, kinds, maxUnavailable, giveWaySeconds } = config.companion
  const api = buildLeaderApi(cluster.api, leadership)
  const recorder = new EventRecorder({ api, instance, onResult: countEvents(metrics, log) })
  const rules = companionRules(config, policies)
  try {
    await reconcile(
      {
        view: buildClusterView(cluster.cache.inventory, cluster.cache, (name, { labels }) =>
          mayHaveCompanions({ name, labels }, rules)
        ),
        api: buildCompanionApi(api),
        recordEvent: (event) => recorder.record(event),
        rules,
        maxUnavailable,
        giveWayMs: giveWaySeconds * 1000,
        kinds,
        rate: { perSecond: writesPerSecond, burst: writesBurst },
        resyncMs: resyncMinutes * 60_000,
        metrics,
        log
      },
      leadership.signal
    )
  } finally {
    recorder.stop()
  }
}

/** Records Events on repaired workloads for as long as the leadership lasts. However many there are, they hold up no Event about a companion. */
async function tellOfRepairs(
  { config, cluster, metrics, log }: LeaderOptions,
  leadership: Leadership,
  instance: string
): Promise<void> {
  if (!config.repairs.events) return
  const api = buildLeaderApi(cluster.api, leadership)
  const recorder = new EventRecorder({ api, instance, onResult: countEvents(metrics, log), rate: repairEventRate })
  const record = (event: ObjectEvent) => recorder.record(event)
  const stop = recordRepairs({ inventory: cluster.cache.inventory, rules: config, record })
  await ended(leadership.signal)
  stop()
  recorder.stop()
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** What keeps the certificates; nothing, where that is not for the controller to do. */
function keeperOf({ config, cluster: { api }, metrics: { registry }, log }: LeaderOptions): Leader['keep'] {
  const { certificates: settings } = config
  if (settings.mode !== 'self-managed') return async () => {}
  const metrics = new CertificateMetrics(registry)
  return (leaderApi, signal) => keepCertificates({ settings, api, leaderApi, metrics, log }, signal)
}
