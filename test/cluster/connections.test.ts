import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { issueForLoopback } from '../support/tls.ts'
import { answerJson, openStub, startApiStub } from './api-stub.ts'

/** A kubeconfig for a server whose authority is in a file, with more in its cluster and user. */
function kubeconfigWith(test: Test, server: string, ca: string, cluster: object, user: object): string {
  const config = {
    clusters: [{ name: 'stub', cluster: { server, 'certificate-authority': 'ca.crt', ...cluster } }],
    users: [{ name: 'reader', user }],
    contexts: [{ name: 'stub', context: { cluster: 'stub', user: 'reader' } }],
    'current-context': 'stub'
  }
  return join(test.testdir({ config: JSON.stringify(config), 'ca.crt': ca }), 'config')
}

const bearer = { token: 'stub-token' }

void t.test('a renewed authority is read, and what runs on the old connection goes on', async (test) => {
  const stub = await startApiStub(test, ({ url }, response) => {
    if (url === '/version') answerJson(response, { at: 'last' })
    else response.write('one\n')
  })
  const kubeconfig = kubeconfigWith(test, stub.address, stub.ca, {}, bearer)
  const api = await openStub(test, kubeconfig)
  const lines = api.lines({ path: '/watch', quietMs: 5000 })
  test.strictSame(await lines.next(), { done: false, value: 'one' })

  const { caCertificate, certificate, key } = await issueForLoopback()
  stub.server.setSecureContext({ cert: certificate, key })
  stub.server.closeIdleConnections()
  await test.rejects(api.send({ path: '/version' }), /certificate|signature/, 'nobody has told')
  writeFileSync(join(kubeconfig, '../ca.crt'), caCertificate)
  test.strictSame(await api.send({ path: '/version' }), { at: 'last' })

  stub.streams()[0]?.end('two')
  test.strictSame(await lines.next(), { done: false, value: 'two' })
  test.strictSame(await lines.next(), { done: true, value: undefined })
})

void t.test('a user with a password', async (test) => {
  const seen: (string | undefined)[] = []
  const stub = await startApiStub(test, () => {})
  stub.server.removeAllListeners('request')
  stub.server.on('request', ({ headers }, response) => {
    seen.push(headers.authorization)
    answerJson(response, {})
  })
  const user = { username: 'reader', password: 'secret' }
  const api = await openStub(test, kubeconfigWith(test, stub.address, stub.ca, {}, user))
  await api.send({ path: '/' })
  test.strictSame(seen, [`Basic ${Buffer.from('reader:secret').toString('base64')}`])
})

void t.test('by way of a proxy', async (test) => {
  const stub = await startApiStub(test, (_request, response) => answerJson(response, { by: 'proxy' }))
  const asked: (string | undefined)[] = []
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url)
    const [host = '', port] = (request.url ?? '').split(':')
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
    test.teardown(() => socket.destroy())
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  test.teardown(() => proxy.close())
  const through = { 'proxy-url': `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
  const api = await openStub(test, kubeconfigWith(test, stub.address, stub.ca, through, bearer))
  test.strictSame(await api.send({ path: '/version' }), { by: 'proxy' })
  test.strictSame(asked, [new URL(stub.address).host])
})

void t.test('a proxy that cannot be spoken to', async (test) => {
  const stub = await startApiStub(test, () => {})
  const through = { 'proxy-url': 'socks5://127.0.0.1:1' }
  const api = await openStub(test, kubeconfigWith(test, stub.address, stub.ca, through, bearer))
  const message = 'a proxy must be reached by http or https, not as socks5://127.0.0.1:1'
  await test.rejects(api.send({ path: '/version' }), { message })
})
