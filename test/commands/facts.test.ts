import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { issueServingCertificate } from '../../src/certificates/issue.ts'
import { policies } from '../../src/policies/index.ts'
import { answerJson, emptyCluster, startApiStub } from '../cluster/api-stub.ts'
import { post } from './fetch.ts'
import { processContext } from '../../src/commands/webhook.ts'
import { listening, type Running, serveHere, type ServeOptions, start, until } from './process.ts'

const review = readFileSync(join(import.meta.dirname, '../../docs/examples/deployment-review.json'), 'utf8')
const { certificate, key } = await issueServingCertificate({ names: [], addresses: ['127.0.0.1'], days: 1 })
const pair = t.testdir({ 'tls.crt': certificate, 'tls.key': key })
const unanswered = 'the API server did not say its version; some remedies are left out until it does'

const files = ['--certificate', join(pair, 'tls.crt'), '--key', join(pair, 'tls.key')]
const ports = ['--address', '127.0.0.1', '--port', '0', '--health-port', '0', '--drain-seconds', '0']

function startWebhook(test: Test, flags: readonly string[], environment: Record<string, string> = {}): Running {
  return start(test, ['webhook', ...files, ...ports, ...flags], environment)
}

function serveWebhook(test: Test, flags: readonly string[], options: ServeOptions = {}): Running {
  return serveHere(test, [...files, ...ports, ...flags], options)
}

async function injectsSleep(authority: string): Promise<boolean> {
  const { body } = await post(`https://${authority}/mutate`, review)
  const { response } = JSON.parse(body) as { response: { patch: string } }
  return Buffer.from(response.patch, 'base64').toString().includes('"sleep"')
}

function messages({ lines }: Running): unknown[] {
  return lines().map(({ msg }) => msg)
}

async function reasonOf(health: unknown): Promise<string> {
  const response = await fetch(`http://${String(health)}/readyz`)
  return `${response.status} ${await response.text()}`
}

void t.test('it looks at the cluster before it serves, and asks again where it is refused', async (test) => {
  let calls = 0
  const answer = emptyCluster((response) => {
    calls += 1
    answerJson(response, { major: '1', minor: '33' }, calls === 1 ? 503 : 200)
  })
  const { kubeconfig } = await startApiStub(test, answer)
  const run = startWebhook(test, ['--kubeconfig', kubeconfig])
  const { reviews, health } = await listening(run)
  const waiting = 'not ready yet: calls are sent back'
  test.strictSame(messages(run), [waiting, unanswered, 'server version', 'listening'])
  test.ok(await injectsSleep(reviews))
  const metrics = await (await fetch(`http://${health}/metrics`)).text()
  test.match(metrics, /^holdfast_cluster_staleness_seconds\{resource="poddisruptionbudgets"\} \d/m)
  run.kill('SIGTERM')
  test.equal(await run.exited, 0)
})

void t.test('KUBECONFIG will do, and the version is the one that the server behaves as', async (test) => {
  const version = { major: '1', minor: '36', emulationMajor: '1', emulationMinor: '29' }
  const { kubeconfig } = await startApiStub(
    test,
    emptyCluster((response) => answerJson(response, version))
  )
  const run = startWebhook(test, [], { KUBECONFIG: kubeconfig })
  const { reviews } = await listening(run)
  test.match(
    run.lines().find(({ msg }) => msg === 'server version'),
    { serverVersion: '1.29' }
  )
  test.notOk(await injectsSleep(reviews))
})

void t.test('a server that does not say its version holds it up for ten seconds, and is asked again', async (test) => {
  test.equal(processContext.versionMs, 10_000)
  let calls = 0
  const answer = emptyCluster((response) => {
    calls += 1
    if (calls > 1) answerJson(response, { major: '1', minor: '33' })
  })
  const { kubeconfig } = await startApiStub(test, answer)
  const began = performance.now()
  const run = serveWebhook(test, ['--kubeconfig', kubeconfig], { versionMs: 500 })
  const { reviews } = await listening(run)
  test.ok(performance.now() - began > 450)
  test.match(await post(`https://${reviews}/mutate`, review), { status: 200 }, 'it serves, knowing or not')
  await until(() => (calls > 1 ? true : undefined), 'the second question')
  for (let tries = 0; tries < 100 && !(await injectsSleep(reviews)); tries++) await sleep(20)
  test.ok(await injectsSleep(reviews))
})

