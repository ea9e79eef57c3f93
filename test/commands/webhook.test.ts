import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { post } from './fetch.ts'
import { holdfast, listening, start, until } from './process.ts'

const root = join(import.meta.dirname, '../..')
const review = readFileSync(join(root, 'docs/examples/deployment-review.json'), 'utf8')
const alone = ['webhook', '--standalone', '--port', '0', '--health-port', '0']

interface Response {
  allowed: boolean
  patch?: string
  status?: { code: number; message: string }
}

async function ask(authority: string, path: string): Promise<Response> {
  const { status, body } = await post(`https://${authority}${path}`, review)
  if (status !== 200) throw new Error(`${status}: ${body}`)
  return (JSON.parse(body) as { response: Response }).response
}

function operations({ patch = '' }: Response): { op: string; path: string; value: unknown }[] {
  return JSON.parse(Buffer.from(patch, 'base64').toString()) as ReturnType<typeof operations>
}

void t.test('standalone it serves, patches, judges, greets and ends', async (test) => {
  const run = start(test, alone)
  const { reviews, health } = await listening(run)
  test.match(reviews, /^127\.0\.0\.1:\d+$/)
  test.equal(await (await fetch(`http://${health}/readyz`)).text(), 'ok')
  const paths = new Set(operations(await ask(reviews, '/mutate?timeout=10s')).map(({ path }) => path))
  test.ok(paths.has('/spec/template/spec/containers/0/readinessProbe'))
  test.ok(paths.has('/spec/template/spec/containers/0/lifecycle'), 'a current API server is assumed')
  test.match(await ask(reviews, '/validate/enforce'), { allowed: false, status: { message: /\[readiness-probe\]/ } })
  const curl = `curl -sSk https://${reviews}/mutate -H 'content-type: application/json' -d @docs/examples/deployment-review.json`
  await until(() => (run.stderr().includes(curl) ? true : undefined), 'the greeting')
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  test.ok(readme.includes(curl.replace(reviews, '127.0.0.1:8443')), 'README says the same')
  const stopped = performance.now()
  run.kill('SIGTERM')
  test.equal(await run.exited, 0)
  test.ok(performance.now() - stopped < 3000, 'at once')
  test.strictSame(
    run.lines().map(({ level, msg }) => [level, msg]),
    [
      ['info', 'listening'],
      ['info', 'decision'],
      ['info', 'decision'],
      ['info', 'draining'],
      ['info', 'drained']
    ]
  )
})

void t.test('SIGINT ends it as well', async (test) => {
  const run = start(test, alone)
  await listening(run)
  run.kill('SIGINT')
  test.equal(await run.exited, 0)
})

void t.test('it goes on when nobody reads its logs any more', async (test) => {
  const run = start(test, alone)
  const { reviews } = await listening(run)
  run.closeStdout()
  for (let calls = 0; calls < 50; calls += 1) await ask(reviews, '/mutate')
  test.ok((await ask(reviews, '/mutate')).allowed)
  run.kill('SIGTERM')
  test.equal(await run.exited, 0)
})

void t.test('the configuration is what it judges by', async (test) => {
  const file = join(test.testdir({ 'holdfast.yaml': 'policies: { topology-spread: { severity: "off" } }\n' }))
  const environment = { HOLDFAST_CONFIG: join(file, 'holdfast.yaml'), HOLDFAST_LOG_LEVEL: 'warn' }
  const service = {
    HOLDFAST_SERVICE_HOST: '10.0.0.1',
    HOLDFAST_SERVICE_PORT: '443',
    HOLDFAST_PORT: 'tcp://10.0.0.1:443'
  }
  const run = start(test, [...alone, '--server-version', '1.29', '--log-level', 'info'], { ...environment, ...service })
  const { reviews } = await listening(run)
  const paths = operations(await ask(reviews, '/mutate')).map(({ path }) => path)
  test.notMatch(paths.join(), /topologySpreadConstraints|lifecycle/)
  test.match(paths.join(), /readinessProbe/)
})

void t.test('a port in use is said in one line', async (test) => {
  const taken = createServer().listen(0, '127.0.0.1')
  test.teardown(() => taken.close())
  await until(() => taken.address() ?? undefined, 'a port')
  const port = String((taken.address() as AddressInfo).port)
  const message = `holdfast: cannot listen on 127.0.0.1:${port}: the port is in use\n`
  const reviews = holdfast(['webhook', '--standalone', '--port', port, '--health-port', '0'])
  test.match(reviews, { status: 1, stderr: message })
  const health = holdfast(['webhook', '--standalone', '--port', '0', '--health-port', port])
  test.match(health, { status: 1, stderr: message })
})
