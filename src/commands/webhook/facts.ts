import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { buildFactSource, buildLoneFactSource, type FactSource } from '../../inventory/fact-source.ts'
import { readServerVersion, VersionKeeper } from '../../cluster/server-version.ts'
import type { Config } from '../../config.ts'
import type { Environment } from '../../config/environment.ts'
import type { CompanionRules } from '../../engine/companion-wish.ts'
import { known, unknown } from '../../inventory/fact.ts'
import { type FactName, sourcesOf } from '../../inventory/facts/index.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { ServerVersion } from '../../kube/server-version.ts'
import type { ReadinessCheck } from '../../server/state.ts'
import { type Cluster, followCluster } from '../process/cluster.ts'
import { inventoryOptions } from '../process/companions.ts'
import type { Staleness } from '../process/staleness.ts'

/** Where the facts come from, and when there are any. */
export interface FactsInHand {
  source: FactSource
  /** Fails while no call can be answered yet. */
  notReadyBecause: ReadinessCheck
  /** Settles when calls may be answered. */
  ready: Promise<void>
  staleness: Staleness
  /** What is kept of the cluster, if there is one. */
  inventory: Inventory | undefined
  close: () => Promise<void>
}

export interface FactsOptions {
  config: Config
  environment: Environment
  log: Logger
  /** The facts that are read. What no fact of these is taken from is not watched. */
  names: Iterable<FactName>
  companions: CompanionRules
  signal: AbortSignal
  /** How long the API server may take to say its version. */
  versionMs: number
}

/** Without a cluster: what the configuration says of the server's version, and nothing else. */
export function factsWithoutCluster(version: ServerVersion | undefined): FactsInHand {
  const source = buildLoneFactSource(version)
  return {
    source,
    notReadyBecause: () => undefined,
    ready: Promise.resolve(),
    staleness: () => [],
    inventory: undefined,
    close: async () => {}
  }
}

function keepVersion({ api }: Pick<Cluster, 'api'>, { log, signal, versionMs }: FactsOptions): VersionKeeper {
  const onFailure = (err: unknown, nextMs: number) =>
    log.warn({ err, nextMs }, 'the API server did not say its version; some remedies are left out until it does')
  return new VersionKeeper({ read: () => readServerVersion(api, signal, versionMs), signal, onFailure })
}

/** At the latest after `versionMs`: a replica that serves before it knows leaves out some remedies. */
async function untilSaid(versions: VersionKeeper, { log, versionMs }: FactsOptions): Promise<void> {
  const answered = new AbortController()
  const asked = versions.ask().finally(() => answered.abort())
  const waited = pause(versionMs, undefined, { signal: answered.signal, ref: false }).catch(() => {})
  await Promise.race([asked, waited])
  if (!versions.version.known) return
  const { major, minor } = versions.version.value
  log.info({ serverVersion: `${major}.${minor}` }, 'server version')
}

async function bothOf(...waits: readonly Promise<void>[]): Promise<void> {
  await Promise.all(waits)
}

/** As configured, else as the API server says it. */
function versionOf(configured: ServerVersion | undefined, versions: VersionKeeper | undefined) {
  const fixed = configured === undefined ? unknown('no cluster is configured') : known(configured)
  return () => versions?.version ?? fixed
}

/** Starts to gather the facts, from the cluster if one is configured. */
export async function gatherFacts(options: FactsOptions): Promise<FactsInHand> {
  const { config, environment, log, names, companions, signal } = options
  const { serverVersion, kubeconfig, cluster: settings } = config
  // Set only once there is a client of the API server, which also reads the lists.
  let versions: VersionKeeper | undefined
  const following = { staleAfterSeconds: settings.staleSeconds, kept: inventoryOptions(config) }
  const cluster = await followCluster({
    ...following,
    // The labels of a namespace choose its profile.
    sources: [...new Set([...sourcesOf(names), 'namespaces' as const])],
    log,
    environment,
    kubeconfig,
    onList: () => void versions?.ask()
  })
  if (cluster === undefined) {
    log.warn('no cluster is configured: facts about workloads are unknown, and some remedies are left out')
    return factsWithoutCluster(serverVersion)
  }
  const { cache } = cluster
  versions = serverVersion === undefined ? keepVersion(cluster, options) : undefined
  const source = buildFactSource({
    inventory: cache.inventory,
    readiness: cache,
    serverVersion: versionOf(serverVersion, versions),
    companions
  })
  const said = versions === undefined ? Promise.resolve() : untilSaid(versions, options)
  const ready = bothOf(said, cache.firstSync())
  signal.addEventListener('abort', () => cache.stop(), { once: true })
  return {
    source,
    notReadyBecause: () => cache.unsynced,
    ready,
    staleness: () => cache.staleness(),
    inventory: cache.inventory,
    close: cluster.close
  }
}
