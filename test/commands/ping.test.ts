import t from 'tap'
import { ping } from '../../src/commands/ping.ts'
import { freePorts } from '../support/cluster-ports.ts'
import { listening, runHere, start } from './process.ts'

const once = { attempts: 1, pauseMs: 0 }

void t.test('a webhook that answers', async (test) => {
  const run = start(test, ['webhook', '--standalone', '--port', '0', '--health-port', '0'])
  const { reviews } = await listening(run)
  const url = `https://${reviews}/validate/warn`
  const asked = await runHere(test, (invocation) => ping(invocation, once), [url])
  test.strictSame(asked, { status: 0, stdout: `${url} answers\n`, stderr: '' })
  const said = test.capture(console, 'error')
  test.equal(await ping({ args: [`https://${reviews}/elsewhere`], environment: {} }, once), 1)
  test.match(said()[0]?.args[0], /does not answer: 404 no such path$/)
})

void t.test('nobody answers: it asks again, then says why', async (test) => {
  const [port = 0] = await freePorts(1)
  const said = test.capture(console, 'error')
  const url = `https://127.0.0.1:${port}/validate/warn`
  test.equal(await ping({ args: [url], environment: {} }, { attempts: 3, pauseMs: 1 }), 1)
  test.match(said()[0]?.args[0], /^https:.* does not answer: connect ECONNREFUSED/)
})

void t.test('what is no URL of a webhook', async (test) => {
  for (const args of [[], ['http://a.test'], ['a.test'], ['https://a.test', 'https://b.test']]) {
    const { status, stderr } = await runHere(test, (invocation) => ping(invocation, once), args)
    test.equal(status, 2, args.join(' '))
    test.match(stderr, /^ping takes one URL, as in https:/)
  }
})

void t.test('help', async (test) => {
  const { status, stdout } = await runHere(test, (invocation) => ping(invocation, once), ['--help'])
  test.equal(status, 0)
  test.match(stdout, /^Sends reviews to a webhook/)
})
