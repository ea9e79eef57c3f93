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
  exemptions: { allowed: true, forbidden: new Set() },
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

void t.test('a full file', async (test) => {
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
  test.match(config, {
    profile: 'critical',
    serverVersion: { major: 1, minor: 30 },
    exemptions: { allowed: true, forbidden: new Set(['readiness-probe']) },
    server: { address: '::', port: 0, healthAddress: '127.0.0.1', healthPort: 0, maxInFlight: 10, bodyLimitMiB: 9 },
    tls: { certificateFile: 'tls.crt', keyFile: 'tls.key', clientCaFile: 'ca.crt', reloadSeconds: 1 },
    kubeconfig: 'admin.yaml',
    log: { level: 'debug' }
  })
  test.strictSame(
    [...config.policies],
    [
      ['min-replicas', { severity: 'required', parameters: { minimum: 4 } }],
      ['topology-spread', { parameters: { over: 'zone' } }],
      ['readiness-probe', { severity: 'off', parameters: {} }]
    ]
  )
})

void t.test('flags go before the environment, that before the file', async (test) => {
  const given = inFile('profile: critical\nserver: { port: 1000, healthPort: 1001 }\nlog: { level: warn }\n')
  const environment = { HOLDFAST_SERVER_PORT: '2000', HOLDFAST_SERVER_HEALTH_PORT: '2001', HOLDFAST_TLS_KEY_FILE: 'k' }
  const { server, log, tls } = load({ flags: [...(given.flags ?? []), '--port=3000'], environment })
  test.match(
    { server, log, tls },
    { server: { port: 3000, healthPort: 2001 }, log: { level: 'warn' }, tls: { keyFile: 'k' } }
  )
})

void t.test('the environment', async (test) => {
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
  test.match(config, {
    profile: 'baseline',
    exemptions: { allowed: false, forbidden: new Set(['min-replicas', 'readiness-probe']) },
    server: { bodyLimitMiB: 16 }
  })
  test.strictSame(config.policies.get('min-replicas'), { parameters: { minimum: 5 } })
  test.strictSame(config.policies.get('topology-spread'), { severity: 'off', parameters: {} })
  test.notOk(Object.hasOwn(config, 'kubeconfig'), 'an empty variable is not set')
})