void t.test('until every list was there it is not ready, says why, and sends calls back', async (test) => {
  const whole = emptyCluster((response) => answerJson(response, { major: '1', minor: '33' }))
  let forbidden = true
  const { kubeconfig } = await startApiStub(test, (request, response) => {
    if (!forbidden || !request.url?.startsWith('/api/v1/services')) return whole(request, response)
    answerJson(response, { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'no', code: 403 }, 403)
  })
  const run = serveWebhook(test, ['--kubeconfig', kubeconfig])
  const refused = 'a list of the API server cannot be read for now'
  await until(() => run.lines().find(({ msg }) => msg === refused), 'the warning')
  const line = run.lines().find(({ msg }) => msg === 'not ready yet: calls are sent back')
  test.equal(await reasonOf(line?.['health']), '503 waiting for the first list of services: 403 Forbidden')
  const reviews = `https://${String(line?.['reviews'])}`
  for (const path of ['/mutate', '/validate/enforce', '/validate/audit']) {
    test.match(await post(`${reviews}${path}`, review), { status: 503, body: 'not ready' }, path)
  }
  forbidden = false
  await listening(run)
  test.equal(await reasonOf(line?.['health']), '200 ok')
  test.match(await post(`${reviews}/mutate`, review), { status: 200 })
})

void t.test('claims that it may not list keep it from nothing', async (test) => {
  const whole = emptyCluster((response) => answerJson(response, { major: '1', minor: '33' }))
  const { kubeconfig } = await startApiStub(test, (request, response) => {
    if (!request.url?.startsWith('/api/v1/persistentvolumeclaims')) return whole(request, response)
    answerJson(response, { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'no', code: 403 }, 403)
  })
  const run = serveWebhook(test, ['--kubeconfig', kubeconfig])
  const { reviews } = await listening(run)
  test.match(await post(`https://${reviews}/mutate`, review), { status: 200 })
  const refused = run.lines().filter(({ msg }) => msg === 'a list of the API server cannot be read for now')
  test.match(refused, [{ path: '/api/v1/persistentvolumeclaims' }])
})

void t.test('it lists only what a policy that is on needs, and the namespaces', async (test) => {
  const asked = new Set<string>()
  const whole = emptyCluster((response) => answerJson(response, { major: '1', minor: '33' }))
  const { kubeconfig } = await startApiStub(test, (request, response) => {
    asked.add(request.url?.split('?')[0] ?? '')
    whole(request, response)
  })
  const others = policies.filter(({ id }) => id !== 'readiness-probe')
  const environment = Object.fromEntries(
    others.map(({ id }) => [`HOLDFAST_POLICIES_${id.replaceAll('-', '_').toUpperCase()}_SEVERITY`, 'off'])
  )
  await listening(serveWebhook(test, ['--kubeconfig', kubeconfig], { environment }))
  test.strictSame([...asked].toSorted(), ['/api/v1/namespaces', '/api/v1/services', '/version'])
})

void t.test('a signal ends the wait', async (test) => {
  const asked = Promise.withResolvers<void>()
  const { kubeconfig } = await startApiStub(test, () => asked.resolve())
  const run = startWebhook(test, ['--kubeconfig', kubeconfig])
  await asked.promise
  const stopped = performance.now()
  run.kill('SIGTERM')
  test.equal(await run.exited, 0)
  test.ok(performance.now() - stopped < 3000)
  test.notOk(messages(run).includes('listening'))
})

void t.test('without a cluster it serves, and says what that means', async (test) => {
  const alone = 'no cluster is configured: facts about workloads are unknown, and some remedies are left out'
  const lone = serveWebhook(test, [])
  const { reviews } = await listening(lone)
  test.strictSame(messages(lone), [alone, 'listening'])
  test.notOk(await injectsSleep(reviews))
  const told = serveWebhook(test, ['--server-version', '1.33'])
  test.ok(await injectsSleep((await listening(told)).reviews))
})

void t.test('a kubeconfig that cannot be read ends it with a line', async (test) => {
  const broken = join(test.testdir({ broken: '{' }), 'broken')
  for (const run of [
    startWebhook(test, ['--kubeconfig', join(pair, 'none')]),
    serveWebhook(test, ['--kubeconfig', broken])
  ]) {
    test.equal(await run.exited, 1)
    test.match(run.stderr(), /^holdfast: the kubeconfig cannot be read: .+\n$/)
  }
})
