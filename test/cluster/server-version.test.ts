import type { RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { readServerVersion } from '../../src/cluster/server-version.ts'
import type { ServerVersion } from '../../src/kube/server-version.ts'
import { openStub, startApiStub } from './api-stub.ts'

const never = new AbortController().signal

async function ask(test: Test, answer: RequestListener, options = {}, signal = never): Promise<ServerVersion> {
  const { kubeconfig } = await startApiStub(test, answer, options)
  return readServerVersion(await openStub(test, kubeconfig), signal)
}

function json(value: unknown, status = 200, path = '/version'): RequestListener {
  return ({ url }, response) => {
    response.writeHead(url === path ? status : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(value))
  }
}

void t.test('an ordinary server', async (test) => {
  const answer = json({ major: '1', minor: '36', gitVersion: 'v1.36.3' })
  test.strictSame(await ask(test, answer), { major: 1, minor: 36 })
})

void t.test('a server that emulates an older release behaves as that', async (test) => {
  const answer = json({
    major: '1',
    minor: '36',
    gitVersion: 'v1.36.3',
    emulationMajor: '1',
    emulationMinor: '33'
  })
  test.strictSame(await ask(test, answer), { major: 1, minor: 33 })
})

void t.test('a server below a path of its proxy', async (test) => {
  const answer = json({ major: '1', minor: '31+' }, 200, '/k8s/clusters/c-1/version')
  test.strictSame(await ask(test, answer, { path: '/k8s/clusters/c-1/' }), { major: 1, minor: 31 })
})

const refusals: readonly (readonly [fact: string, answer: RequestListener, says: RegExp])[] = [
  ['403', json({ kind: 'Status', reason: 'Forbidden' }, 403), /^GET https:\/\/127\.0\.0\.1:\d+\/version answered 403$/],
  ['500', json({}, 500), /answered 500$/],
  ['a redirect', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(), /answered 302$/],
  ['no JSON', (_request, response) => response.end('<html>'), /is not valid JSON/],
  ['JSON without a release', json({ kind: 'Status' }), /^the answer of \/version names no release$/],
  ['a list', json([1, 36]), /names no release$/],
  ['fields of other types', json({ major: 1, minor: 36 }), /names no release$/],
  ['an answer without end', (_request, response) => response.end('x'.repeat(2_000_000)), /longer than 1 MiB$/],
  ['an answer that breaks off', breakOff, /other side closed|terminated/]
]

function breakOff(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(200, { 'content-length': '100' })
  response.write('{', () => response.destroy())
}

for (const [fact, answer, message] of refusals) {
  void t.test(`it throws for ${fact}`, (test) => test.rejects(ask(test, answer), { message }))
}

void t.test('it throws for a server that the kubeconfig does not trust', async (test) => {
  await test.rejects(ask(test, json({}), { untrusted: true }), { message: /certificate/ })
})

void t.test('a slow server is given up when the caller gives up', async (test) => {
  const started = performance.now()
  await test.rejects(
    ask(test, () => {}, {}, AbortSignal.timeout(300)),
    { name: /AbortError|TimeoutError/ }
  )
  await test.rejects(
    ask(test, (_request, response) => response.write('{'), {}, AbortSignal.timeout(300)),
    { message: /abort/ }
  )
  test.ok(performance.now() - started < 8000)
})
