import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { buildClusterView } from '../../cluster/controller-view.ts'
import { CertificateMetrics } from '../../certificates/metrics.ts'
import { type Election, startElection } from '../../cluster/election/election.ts'
import type { Term } from '../../cluster/election/term.ts'
import type { Api } from '../../cluster/api/api.ts'
import { buildCompanionApi } from '../../companion/companion-api.ts'
import { EventWriter } from '../../companion/event-writer.ts'
import type { CompanionMetrics } from '../../companion/metrics.ts'
import { reconcile } from '../../companion/reconciler.ts'
import { buildTermApi } from '../../companion/term-api.ts'
import type { Config } from '../../config.ts'
import { policies } from '../../policies/index.ts'
import type { Cluster } from '../process/cluster.ts'
import { companionRules } from '../process/companions.ts'
import { keepCertificates } from './certificates.ts'

const longestIdentity = 128

export interface Campaign {
  config: Config
  cluster: Cluster
  metrics: CompanionMetrics
  log: Logger
}

/** Of this run of the process: its successor in the same pod is another. */
function ownIdentity(): string {
  const own = `_${randomUUID()}`
  return hostname().slice(0, longestIdentity - own.length) + own
}

/** Companions, for a term. */
async function keepCompanions(
  { config, cluster, metrics, log }: Campaign,
  term: Term,
  instance: string
): Promise<void> {
  const { resyncMinutes, writesPerSecond, writesBurst, kinds } = config.companion
  const api = buildTermApi(cluster.api, term)
  const events = new EventWriter({
    api,
    instance,
    onResult: (result, err) => {
      metrics.announced(result)
      if (err !== undefined) log.debug({ err }, 'an event was not written')
    }
  })
  try {
    await reconcile(
      {
        view: buildClusterView(cluster.cache),
        api: buildCompanionApi(api),
        announce: (announcement) => events.announce(announcement),
        rules: companionRules(config, policies),
        kinds,
        rate: { perSecond: writesPerSecond, burst: writesBurst },
        resyncMs: resyncMinutes * 60_000,
        metrics,
        log
      },
      term.signal
    )
  } finally {
    events.stop()
  }
}

/** The work of a leader, to its end. */
async function lead(running: Campaign, term: Term, { identity, keep }: Leader): Promise<void> {
  const { cluster, log } = running
  log.info('leading')
  try {
    await Promise.all([keepCompanions(running, term, identity), keep(buildTermApi(cluster.api, term), term.signal)])
  } finally {
    log.info('not leading any more')
  }
}

interface Leader {
  identity: string
  /** The certificates. */
  keep: (termApi: Pick<Api, 'send'>, signal: AbortSignal) => Promise<void>
}

/** How the certificates are kept, where that is for us to do. */
function keeperOf({ config, cluster: { api }, metrics: { registry }, log }: Campaign): Leader['keep'] {
  const { certificates: settings } = config
  if (settings.mode !== 'self-managed') return async () => {}
  const metrics = new CertificateMetrics(registry)
  return (termApi, signal) => keepCertificates({ settings, api, termApi, metrics, log }, signal)
}

/** Stands for leader, over and over, and does the work whenever it is. Whoever loses the lease follows again: the cache stays warm. */
export function campaign(running: Campaign): Election {
  const { config, cluster, metrics, log } = running
  const { leaseName: name, leaseNamespace: namespace } = config.controller
  const identity = ownIdentity()
  const leader = { identity, keep: keeperOf(running) }
  const election = startElection({
    api: cluster.api,
    namespace,
    name,
    identity,
    lead: (term) => lead(running, term, leader),
    onProblem: (err) => log.warn({ err }, 'the lease cannot be had, or was lost')
  })
  metrics.leading = () => election.leading
  log.info({ identity, lease: `${namespace}/${name}` }, 'following')
  return election
}
