import { join } from 'node:path'
import t from 'tap'
import { buildConfigSchema } from '../../src/config/schema.ts'
import { settingsOf, toJsonSchema } from '../../src/config/settings.ts'
import { policies } from '../../src/policies/index.ts'
import { defaults, loaderIn } from './load.ts'

const { load, problemsOf } = loaderIn(t.testdir())

void t.test('the environment', async (test) => {
  const environment = {
    HOLDFAST_CONFIG: join(test.testdir({ 'named.yaml': 'profile: baseline\n' }), 'named.yaml'),
    HOLDFAST_EXEMPTIONS_FORBIDDEN: 'min-replicas, readiness-probe',
    HOLDFAST_EXEMPTIONS_ALLOWED: 'false',
    HOLDFAST_EXCLUDED_NAMESPACES: 'holdfast-system,legacy',
    HOLDFAST_POLICIES_MIN_REPLICAS_MINIMUM: '5',
    HOLDFAST_POLICIES_TOPOLOGY_SPREAD_SEVERITY: 'off',
    HOLDFAST_SERVER_BODY_LIMIT_MIB: '16',
    HOLDFAST_KUBECONFIG: '',
    PATH: '/bin'
  }
  const config = load({ environment })
  test.match(config, {
    profile: 'baseline',
    excludedNamespaces: new Set(['holdfast-system', 'legacy']),
    exemptions: { allowed: false, forbidden: new Set(['min-replicas', 'readiness-probe']) },
    server: { bodyLimitMiB: 16 }
  })
  test.strictSame(config.policies.get('min-replicas'), { parameters: { minimum: 5 } })
  test.strictSame(config.policies.get('topology-spread'), { severity: 'off', parameters: {} })
  test.notOk(Object.hasOwn(config, 'kubeconfig'), 'an empty variable is not set')
})

void t.test('what is wrong with a variable names the variable', async (test) => {
  const environment = {
    HOLDFAST_SERVER_PORT: '84x3',
    HOLDFAST_PORT: '8443',
    HOLDFAST_SERVER_PROT: '1',
    HOLDFAST_CERTIFICATE_FILE: 'tls.crt',
    HOLDFAST_COFNIG: 'x',
    HOLDFAST_ZZZZZZZZ: '1',
    HOLDFAST_EXEMPTIONS_ALLOWED: 'yes',
    HOLDFAST_EXEMPTIONS_FORBIDDEN: 'min-replica',
    HOLDFAST_PROFILE: 'standart'
  }
  test.strictSame(problemsOf({ environment }), [
    'HOLDFAST_PORT: no such variable; did you mean HOLDFAST_SERVER_PORT?',
    'HOLDFAST_SERVER_PROT: no such variable; did you mean HOLDFAST_SERVER_PORT?',
    'HOLDFAST_CERTIFICATE_FILE: no such variable; did you mean HOLDFAST_TLS_CERTIFICATE_FILE?',
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

void t.test('every setting has a variable of its own, which no Service can set', async (test) => {
  const variables = settingsOf(toJsonSchema(buildConfigSchema(policies))).map(({ variable }) => variable)
  test.equal(new Set(variables).size, variables.length)
  test.strictSame(
    variables.filter((variable) => !/^HOLDFAST(?:_[A-Z]+)+$/.test(variable)),
    [],
    'letters and underscores alone'
  )
  test.strictSame(
    variables.filter((variable) => /_SERVICE_(?:HOST|PORT)/.test(variable)),
    []
  )
})
