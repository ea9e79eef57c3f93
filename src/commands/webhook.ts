import { buildAdmit } from '../admission/admit.ts'
import type { FactSource } from '../cluster/fact-source.ts'
import { type Config, loadConfig } from '../config.ts'
import { parseFlags, refusePositionals } from '../config/flags.ts'
import { webhookFaults } from '../config/webhook-faults.ts'
import { webhookFlags } from '../config/webhook-flags.ts'
import { buildChooseRuleset } from '../engine/profile.ts'
import { buildRegistry } from '../engine/registry.ts'
import { policies } from '../policies/index.ts'
import { type AppLimits, buildApp } from '../server/app.ts'
import { Drain, drainOnSignals } from '../server/drain.ts'
import { buildHealthApp } from '../server/health.ts'
import { Metrics } from '../server/metrics.ts'
import { ServerState } from '../server/state.ts'
import type { RunCommand } from './command.ts'
import { versionLine } from './manifest.ts'
import { certificateFromFiles, throwawayCertificate } from './webhook/certificate.ts'
import { webhookHelp } from './webhook/help.ts'
import { companionRules } from './process/companions.ts'
import { StartFailure } from './process/failure.ts'
import { anyAddress, listen } from './process/listen.ts'
import { buildLog, exitOnUncaught, type Log } from './process/log.ts'
import { today } from './process/today.ts'
import { type FactsInHand, factsWithoutCluster, gatherFacts } from './webhook/facts.ts'
import { assumedServerVersion, standaloneGreeting } from './webhook/standalone.ts'

const closeMs = 5000
// The API server opens a new connection then, so that calls come to spread over new replicas too.
const maxRequestsPerSocket = 1000

interface Run {
  config: Config
  standalone: boolean
  environment: Parameters<RunCommand>[0]['environment']
  out: Log
}

function toLimits({ server }: Config): AppLimits {
  return {
    maxRequestsPerSocket,
    bodyBytes: server.bodyLimitMiB * 1024 * 1024,
    maxInFlight: server.maxInFlight,
    requestTimeoutMs: server.requestTimeoutSeconds * 1000,
    keepAliveTimeoutMs: server.keepAliveSeconds * 1000
  }
}

function admitWith({ profile, policies: overrides, common, exemptions }: Config, source: FactSource) {
  buildRegistry(policies)
  const chooseRuleset = buildChooseRuleset({ policies, profile, overrides: { policies: overrides, common } })
  const { factsFor, namespaceLabels } = source
  return buildAdmit({ policies, chooseRuleset, exemptions, factsFor, namespaceLabels, today })
}

interface Authorities {
  reviews: string
  health: string
}

function announceWait({ out }: Run, at: Authorities, why: string | undefined): void {
  if (why === undefined) return
  out.log.info({ ...at, why }, 'not ready yet: calls are sent back')
  out.flush()
}

function announce({ config: { profile }, standalone, out }: Run, at: Authorities): void {
  out.log.info({ ...at, profile }, 'listening')
  out.flush()
  if (standalone) process.stderr.write(standaloneGreeting({ ...at, profile }))
}

function gather({ config, standalone, environment, out: { log } }: Run, signal: AbortSignal): Promise<FactsInHand> {
  const { serverVersion = assumedServerVersion } = config
  if (standalone) return Promise.resolve(factsWithoutCluster(serverVersion))
  return gatherFacts({ config, environment, log, companions: companionRules(config, policies), signal })
}

/** Serves until a signal ends it. */
async function serve(run: Run): Promise<void> {
  const { config, standalone, out } = run
  const { server } = config
  const { log, logDecision } = out
  const metrics = new Metrics()
  metrics.linesDropped = out.dropped
  const certificate = standalone ? await throwawayCertificate() : await certificateFromFiles(config, metrics)
  const stopped = new AbortController()
  const facts = await gather(run, stopped.signal)
  metrics.staleness = facts.staleness
  const state = new ServerState([certificate.doubt, facts.doubt])
  const admit = admitWith(config, facts.source)
  const app = buildApp({ admit, metrics, log, logDecision, state, limits: toLimits(config), tls: certificate.tls })
  const health = buildHealthApp({ metrics, state })
  const times = standalone ? { drainMs: 0, closeMs: 0 } : { drainMs: server.drainSeconds * 1000, closeMs }
  const drain = new Drain({ app, health, state, log, ...times })
  const drained = drainOnSignals(drain).finally(() => stopped.abort())
  const address = server.address ?? (standalone ? '127.0.0.1' : anyAddress())
  const healthAt = await listen(health, server.healthAddress ?? address, server.healthPort)
  // Whoever calls before there is anything to judge by is told to come back, which is better than a closed port.
  const reviewsAt = await listen(app, address, server.port)
  certificate.keepFresh(app, log)
  const at = { reviews: reviewsAt, health: healthAt }
  announceWait(run, at, certificate.doubt() ?? facts.doubt())
  await Promise.race([Promise.all([certificate.ready, facts.ready]), drained])
  if (!state.draining) {
    state.markReady()
    announce(run, at)
  }
  await drained
  await facts.close()
}

export const run: RunCommand = async ({ args, environment }) => {
  const flags = parseFlags(args, webhookFlags)
  refusePositionals(flags)
  if (flags.values.has('help') || flags.values.has('version')) {
    console.log(flags.values.has('help') ? webhookHelp(policies) : versionLine)
    return 0
  }
  const standalone = flags.values.has('standalone')
  const config = loadConfig({ policies, flags, environment, faultsOf: (given) => webhookFaults(given, standalone) })
  const out = buildLog(config.log.level)
  exitOnUncaught(out)
  try {
    await serve({ config, standalone, environment, out })
    return 0
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error
    process.stderr.write(`holdfast: ${error.message}\n`)
    return 1
  } finally {
    await out.end()
  }
}