void t.test('what is wrong with a file is said in our words, everything at once', async (test) => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'policies: { readines-probe: {} }': ['policies.readines-probe: no such policy; did you mean readiness-probe?'],
    'policies: { helm-chart: {} }': [
      'policies.helm-chart: no such policy; there are min-replicas, topology-spread, readiness-probe'
    ],
    'policies: { min-replicas: { minumum: 3 } }': ['policies.min-replicas.minumum: no such key; did you mean minimum?'],
    'policies: { min-replicas: { minimum: 0 } }': [
      'policies.min-replicas.minimum: 0 is not a whole number from 1 to 100'
    ],
    'policies: { min-replicas: { minimum: 2.5 } }': [
      'policies.min-replicas.minimum: 2.5 is not a whole number from 1 to 100'
    ],
    'policies: { topology-spread: { over: zones } }': [
      'policies.topology-spread.over: "zones" is not one of node, zone; did you mean zone?'
    ],
    'policies: { min-replicas: { severity: false } }': [
      'policies.min-replicas.severity: false is not one of required, advised, off; put "off" in quotes, since some YAML readers take it for false'
    ],
    'policies: { min-replicas: required }': ['policies.min-replicas: "required" is not a mapping'],
    'policies: [min-replicas]': ['policies: a list is not a mapping'],
    'policies:': ['policies: is empty; it takes a mapping'],
    'profile: critcal': ['profile: "critcal" is not one of baseline, standard, critical; did you mean critical?'],
    'profle: critical': ['profle: no such key; did you mean profile?'],
    'serverVersion: 1.30': [
      'serverVersion: 1.3 is not a release such as "1.33"; put it in quotes, since YAML reads 1.30 as 1.3'
    ],
    'serverVersion: newest': ['serverVersion: "newest" is not a release such as "1.33"'],
    'server: { prot: 1, adress: "::" }': [
      'server.prot: no such key; did you mean port?',
      'server.adress: no such key; did you mean address?'
    ],
    'server: { port: 65536, address: localhost, bodyLimitMiB: 3 }': [
      'server.address: "localhost" is not an IP address',
      'server.port: 65536 is not a whole number from 0 to 65535',
      'server.bodyLimitMiB: 3 is not a whole number from 8 to 64'
    ],
    'server: { port: "8443" }': ['server.port: "8443" is not a whole number from 0 to 65535'],
    'tls: { keyFile: "" }': ['tls.keyFile: "" is not a path'],
    'tls: { cert: a }': ['tls.cert: no such key; did you mean certificateFile?'],
    'exemptions: { allowed: no, forbidden: [readiness-prob, 3] }': [
      'exemptions.allowed: "no" is not true or false',
      'exemptions.forbidden[0]: "readiness-prob" is not a policy id; did you mean readiness-probe?',
      'exemptions.forbidden[1]: 3 is not a policy id'
    ],
    'exemptions: { forbidden: readiness-probe }': [
      'exemptions.forbidden: "readiness-probe" is not a list of policy ids'
    ],
    'common: { shutdownSeconds: -1 }': ['common.shutdownSeconds: -1 is not a whole number from 0 to 3600'],
    'log: { level: verbose }': ['log.level: "verbose" is not one of trace, debug, info, warn, error, fatal'],
    '__proto__: { profile: critical }': [
      '__proto__: no such key; there are profile, serverVersion, policies, common, exemptions, server, tls, kubeconfig, log'
    ],
    'policies: { __proto__: { severity: off } }': [
      'policies.__proto__: no such policy; there are min-replicas, topology-spread, readiness-probe'
    ],
    'constructor: 1': [
      'constructor: no such key; there are profile, serverVersion, policies, common, exemptions, server, tls, kubeconfig, log'
    ],
    '"a\\nb\\e[2J": 1': [
      'a?b?[2J: no such key; there are profile, serverVersion, policies, common, exemptions, server, tls, kubeconfig, log'
    ],
    '- profile: critical': ['a list is not a mapping'],
    critical: ['"critical" is not a mapping']
  }
  for (const [text, problems] of Object.entries(cases)) {
    const expected = problems.map((problem) => `holdfast.yaml: ${problem}`)
    test.strictSame(problemsIn(text), expected, text)
  }
})

void t.test('what is not the YAML that we read', async (test) => {
  test.strictSame(problemsIn('profile: critical\nserver: [\n'), [
    'holdfast.yaml:3:1: Flow sequence in block collection must be sufficiently indented and end with a ]'
  ])
  test.strictSame(problemsIn('profile: critical\nprofile: standard\n'), ['holdfast.yaml:2:1: the same key twice'])
  test.strictSame(problemsIn('profile: critical\n---\nprofile: standard\n'), [
    'holdfast.yaml:2:1: more than one document'
  ])
  test.match(problemsIn('profile: !!js/function x\n'), [/^holdfast\.yaml:1:10: Unresolved tag/])
  test.match(problemsIn('profile: *other\n'), [/^holdfast\.yaml: Unresolved alias/])
  test.match(problemsIn('['.repeat(100_000)), [/^holdfast\.yaml:1:\d+: nested too deeply/])
  test.strictSame(problemsIn(`# ${'x'.repeat(1024 * 1024)}\n`), ['holdfast.yaml: larger than 1 MiB'])
  test.strictSame(problemsIn(Buffer.from([0x61, 0x3a, 0x20, 0xff])), ['holdfast.yaml: not UTF-8 text'])
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'] as unknown as [string, string][]) {
    bomb.push(`${to}: &${to} [${`*${from}, `.repeat(9)}]`)
  }
  test.strictSame(problemsIn(bomb.join('\n')), [
    'holdfast.yaml: Excessive alias count indicates a resource exhaustion attack'
  ])
})

void t.test('a file that cannot be read', async (test) => {
  const named = (file: string) => problemsOf({ flags: ['--standalone', '--config', file] })
  test.strictSame(named('/nowhere/holdfast.yaml'), ['/nowhere/holdfast.yaml: no such file'])
  test.strictSame(named(folder), [`${folder}: a directory, not a file`])
  test.strictSame(problemsOf({ environment: { HOLDFAST_CONFIG: '/nowhere.yaml' } }), ['/nowhere.yaml: no such file'])
})

