import { setTimeout as pause } from 'node:timers/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { AnswerTooLong, type Api, openApi } from '../../src/cluster/api/api.ts'
import { ApiError } from '../../src/cluster/api/api-error.ts'
import { until } from '../support/tls.ts'
import { answerJson, openStub, startApiStub } from './api-stub.ts'

async function open(test: Test, answer: RequestListener, options = {}): Promise<Api> {
  const { kubeconfig } = await startApiStub(test, answer, options)
  return openStub(test, kubeconfig)
}

async function linesOf(api: Api, options = {}): Promise<string[]> {
  return Array.fromAsync(api.lines({ path: '/watch', quietMs: 5000, ...options }))
}

void t.test('there is no way where nobody names one', async (test) => {
  test.equal(await openApi({ environment: {}, userAgent: 'holdfast/test' }), undefined)
})

void t.test('a request says what it wants and who asks', async (test) => {
  const seen: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = []
  const bodies: string[] = []
  const api = await open(
    test,
    async (request, response) => {
      seen.push(request)
      bodies.push(await text(request))
      answerJson(response, { seen: seen.length }, 201)
    },
    { path: '/k8s/clusters/c-1' }
  )
  const query = { fieldManager: 'holdfast', labelSelector: 'a in (b, c),d' }
  test.strictSame(await api.send({ path: '/api', query }), { seen: 1 })
  const patch = {
    method: 'PATCH',
    path: '/apis',
    body: { ü: null },
    contentType: 'application/apply-patch+yaml'
  } as const
  test.strictSame(await api.send(patch), { seen: 2 })
  test.match(seen[0], { method: 'GET', headers: { accept: 'application/json', 'user-agent': 'holdfast/test' } })
  test.notOk(seen[0]?.headers['content-type'], 'no body, no type')
  const url = new URL(seen[0]?.url ?? '', 'https://stub')
  test.equal(url.pathname, '/k8s/clusters/c-1/api')
  test.strictSame(Object.fromEntries(url.searchParams), query)
  test.match(seen[1], { method: 'PATCH', url: '/k8s/clusters/c-1/apis' })
  test.equal(seen[1]?.headers['content-type'], 'application/apply-patch+yaml')
  test.strictSame(bodies, ['', '{"ü":null}'])
})

void t.test('requests share connections, and speak HTTP/1.1', async (test) => {
  let connections = 0
  const versions = new Set<string>()
  const { kubeconfig, server } = await startApiStub(test, ({ httpVersion }, response) => {
    versions.add(httpVersion)
    answerJson(response, {})
  })
  server.on('secureConnection', () => (connections += 1))
  const api = await openStub(test, kubeconfig)
  for (let count = 0; count < 20; count++) await api.send({ path: '/version' })
  test.ok(connections <= 2, `${connections} connections`)
  test.strictSame([...versions], ['1.1'])
})

void t.test('a refusal carries what the server says', async (test) => {
  const message = 'budgets is forbidden: User "x" cannot list resource "budgets"'
  const api = await open(test, ({ url }, response) => {
    if (url === '/forbidden') answerJson(response, { kind: 'Status', reason: 'Forbidden', message, code: 403 }, 403)
    else if (url === '/busy') answerJson(response, { message: 'x'.repeat(9000) }, 429, { 'retry-after': '7' })
    else if (url === '/never') answerJson(response, { details: { retryAfterSeconds: 1e12 } }, 503)
    else if (url === '/tomorrow') answerJson(response, {}, 503, { 'retry-after': '86400' })
    else if (url === '/later') answerJson(response, { details: { retryAfterSeconds: 3 } }, 503)
    else if (url === '/forbidden?watch=true') answerJson(response, {}, 403)
    else if (url === '/odd')
      answerJson(response, { message: 5, reason: {}, details: [] }, 500, { 'retry-after': 'soon' })
    else response.writeHead(404).end('404 page not found')
  })
  const refusal = async (path: string) => {
    const error = await api.send({ path }).catch((thrown: unknown) => thrown)
    if (!(error instanceof ApiError)) throw error
    return error
  }
  const forbidden = await refusal('/forbidden')
  test.match(forbidden, { status: 403, reason: 'Forbidden', retryAfterSeconds: undefined })
  test.match(forbidden.message, /^GET https:\/\/127\.0\.0\.1:\d+\/forbidden answered 403: budgets is forbidden: /)
  test.match(forbidden.said, /^budgets is forbidden: /)
  const busy = await refusal('/busy')
  test.match(busy, { status: 429, reason: '', retryAfterSeconds: 7 })
  test.ok(busy.message.length < 600)
  test.match(await refusal('/later'), { status: 503, retryAfterSeconds: 3 })
  test.match(await refusal('/never'), { status: 503, retryAfterSeconds: 60 }, 'but not for ever')
  test.match(await refusal('/tomorrow'), { status: 503, retryAfterSeconds: 60 })
  const odd = await refusal('/odd')
  test.match(odd, { status: 500, reason: '', said: '', retryAfterSeconds: undefined })
  test.match(odd.message, /\/odd answered 500$/)
  test.match((await refusal('/nothing')).message, /\/nothing answered 404$/)
  await test.rejects(linesOf(api, { path: '/forbidden', query: { watch: 'true' } }), { name: 'ApiError', status: 403 })
})

