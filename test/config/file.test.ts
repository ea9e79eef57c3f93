import t from 'tap'
import { loaderIn } from './load.ts'

const folder = t.testdir()
const { problemsOf } = loaderIn(folder)

void t.test('what is wrong with a file is said in our words, everything at once', async (test) => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'policies: { readines-probe: {} }': ['policies.readines-probe: no such policy; did you mean readiness-probe?'],
    'policies: { helm-chart: {} }': [
      'policies.helm-chart: no such policy; expected one of min-replicas, topology-spread, readiness-probe, disruption-budget'
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
    'policies: { topology-spread: { keys: [rack, "RACK 1", 3] } }': [
      'policies.topology-spread.keys[1]: "RACK 1" is not a label key',
      'policies.topology-spread.keys[2]: 3 is not a label key; put it in quotes, because YAML reads 1.30 as 1.3'
    ],
    'policies: { topology-spread: { keys: rack } }': [
      'policies.topology-spread.keys: "rack" is not a list of at most 32 texts, each a label key'
    ],
    [`policies: { topology-spread: { keys: [${Array.from({ length: 33 }, () => 'rack').join(', ')}] } }`]: [
      'policies.topology-spread.keys: a list is not a list of at most 32 texts, each a label key'
    ],
    'policies: { min-replicas: { severity: false } }': [
      'policies.min-replicas.severity: false is not one of required, advised, off; put "off" in quotes, because some YAML parsers read it as false'
    ],
    'policies: { disruption-budget: { severity: required } }': [
      'policies.disruption-budget.severity: "required" is not one of advised, off'
    ],
    'policies: { min-replicas: required }': ['policies.min-replicas: "required" is not a mapping'],
    'policies: [min-replicas]': ['policies: a list is not a mapping'],
    'policies:': ['policies: is empty; expected a mapping'],
    'profile: critcal': ['profile: "critcal" is not one of baseline, standard, critical; did you mean critical?'],
    'profle: critical': ['profle: no such key; did you mean profile?'],
    'serverVersion: 1.30': [
      'serverVersion: 1.3 is not a Kubernetes version such as "1.33"; put it in quotes, because YAML reads 1.30 as 1.3'
    ],
    'serverVersion: newest': ['serverVersion: "newest" is not a Kubernetes version such as "1.33"'],
    'server: { prot: 1, adress: "::" }': [
      'server.prot: no such key; did you mean port?',
      'server.adress: no such key; did you mean address?'
    ],
    'server: { port: 65536, address: localhost, bodyLimitMiB: 3 }': [
      'server.address: "localhost" is not an IP address',
      'server.port: 65536 is not a whole number from 0 to 65535',
      'server.bodyLimitMiB: 3 is not a whole number from 8 to 64'
    ],
    'policyPages: https://docs.example.com/policies': [
      'policyPages: "https://docs.example.com/policies" is not a URL with {policy} in it'
    ],
    'policyPages: "javascript:{policy}"': ['policyPages: "javascript:{policy}" is not a URL with {policy} in it'],
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
    'excludedNamespaces: [Legacy, a.b]': [
      'excludedNamespaces[0]: "Legacy" is not a namespace name',
      'excludedNamespaces[1]: "a.b" is not a namespace name'
    ],
    'operators: { trusted: [system:serviceaccount:db, "system:serviceaccount:db:*", system:serviceaccounts, ""] }': [
      'operators.trusted[0]: "system:serviceaccount:db" is not a user name, such as system:serviceaccount:postgres-operator:postgres-operator',
      'operators.trusted[1]: "system:serviceaccount:db:*" is not a user name, such as system:serviceaccount:postgres-operator:postgres-operator',
      'operators.trusted[2]: "system:serviceaccounts" is not a user name, such as system:serviceaccount:postgres-operator:postgres-operator',
      'operators.trusted[3]: "" is not a user name, such as system:serviceaccount:postgres-operator:postgres-operator'
    ],
    'common: { shutdownSeconds: -1 }': ['common.shutdownSeconds: -1 is not a whole number from 0 to 3600'],
    'log: { level: verbose }': ['log.level: "verbose" is not one of trace, debug, info, warn, error, fatal'],
    '__proto__: { profile: critical }': [
      '__proto__: no such key; expected one of profile, serverVersion, policies, common, defaultMode, excludedNamespaces, exemptions, operators, policyPages, server, tls, certificates, cluster, companion, controller, repairs, scan, reports, kubeconfig, metrics, log'
    ],
    'policies: { __proto__: { severity: off } }': [
      'policies.__proto__: no such policy; expected one of min-replicas, topology-spread, readiness-probe, disruption-budget'
    ],
    'constructor: 1': [
      'constructor: no such key; expected one of profile, serverVersion, policies, common, defaultMode, excludedNamespaces, exemptions, operators, policyPages, server, tls, certificates, cluster, companion, controller, repairs, scan, reports, kubeconfig, metrics, log'
    ],
    '"a\\nb\\e[2J": 1': [
      'a?b?[2J: no such key; expected one of profile, serverVersion, policies, common, defaultMode, excludedNamespaces, exemptions, operators, policyPages, server, tls, certificates, cluster, companion, controller, repairs, scan, reports, kubeconfig, metrics, log'
    ],
    '- profile: critical': ['a list is not a mapping'],
    critical: ['"critical" is not a mapping']
  }
  for (const [text, problems] of Object.entries(cases)) {
    const expected = problems.map((problem) => `holdfast.yaml: ${problem}`)
    test.strictSame(problemsOf({ file: text }), expected, text)
  }
})

