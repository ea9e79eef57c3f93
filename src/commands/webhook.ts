import type { EventEmitter } from 'node:events'
import { buildAdmit } from '../admission/admit.ts'
import type { FactSource } from '../inventory/fact-source.ts'
import { type Config, loadConfig } from '../config.ts'
import { validateWebhook } from '../config/validate.ts'
import { webhookFlags } from '../config/webhook-flags.ts'
import { buildChooseRuleset } from '../engine/profile.ts'
import { factsReadBy } from '../engine/ruleset.ts'
import { checkPolicies } from '../engine/check-policies.ts'
import { assumedServerVersion } from '../kube/server-version.ts'
import { policies } from '../policies/index.ts'
import { type AppLimits, buildApp } from '../server/app.ts'
import { Drain, drainOnSignals } from '../server/drain.ts'
import { buildHealthApp } from '../server/health.ts'
import { Metrics } from '../server/metrics.ts'
import { ServerState } from '../server/state.ts'
import type { RunCommand } from './command.ts'
import { versionLine } from './own-version.ts'
import { flagLines, parseCommandFlags } from './process/command-flags.ts'
import { companionRules, today } from './process/companions.ts'
import { anyAddress, listen } from './process/listen.ts'
import type { Log } from './process/log.ts'
import { runProcess } from './process/run-process.ts'
import { gaugeBuild } from './process/build-metrics.ts'
import { gaugeInventory } from './process/inventory-metrics.ts'
import { gaugeStaleness } from './process/staleness.ts'
import { certificateFromFiles, throwawayCertificate } from './webhook/certificate.ts'
import { type FactsInHand, factsWithoutCluster, gatherFacts } from './webhook/facts.ts'

const closeMs = 5000
// The API server opens a new connection then, so that calls come to spread over new replicas too.
const maxRequestsPerSocket = 1000

export const run: RunCommand = async ({ args, environment }) => {
  const flags = parseCommandFlags(args, webhookFlags, help)
  if (flags === undefined) return 0
  const standalone = flags.values.has('standalone')
  const validate = (given: Config) => validateWebhook(given, standalone)
  const config = loadConfig({ policies, flags, environment, validate })
  return runProcess(config.log.level, (out) => serve({ config, standalone, environment, out }))
}

export interface Startup {
  config: Config
  standalone: boolean
  environment: Parameters<RunCommand>[0]['environment']
  out: Log
}

/** What a webhook takes from its process, and how long it waits. */
export interface ServeContext {
  signals: EventEmitter
  now: () => number
  /** How long the API server may take to say its version. After that time a replica is ready without it. */
  versionMs: number
}

export const processContext: ServeContext = { signals: process, now: Date.now, versionMs: 10_000 }

/** Serves until a signal ends it. */
export async function serve(startup: Startup, context: ServeContext = processContext): Promise<void> {
  const { config, standalone, out } = startup
  const { server } = config
  const { log, logDecision } = out
  const metrics = new Metrics(config.metrics)
  gaugeBuild(metrics.registry, 'webhook')
  metrics.linesDropped = out.dropped
  const { signals, now } = context
  const certificate = standalone ? await throwawayCertificate() : await certificateFromFiles(config, metrics, now)
  const stopped = new AbortController()
  const facts = await gather(startup, context, stopped.signal)
  gaugeStaleness(metrics.registry, facts.staleness)
  if (facts.inventory !== undefined) gaugeInventory(metrics.registry, facts.inventory)
  const state = new ServerState([certificate.notReadyBecause, facts.notReadyBecause])
  const admit = admitWith(config, facts.source)
  const app = buildApp({ admit, metrics, log, logDecision, state, limits: toLimits(config), tls: certificate.tls })
  const health = buildHealthApp({ metrics, state })
  const times = standalone ? { drainMs: 0, closeMs: 0 } : { drainMs: server.drainSeconds * 1000, closeMs }
  const drain = new Drain({ app, health, state, log, ...times })
  const drained = drainOnSignals(drain, signals).finally(() => stopped.abort())
  const address = server.address ?? (standalone ? '127.0.0.1' : anyAddress())
  const healthAt = await listen(health, server.healthAddress ?? address, server.healthPort)
  // A caller that comes before there is anything to judge by is told to come back, which is better than a closed port.
  const reviewsAt = await listen(app, address, server.port)
  certificate.keepFresh(app, log)
  const at = { reviews: reviewsAt, health: healthAt }
  announceWait(startup, at, certificate.notReadyBecause() ?? facts.notReadyBecause())
  await Promise.race([Promise.all([certificate.ready, facts.ready]), drained])
  if (!state.draining) {
    state.markReady()
    announce(startup, at)
  }
  await drained
  await facts.close()
}

