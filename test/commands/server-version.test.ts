import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { issueServingCertificate } from '../../src/certificates/issue.ts'
import { startApiStub } from '../cluster/api-stub.ts'
import { post } from './fetch.ts'
import { listening, type Running, start, until } from './process.ts'

const review = readFileSync(join(import.meta.dirname, '../../docs/examples/deployment-review.json'), 'utf8')
const { certificate, key } = await issueServingCertificate({ names: [], addresses: ['127.0.0.1'], days: 1 })
const pair = t.testdir({ 'tls.crt': certificate, 'tls.key': key })
const unanswered = 'the API server did not say its version; some remedies are left out until it does'

function startWebhook(test: Test, environment: Readonly<Record<string, string>>, ...flags: string[]): Running {
  const files = ['--certificate', join(pair, 'tls.crt'), '--key', join(pair, 'tls.key')]
  const ports = ['--address', '127.0.0.1', '--port', '0', '--health-port', '0', '--drain-seconds', '0']
  return start(test, ['webhook', ...files, ...ports, ...flags], environment)
}

async function injectsSleep(authority: string): Promise<boolean> {
  const { body } = await post(`https://${authority}/mutate`, review)
  const { response } = JSON.parse(body) as { response: { patch: string } }
  return Buffer.from(response.patch, 'base64').toString().includes('"sleep"')
}

function messages({ lines }: Running): unknown[] {
  return lines().map(({ msg }) => msg)
}

void t.test('it asks the API server before it serves, and again where it is refused', async (test) => {
  let calls = 0
  const { kubeconfig } = await startApiStub(test, (_request, response) => {
    calls += 1
    if (calls === 1) response.writeHead(503).end()
    else response.end(JSON.stringify({ major: '1', minor: '33' }))
  })
  const run = startWebhook(test, {}, '--kubeconfig', kubeconfig)
  const { reviews } = await listening(run)
  test.strictSame(messages(run), [unanswered, 'server version', 'listening'])
  test.ok(await injectsSleep(reviews))
  run.child.kill('SIGTERM')
  test.equal(await run.exited, 0)
})

void t.test('KUBECONFIG will do, and the version is the one that the server behaves as', async (test) => {
  const { kubeconfig } = await startApiStub(test, (_request, response) => {
    response.end(JSON.stringify({ major: '1', minor: '36', emulationMajor: '1', emulationMinor: '29' }))
  })
  const run = startWebhook(test, { KUBECONFIG: kubeconfig })
  const { reviews } = await listening(run)
  test.match(run.lines()[0], { msg: 'server version', serverVersion: '1.29' })
  test.notOk(await injectsSleep(reviews))
})

void t.test('a server that says nothing holds it up for ten seconds, and is asked again', async (test) => {
  let calls = 0
  const { kubeconfig } = await startApiStub(test, (_request, response) => {
    calls += 1
    if (calls > 1) response.end(JSON.stringify({ major: '1', minor: '33' }))
  })
  const began = performance.now()
  const run = startWebhook(test, {}, '--kubeconfig', kubeconfig)
  const { reviews } = await listening(run)
  test.ok(performance.now() - began > 9000)
  test.match(await post(`https://${reviews}/mutate`, review), { status: 200 }, 'it serves, knowing or not')
  await until(() => (messages(run).includes('server version') ? true : undefined), 'the version')
  test.ok(await injectsSleep(reviews))
})

void t.test('a signal ends the wait', async (test) => {
  const asked = Promise.withResolvers<void>()
  const { kubeconfig } = await startApiStub(test, () => asked.resolve())
  const run = startWebhook(test, {}, '--kubeconfig', kubeconfig)
  await asked.promise
  const stopped = performance.now()
  run.child.kill('SIGTERM')
  test.equal(await run.exited, 0)
  test.ok(performance.now() - stopped < 3000)
  test.notOk(messages(run).includes('listening'))
})

void t.test('without a cluster, and with a version in the configuration, nobody is asked', async (test) => {
  const lone = startWebhook(test, {})
  const { reviews } = await listening(lone)
  test.strictSame(messages(lone), ['no API server to ask for its version; some remedies are left out', 'listening'])
  test.notOk(await injectsSleep(reviews))
  const told = startWebhook(test, { KUBECONFIG: '/nowhere' }, '--server-version', '1.33')
  test.ok(await injectsSleep((await listening(told)).reviews))
  test.strictSame(messages(told), ['listening'])
})

void t.test('a kubeconfig that is not there is logged, and looked for again', async (test) => {
  const run = startWebhook(test, {}, '--kubeconfig', join(pair, 'later'))
  const line = await until(() => run.lines().find(({ msg }) => msg === unanswered), 'the warning')
  test.match(line, { level: 'warn', err: { code: 'ENOENT' } })
})