void t.test('an answer may not be too long, nor anything but JSON', async (test) => {
  const api = await open(test, ({ url }, response) => {
    if (url === '/html') response.end('<html>')
    else answerJson(response, 'x'.repeat(3 * 1024 * 1024))
  })
  const tooLong = await api.send({ path: '/', longestAnswer: 2 * 1024 * 1024 }).catch((error: unknown) => error)
  test.ok(tooLong instanceof AnswerTooLong)
  test.match(tooLong, { message: 'the answer is longer than 2 MiB' })
  test.type(await api.send({ path: '/' }), 'string', 'by default it may')
  await test.rejects(api.send({ path: '/html' }), { name: 'SyntaxError' })
})

void t.test('a request ends in time, with its caller, and with the whole', async (test) => {
  let asked = 0
  const api = await open(test, ({ url }, response) => {
    asked += 1
    if (url === '/half') response.write('{')
    if (url === '/drip') {
      const drip = setInterval(() => response.write(' '), 20)
      response.once('close', () => clearInterval(drip))
    }
  })
  for (const path of ['/none', '/half', '/drip']) {
    const sent = performance.now()
    const message = 'no answer within 0.5 s'
    await test.rejects(api.send({ path, timeoutMs: 500 }), { name: 'TimeoutError', message }, path)
    test.ok(performance.now() - sent < 3000)
  }
  const before = asked
  await test.rejects(api.send({ path: '/none', signal: AbortSignal.abort(new Error('over')) }), { message: 'over' })
  test.equal(asked, before, 'who has given up before asks nothing')
  const closed = test.rejects(api.send({ path: '/none' }), { code: 'UND_ERR_DESTROYED' })
  await until(() => asked === before + 1, 'one more request')
  await api.close()
  await closed
})

void t.test('a stream comes line by line, however it is cut', async (test) => {
  const bytes = Buffer.from('{"a":"ü€😀"}\n\n{"b":1}\nlast')
  const api = await open(test, async (_request, response) => {
    for (const byte of bytes) {
      response.write(Buffer.of(byte))
      await pause(1)
    }
    response.end()
  })
  test.strictSame(await linesOf(api), ['{"a":"ü€😀"}', '', '{"b":1}', 'last'])
})

void t.test('a stream dies of silence, of a line without end, and of its connection', async (test) => {
  let closed = 0
  const stub = await startApiStub(test, ({ url }, response) => {
    response.on('close', () => (closed += 1))
    if (url === '/quiet') response.write('one\n')
    else if (url === '/long') response.write('x'.repeat(5000))
    else if (url === '/reset') response.write('one\n', () => stub.reset(response))
  })
  const api = await openStub(test, stub.kubeconfig)
  const message = 'no sign of life within 0.2 s'
  await test.rejects(linesOf(api, { path: '/none', quietMs: 200 }), { name: 'TimeoutError', message })
  await test.rejects(linesOf(api, { path: '/quiet', quietMs: 200 }), { name: 'TimeoutError', message })
  await test.rejects(linesOf(api, { path: '/long', longestLine: 4096 }), {
    message: 'a line is longer than 4096 bytes'
  })
  await test.rejects(linesOf(api, { path: '/reset' }), /ECONNRESET|terminated|other side closed/)
  await until(() => closed === 4, 'no connection is left behind')
})

void t.test('signs of life keep a stream open, and its reader ends it', async (test) => {
  let closed = false
  const api = await open(test, (_request, response) => {
    const drip = setInterval(() => response.write('one\n'), 50)
    response.once('close', () => {
      clearInterval(drip)
      closed = true
    })
  })
  let lines = 0
  for await (const line of api.lines({ path: '/', quietMs: 300 })) {
    test.equal(line, 'one')
    lines += 1
    if (lines === 12) break
  }
  await until(() => closed, 'the connection is closed')
})
