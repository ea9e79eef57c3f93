import { setTimeout as pause } from 'node:timers/promises'
import { CompanionMetrics } from '../companion/metrics.ts'
import { type Config, loadConfig } from '../config.ts'
import { controllerFlags } from '../config/controller-flags.ts'
import { validateController } from '../config/validate.ts'
import { injectEnabled, injectKey, modeKey } from '../engine/api.ts'
import { policies } from '../policies/index.ts'
import { buildHealthApp } from '../server/health.ts'
import { ServerState } from '../server/state.ts'
import type { Source } from '../inventory/source.ts'
import type { RunCommand } from './command.ts'
import { gaugeExemptions } from './controller/exemptions.ts'
import { joinElection } from './controller/leader.ts'
import { gaugeNamespaces } from './controller/namespaces.ts'
import { Page } from './controller/page.ts'
import { ScanMetrics } from './controller/scan-metrics.ts'
import { type Cluster, followCluster } from './process/cluster.ts'
import { flagLines, parseCommandFlags } from './process/command-flags.ts'
import { inventoryOptions, exemptionContext } from './process/companions.ts'
import { anyAddress, listen } from './process/listen.ts'
import type { Log } from './process/log.ts'
import { runProcess, StartFailure } from './process/run-process.ts'
import { gaugeBuild } from './process/build-metrics.ts'
import { gaugeInventory } from './process/inventory-metrics.ts'
import { gaugeStaleness } from './process/staleness.ts'

/** How long the release of the lease may take. Another takes it over anyway, some seconds later. */
const stopMs = 8000
const closeMs = 1000

/** What the controller watches of the cluster: services and nodes decide nothing about companions. */
export const controllerSources: readonly Source[] = ['namespaces', 'budgets', 'autoscalers', 'workloads']

export const run: RunCommand = async ({ args, environment }) => {
  const flags = parseCommandFlags(args, controllerFlags, help)
  if (flags === undefined) return 0
  const config = loadConfig({ policies, flags, environment, validate: validateController })
  return runProcess(config.log.level, (out) => control({ config, environment, out }))
}

interface Startup {
  config: Config
  environment: Parameters<RunCommand>[0]['environment']
  out: Log
}

/** Follows the cluster, and leads whenever it may, until a signal ends it. */
async function control(startup: Startup): Promise<void> {
  const { config, out } = startup
  const { server, certificates } = config
  const stop = signalled()
  const metrics = new CompanionMetrics()
  gaugeBuild(metrics.registry, 'controller')
  const cluster = await follow(startup)
  gaugeStaleness(metrics.registry, () => cluster.cache.staleness())
  gaugeInventory(metrics.registry, cluster.cache.inventory)
  gaugeExemptions(metrics.registry, {
    inventory: cluster.cache.inventory,
    context: exemptionContext(config, policies),
    rules: config,
    counting: () => metrics.leading()
  })
  gaugeNamespaces(metrics.registry, {
    namespaces: cluster.cache.inventory.namespaces,
    rules: config,
    counting: () => metrics.leading()
  })
  const leading = () => metrics.leading()
  const { leaseName, leaseNamespace } = config.controller
  const page = new Page({ policies, leading, lease: `${leaseNamespace}/${leaseName}` })
  const scans = config.scan.enabled ? { metrics: new ScanMetrics(metrics.registry, leading), page } : undefined
  const state = new ServerState([() => cluster.cache.unsynced])
  const health = buildHealthApp({
    metrics,
    state,
    ...(config.scan.enabled && config.scan.page && { page: () => page.answer() })
  })
  const address = server.healthAddress ?? server.address ?? anyAddress()
  const healthAt = await listen(health, address, server.healthPort)
  state.markReady()
  out.log.info({ health: healthAt, certificates: certificates.mode }, 'listening')
  out.flush()
  // A process that has not seen everything cannot judge; another may have.
  const synced = await Promise.race([cluster.cache.firstSync().then(() => true), stop.then(() => false)])
  const election = synced ? joinElection({ config, cluster, metrics, scans, log: out.log }) : undefined
  await stop
  state.startDraining()
  out.log.info('stopping')
  await Promise.race([election?.stop(), pause(stopMs)])
  await cluster.close()
  await Promise.race([health.close(), pause(closeMs)])
  out.log.info('stopped')
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => resolve())
  })
}

async function follow({ config, environment, out: { log } }: Startup): Promise<Cluster> {
  const cluster = await followCluster({
    log,
    environment,
    kubeconfig: config.kubeconfig,
    staleAfterSeconds: config.cluster.staleSeconds,
    sources: controllerSources,
    kept: inventoryOptions(config)
  })
  if (cluster !== undefined) return cluster
  throw new StartFailure('no API server is configured: give --kubeconfig, or run it in a pod with a service account')
}

function help(): string {
  return `Keeps a companion PodDisruptionBudget for each workload that should have one, in namespaces with the labels
${injectKey}=${injectEnabled} and ${modeKey}=warn or enforce. With certificates.mode: self-managed, the default
in a pod, it also keeps the webhook's certificates. You can run several: only the holder of the Lease writes.
Health and metrics: /livez, /readyz and /metrics over plain HTTP.

Usage: holdfast controller [flags]

Flags:
${flagLines(controllerFlags, policies)}

Every setting also has a key in the configuration file and an environment variable: server.healthPort is
HOLDFAST_SERVER_HEALTH_PORT. HOLDFAST_CONFIG names the file. A flag overrides a variable, and a variable overrides the
file. docs/configuration.md lists all settings.

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed, 2 the command line or the configuration is wrong,
130 or 143 a signal before it started.`
}
