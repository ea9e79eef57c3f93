import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { byKind, load } from './load.ts'

const connections = new WeakMap<Server, number>()

async function serve(test: Test, answer: (path: string) => number | 'hang up' | 'nothing'): Promise<[Server, string]> {
  const server = createServer((request, response) => {
    const status = answer(request.url ?? '')
    if (status === 'hang up') request.socket.destroy()
    else if (status !== 'nothing') response.writeHead(status).end()
  })
  server.on('connection', () => connections.set(server, (connections.get(server) ?? 0) + 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  test.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return [server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`]
}

const options = { rate: 100, keepAlive: false, timeoutMs: 20_000 }

void t.test('requests go out at the rate that was asked for, each on a connection of its own', async (test) => {
  const [server, url] = await serve(test, () => 200)
  const { promise: steady, resolve } = Promise.withResolvers<void>()
  const { sent, seconds, failures } = await load({ ...options, url }, steady, resolve)
  test.ok(sent >= 20, 'so many answers make it steady')
  test.ok(sent <= seconds * options.rate && sent > 0.5 * seconds * options.rate, `${sent} in ${seconds} s`)
  test.strictSame(failures, {})
  test.equal(connections.get(server), sent)
})

void t.test('thirty kept connections take turns', async (test) => {
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  let seen = 0
  const [server, url] = await serve(test, () => {
    seen += 1
    if (seen === 90) resolve()
    return 200
  })
  const { sent } = await load({ ...options, url, keepAlive: true }, enough)
  const opened = connections.get(server) ?? 0
  test.ok(opened >= 30 && opened < sent, `${opened} for ${sent} requests`)
})

void t.test('failures are counted by kind', async (test) => {
  for (const [answer, kind] of [
    [503, 'status'],
    ['hang up', 'reset'],
    ['nothing', 'timeout']
  ] as const) {
    const [, url] = await serve(test, () => answer)
    const { sent, failures } = await load({ ...options, url, timeoutMs: kind === 'timeout' ? 300 : 20_000 }, wait(200))
    test.strictSame(byKind(failures), { [kind]: sent }, kind)
  }
})

void t.test('and a port that nobody listens on refuses', async (test) => {
  const [server, url] = await serve(test, () => 200)
  server.close()
  await once(server, 'close')
  const { sent, failures } = await load({ ...options, url }, wait(200))
  test.strictSame(byKind(failures), { refused: sent })
})
