import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Config, ConfigError, loadConfig } from '../src/config.ts'
import { parseFlags } from '../src/config/flags.ts'
import { webhookFlags } from '../src/config/webhook-flags.ts'
import { fewPolicies } from './config/policies.ts'

interface Given {
  file?: string
  flags?: readonly string[]
  environment?: Readonly<Record<string, string>>
}

function load({ flags = ['--standalone'], environment = {} }: Given): Config {
  return loadConfig({ policies: fewPolicies, flags: parseFlags(flags, webhookFlags), environment })
}

function problemsOf(given: Given): readonly string[] {
  try {
    load(given)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const folder = mkdtempSync(join(t.testdir(), 'config-'))

function inFile(text: string | Buffer): Given {
  writeFileSync(join(folder, 'holdfast.yaml'), text)
  return { flags: ['--standalone', '--config', join(folder, 'holdfast.yaml')] }
}

/** The problems of a file, with its folder taken away. */
function problemsIn(text: string | Buffer): readonly string[] {
  return problemsOf(inFile(text)).map((problem) => problem.replace(`${folder}/`, ''))
}

const defaults = {
  profile: 'standard',
  policies: new Map(),
  common: {},
  exemptions: { allowed: true, forbidden: [] },
  server: {
    port: 8443,
    healthPort: 8080,
    maxInFlight: 200,
    bodyLimitMiB: 8,
    requestTimeoutSeconds: 30,
    keepAliveSeconds: 120,
    drainSeconds: 15
  },
  tls: { reloadSeconds: 10 },
  log: { level: 'info' }
}

t.strictSame(load({}), defaults, 'with nothing said the defaults hold')
for (const text of ['', '# nothing\n', '---\n', 'null\n', '\uFEFF', '{}\n']) {
  t.strictSame(load(inFile(text)), defaults, `a file that says nothing: ${JSON.stringify(text)}`)
}

t.test('a full file', async (t) => {
  const config = load(
    inFile(`
profile: critical
serverVersion: "1.30"
policies:
  min-replicas: { severity: required, minimum: 4 }
  topology-spread: { over: zone }
  readiness-probe: { severity: off }
exemptions: { allowed: true, forbidden: [readiness-probe] }
server: { address: "::", port: 0, healthAddress: 127.0.0.1, healthPort: 0, maxInFlight: 10, bodyLimitMiB: 9 }
tls: { certificateFile: tls.crt, keyFile: tls.key, clientCaFile: ca.crt, reloadSeconds: 1 }
kubeconfig: admin.yaml
log: { level: debug }
`)
  )
  t.match(config, {
    profile: 'critical',
    serverVersion: { major: 1, minor: 30 },
    exemptions: { allowed: true, forbidden: ['readiness-probe'] },
    server: { address: '::', port: 0, healthAddress: '127.0.0.1', healthPort: 0, maxInFlight: 10, bodyLimitMiB: 9 },
    tls: { certificateFile: 'tls.crt', keyFile: 'tls.key', clientCaFile: 'ca.crt', reloadSeconds: 1 },
    kubeconfig: 'admin.yaml',
    log: { level: 'debug' }
  })
  t.strictSame(
    [...config.policies],
    [
      ['min-replicas', { severity: 'required', parameters: { minimum: 4 } }],
      ['topology-spread', { parameters: { over: 'zone' } }],
      ['readiness-probe', { severity: 'off', parameters: {} }]
    ]
  )
})

t.test('flags go before the environment, that before the file', async (t) => {
  const given = inFile('profile: critical\nserver: { port: 1000, healthPort: 1001 }\nlog: { level: warn }\n')
  const environment = { HOLDFAST_SERVER_PORT: '2000', HOLDFAST_SERVER_HEALTH_PORT: '2001', HOLDFAST_TLS_KEY_FILE: 'k' }
  const { server, log, tls } = load({ flags: [...(given.flags ?? []), '--port=3000'], environment })
  t.match({ server, log, tls }, { server: { port: 3000, healthPort: 2001 }, log: { level: 'warn' }, tls: { keyFile: 'k' } })
})

t.test('the environment', async (t) => {
  const environment = {
    HOLDFAST_CONFIG: inFile('profile: baseline\n').flags?.[2] ?? '',
    HOLDFAST_EXEMPTIONS_FORBIDDEN: 'min-replicas, readiness-probe',
    HOLDFAST_EXEMPTIONS_ALLOWED: 'false',
    HOLDFAST_POLICIES_MIN_REPLICAS_MINIMUM: '5',
    HOLDFAST_POLICIES_TOPOLOGY_SPREAD_SEVERITY: 'off',
    HOLDFAST_SERVER_BODY_LIMIT_MIB: '16',
    HOLDFAST_KUBECONFIG: '',
    PATH: '/bin'
  }
  const config = load({ environment })
  t.match(config, {
    profile: 'baseline',
    exemptions: { allowed: false, forbidden: ['min-replicas', 'readiness-probe'] },
    server: { bodyLimitMiB: 16 }
  })
  t.strictSame(config.policies.get('min-replicas'), { parameters: { minimum: 5 } })
  t.strictSame(config.policies.get('topology-spread'), { severity: 'off', parameters: {} })
  t.notOk(Object.hasOwn(config, 'kubeconfig'), 'an empty variable is not set')
})
