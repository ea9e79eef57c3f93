import { setTimeout as pause } from 'node:timers/promises'
import { CompanionMetrics } from '../companion/metrics.ts'
import { type Config, loadConfig } from '../config.ts'
import { controllerFaults } from '../config/controller-faults.ts'
import { controllerFlags } from '../config/controller-flags.ts'
import { parseFlags, refusePositionals } from '../config/flags.ts'
import { policies } from '../policies/index.ts'
import { buildHealthApp } from '../server/health.ts'
import { ServerState } from '../server/state.ts'
import type { RunCommand } from './command.ts'
import { joinElection } from './controller/leader.ts'
import { controllerHelp } from './controller/help.ts'
import { versionLine } from './manifest.ts'
import { type Cluster, followCluster } from './process/cluster.ts'
import { customWorkloads } from './process/companions.ts'
import { StartFailure } from './process/failure.ts'
import { anyAddress, listen } from './process/listen.ts'
import { buildLog, exitOnUncaught, type Log } from './process/log.ts'

/** How long the lease may take to be given up. Another takes it over anyway, some seconds later. */
const stopMs = 8000
const closeMs = 1000

interface Run {
  config: Config
  environment: Parameters<RunCommand>[0]['environment']
  out: Log
}

/** Services and nodes decide nothing about companions. */
async function follow({ config, environment, out: { log } }: Run): Promise<Cluster> {
  const cluster = await followCluster({
    log,
    environment,
    kubeconfig: config.kubeconfig,
    staleAfterSeconds: config.cluster.staleSeconds,
    sorts: ['namespaces', 'budgets', 'autoscalers', 'workloads'],
    customWorkloads: customWorkloads(config)
  })
  if (cluster !== undefined) return cluster
  throw new StartFailure(
    'there is no way to an API server: give --kubeconfig, or run it in a pod with a service account'
  )
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => resolve())
  })
}

/** Follows the cluster, and leads whenever it may, until a signal ends it. */
async function control(run: Run): Promise<void> {
  const { config, out } = run
  const { server, certificates } = config
  const stop = signalled()
  const metrics = new CompanionMetrics()
  const cluster = await follow(run)
  metrics.staleness = () => cluster.cache.staleness()
  const state = new ServerState([() => cluster.cache.unsynced])
  const health = buildHealthApp({ metrics, state })
  const address = server.healthAddress ?? server.address ?? anyAddress()
  const healthAt = await listen(health, address, server.healthPort)
  state.markReady()
  out.log.info({ health: healthAt, certificates: certificates.mode }, 'listening')
  out.flush()
  // Who has not seen everything cannot judge; another may have.
  const synced = await Promise.race([cluster.cache.firstSync().then(() => true), stop.then(() => false)])
  const election = synced ? joinElection({ config, cluster, metrics, log: out.log }) : undefined
  await stop
  state.startDraining()
  out.log.info('stopping')
  await Promise.race([election?.stop(), pause(stopMs)])
  await cluster.close()
  await Promise.race([health.close(), pause(closeMs)])
  out.log.info('stopped')
}

export const run: RunCommand = async ({ args, environment }) => {
  const flags = parseFlags(args, controllerFlags)
  refusePositionals(flags)
  if (flags.values.has('help') || flags.values.has('version')) {
    console.log(flags.values.has('help') ? controllerHelp(policies) : versionLine)
    return 0
  }
  const config = loadConfig({ policies, flags, environment, faultsOf: controllerFaults })
  const out = buildLog(config.log.level)
  exitOnUncaught(out)
  try {
    await control({ config, environment, out })
    return 0
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error
    process.stderr.write(`holdfast: ${error.message}\n`)
    return 1
  } finally {
    await out.end()
  }
}
