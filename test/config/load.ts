import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, ConfigError, loadConfig } from '../../src/config.ts'
import { parseFlags } from '../../src/config/flags.ts'
import { validateWebhook } from '../../src/config/validate.ts'
import { webhookFlags } from '../../src/config/webhook-flags.ts'
import { fewPolicies } from './policies.ts'

export interface Sources {
  /** The text of the file. */
  file?: string | Buffer
  flags?: readonly string[]
  environment?: Readonly<Record<string, string>>
}

export interface Loader {
  load: (sources: Sources) => Config
  problemsOf: (sources: Sources) => string[]
}

/** Loads configurations whose file lies in `folder`. */
export function loaderIn(folder: string): Loader {
  const path = join(folder, 'holdfast.yaml')
  const load = ({ file, flags = ['--standalone'], environment = {} }: Sources) => {
    if (file !== undefined) writeFileSync(path, file)
    const args = file === undefined ? flags : [...flags, '--config', path]
    const parsed = parseFlags(args, webhookFlags)
    const validate = (config: Config) => validateWebhook(config, parsed.values.has('standalone'))
    return loadConfig({ policies: fewPolicies, flags: parsed, environment, validate })
  }
  const problemsOf = (sources: Sources) => {
    try {
      load(sources)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return error.problems.map((problem) => problem.replace(path, 'holdfast.yaml'))
    }
    return []
  }
  return { load, problemsOf }
}

export const defaults = {
  profile: 'standard',
  policies: new Map(),
  common: {},
  excludedNamespaces: new Set(),
  exemptions: { allowed: true, forbidden: new Set() },
  operators: { trusted: new Set(), onlyTrusted: false },
  server: {
    port: 8443,
    healthPort: 8080,
    maxInFlight: 200,
    bodyLimitMiB: 24,
    maxInFlightMiB: 64,
    maxConnections: 1000,
    requestTimeoutSeconds: 10,
    keepAliveSeconds: 120,
    drainSeconds: 15
  },
  tls: { reloadSeconds: 10 },
  certificates: {
    mode: 'files',
    namespace: 'holdfast-system',
    secretName: 'holdfast-certificates',
    serviceName: 'holdfast-webhook',
    configurationName: 'holdfast',
    authoritySeconds: 31_536_000,
    servingSeconds: 7_776_000,
    overlapSeconds: 300
  },
  cluster: { staleSeconds: 180 },
  companion: {
    enabled: true,
    kinds: [
      { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' },
      { group: 'apps', version: 'v1', kind: 'StatefulSet', resource: 'statefulsets' }
    ],
    maxUnavailable: 1,
    giveWaySeconds: 600,
    resyncMinutes: 10,
    writesPerSecond: 20,
    writesBurst: 50
  },
  controller: { leaseName: 'holdfast-controller', leaseNamespace: 'holdfast-system' },
  metrics: { mostNamespaces: 200 },
  repairs: { warnings: true, events: true },
  scan: { enabled: false, namespaces: 'opted-in', intervalMinutes: 10, events: false, page: false },
  reports: { enabled: false, writesPerSecond: 10 },
  log: { level: 'info' }
}