function gather(
  { config, standalone, environment, out: { log } }: Startup,
  { versionMs }: ServeContext,
  signal: AbortSignal
): Promise<FactsInHand> {
  const { serverVersion = assumedServerVersion } = config
  if (standalone) return Promise.resolve(factsWithoutCluster(serverVersion))
  const companions = companionRules(config, policies)
  const names = factsReadBy(policies, config.policies)
  return gatherFacts({ config, environment, log, names, companions, signal, versionMs })
}

function admitWith(config: Config, source: FactSource) {
  const { profile, policies: overrides, common, exemptions, operators, policyPages, defaultMode, repairs } = config
  checkPolicies(policies)
  const chooseRuleset = buildChooseRuleset({ policies, profile, overrides: { policies: overrides, common } })
  const { factsFor, namespaceLabels } = source
  return buildAdmit({
    policies,
    chooseRuleset,
    exemptions,
    operators,
    policyPages,
    warnsOfRepairs: repairs.warnings,
    defaultMode,
    factsFor,
    namespaceLabels,
    today
  })
}

function toLimits({ server }: Config): AppLimits {
  return {
    maxRequestsPerSocket,
    bodyBytes: server.bodyLimitMiB * 1024 * 1024,
    maxInFlight: server.maxInFlight,
    maxInFlightBytes: server.maxInFlightMiB * 1024 * 1024,
    maxConnections: server.maxConnections,
    requestTimeoutMs: server.requestTimeoutSeconds * 1000,
    keepAliveTimeoutMs: server.keepAliveSeconds * 1000
  }
}

interface Authorities {
  reviews: string
  health: string
}

function announceWait({ out }: Startup, at: Authorities, why: string | undefined): void {
  if (why === undefined) return
  out.log.info({ ...at, why }, 'not ready yet: calls are sent back')
  out.flush()
}

function announce({ config: { profile }, standalone, out }: Startup, at: Authorities): void {
  out.log.info({ ...at, profile }, 'listening')
  out.flush()
  if (standalone) process.stderr.write(standaloneGreeting(at, profile))
}

/** What to say to a person who tries it out. */
function standaloneGreeting({ reviews, health }: Authorities, profile: string): string {
  return `${versionLine}, without a cluster, profile ${profile}
  reviews  https://${reviews}
  health   http://${health}/readyz

To see what Holdfast adds to a bare Deployment (the patch is in base64):

  curl -sSk https://${reviews}/mutate -H 'content-type: application/json' -d @docs/examples/deployment-review.json

For the verdict of enforce mode, call /validate/enforce instead. The log is on standard output. Ctrl-C stops the webhook.
`
}

function help(): string {
  return `Answers the admission reviews of an API server: POST /mutate and /validate/{audit,warn,enforce,labels} over HTTPS.
Health and metrics have their own port: /livez, /readyz and /metrics over plain HTTP.

Usage: holdfast webhook --certificate <file> --key <file> [flags]
       holdfast webhook --standalone [flags]

Flags:
${flagLines(webhookFlags, policies)}

Every setting also has a key in the configuration file and an environment variable: server.port is
HOLDFAST_SERVER_PORT. HOLDFAST_CONFIG names the file. A flag overrides a variable, and a variable overrides the file.
docs/configuration.md lists all settings.

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed, 2 the command line or the configuration is wrong,
130 or 143 a signal before it started.`
}