void t.test('what is not the YAML that we read', async (test) => {
  test.strictSame(problemsOf({ file: 'profile: critical\nserver: [\n' }), [
    'holdfast.yaml:3:1: Flow sequence in block collection must be sufficiently indented and end with a ]'
  ])
  test.strictSame(problemsOf({ file: 'profile: critical\nprofile: standard\n' }), ['holdfast.yaml:2:1: duplicate key'])
  test.strictSame(problemsOf({ file: 'profile: critical\n---\nprofile: standard\n' }), [
    'holdfast.yaml:2:1: more than one document'
  ])
  test.match(problemsOf({ file: 'profile: !!js/function x\n' }), [/^holdfast\.yaml:1:10: Unresolved tag/])
  test.match(problemsOf({ file: 'profile: *other\n' }), [/^holdfast\.yaml: Unresolved alias/])
  test.match(problemsOf({ file: '['.repeat(100_000) }), [/^holdfast\.yaml:1:\d+: nested too deeply/])
  test.strictSame(problemsOf({ file: `# ${'x'.repeat(1024 * 1024)}\n` }), ['holdfast.yaml: larger than 1 MiB'])
  test.strictSame(problemsOf({ file: Buffer.from([0x61, 0x3a, 0x20, 0xff]) }), ['holdfast.yaml: not UTF-8 text'])
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'] as unknown as [string, string][]) {
    bomb.push(`${to}: &${to} [${`*${from}, `.repeat(9)}]`)
  }
  test.strictSame(problemsOf({ file: bomb.join('\n') }), [
    'holdfast.yaml: Excessive alias count indicates a resource exhaustion attack'
  ])
})

void t.test('a file that cannot be read', async (test) => {
  const named = (file: string) => problemsOf({ flags: ['--standalone', '--config', file] })
  test.strictSame(named('/nowhere/holdfast.yaml'), ['/nowhere/holdfast.yaml: no such file'])
  test.strictSame(named(folder), [`${folder}: a directory, not a file`])
  test.strictSame(problemsOf({ environment: { HOLDFAST_CONFIG: '/nowhere.yaml' } }), ['/nowhere.yaml: no such file'])
})