void t.test('what is wrong with a variable names the variable', async (test) => {
  const environment = {
    HOLDFAST_SERVER_PORT: '84x3',
    HOLDFAST_PORT: '8443',
    HOLDFAST_SERVER_PROT: '1',
    HOLDFAST_CERTIFICATE: 'tls.crt',
    HOLDFAST_COFNIG: 'x',
    HOLDFAST_ZZZZZZZZ: '1',
    HOLDFAST_EXEMPTIONS_ALLOWED: 'yes',
    HOLDFAST_EXEMPTIONS_FORBIDDEN: 'min-replica',
    HOLDFAST_PROFILE: 'standart'
  }
  test.strictSame(problemsOf({ environment }), [
    'HOLDFAST_PORT: no such variable; did you mean HOLDFAST_SERVER_PORT?',
    'HOLDFAST_SERVER_PROT: no such variable; did you mean HOLDFAST_SERVER_PORT?',
    'HOLDFAST_CERTIFICATE: no such variable; did you mean HOLDFAST_TLS_CERTIFICATE_FILE?',
    'HOLDFAST_COFNIG: no such variable; did you mean HOLDFAST_CONFIG?',
    'HOLDFAST_ZZZZZZZZ: no such variable',
    'HOLDFAST_SERVER_PORT: "84x3" is not a whole number from 0 to 65535',
    'HOLDFAST_EXEMPTIONS_ALLOWED: "yes" is not true or false',
    'HOLDFAST_EXEMPTIONS_FORBIDDEN: "min-replica" is not a policy id; did you mean min-replicas?',
    'HOLDFAST_PROFILE: "standart" is not one of baseline, standard, critical; did you mean standard?'
  ])
})

function serviceLinks(service: string): Record<string, string> {
  return {
    [`${service}_SERVICE_HOST`]: '10.0.0.1',
    [`${service}_SERVICE_PORT`]: '443',
    [`${service}_SERVICE_PORT_HTTPS`]: '443',
    [`${service}_PORT`]: 'tcp://10.0.0.1:443',
    [`${service}_PORT_443_TCP`]: 'tcp://10.0.0.1:443',
    [`${service}_PORT_443_TCP_PROTO`]: 'tcp',
    [`${service}_PORT_443_TCP_PORT`]: '443',
    [`${service}_PORT_443_TCP_ADDR`]: '10.0.0.1'
  }
}

void t.test('variables that Kubernetes sets for Services are not ours', async (test) => {
  for (const service of ['HOLDFAST', 'HOLDFAST_WEBHOOK', 'HOLDFAST_SERVER', 'HOLDFAST_SERVER_HEALTH']) {
    test.strictSame(load({ environment: serviceLinks(service) }), defaults, service)
  }
  const environment = { ...serviceLinks('HOLDFAST_SERVER'), HOLDFAST_SERVER_PORT: '9443' }
  test.equal(load({ environment }).server.port, 9443, 'a person may still set what a Service would set')
  test.strictSame(problemsOf({ environment: { HOLDFAST_SERVICE_PORT: '9443' } }), [
    'HOLDFAST_SERVICE_PORT: no such variable; did you mean HOLDFAST_SERVER_PORT?'
  ])
})

void t.test('what is wrong with a flag names the flag', async (test) => {
  test.strictSame(problemsOf({ flags: ['--prot', '1', '--port', '--standalone=yes', '--servre-version', '1.3'] }), [
    '--prot: no such flag; did you mean --port?',
    '--port: needs a value',
    '--servre-version: no such flag; did you mean --server-version?'
  ])
  test.strictSame(problemsOf({ flags: ['--standalone=yes', '--port='] }), [
    '--standalone: takes no value',
    '--port: needs a value'
  ])
  test.strictSame(problemsOf({ flags: ['--standalone', '--port=x', '--server-version=new'] }), [
    '--server-version: "new" is not a release such as "1.33"',
    '--port: "x" is not a whole number from 0 to 65535'
  ])
})

void t.test('what is wrong only together', async (test) => {
  test.strictSame(problemsOf({ flags: [] }), [
    'tls.certificateFile: is not set; give --certificate and --key, or try Holdfast out with --standalone',
    'tls.keyFile: is not set; give --certificate and --key, or try Holdfast out with --standalone'
  ])
  test.strictSame(problemsOf({ flags: ['--standalone', '--port', '8080'] }), [
    'server.healthPort: the same as server.port'
  ])
})
