import t from 'tap'
import { defaults, loaderIn } from './config/load.ts'

const { load, problemsOf } = loaderIn(t.testdir())

void t.test('with nothing said the defaults hold', async (test) => {
  test.strictSame(load({}), defaults)
  for (const file of ['', '# nothing\n', '---\n', 'null\n', '\uFEFF', '{}\n']) {
    test.strictSame(load({ file }), defaults, JSON.stringify(file))
  }
})

void t.test('a full file', async (test) => {
  const file = `
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
`
  const config = load({ file })
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
  const file = 'profile: critical\nserver: { port: 1000, healthPort: 1001 }\nlog: { level: warn }\n'
  const environment = { HOLDFAST_SERVER_PORT: '2000', HOLDFAST_SERVER_HEALTH_PORT: '2001', HOLDFAST_TLS_KEY_FILE: 'k' }
  const { server, log, tls } = load({ file, flags: ['--standalone', '--port=3000'], environment })
  test.match(
    { server, log, tls },
    { server: { port: 3000, healthPort: 2001 }, log: { level: 'warn' }, tls: { keyFile: 'k' } }
  )
})

void t.test('what is wrong only together', async (test) => {
  test.strictSame(problemsOf({ flags: [] }), [
    'tls.certificateFile: is not set; give --certificate and --key, or try Holdfast out with --standalone',
    'tls.keyFile: is not set; give --certificate and --key, or try Holdfast out with --standalone'
  ])
  test.strictSame(problemsOf({ flags: ['--standalone', '--port', '8080'] }), [
    'server.healthPort: must differ from server.port'
  ])
})
