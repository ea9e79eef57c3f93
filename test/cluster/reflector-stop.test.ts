import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { until } from '../support/tls.ts'
import { type Asked, CollectionStub, configMap, reflect, type Reflection } from './collection-stub.ts'

const items = [configMap('a', '1')]

function stubWith(listing: (asked: Asked) => void, watching?: (asked: Asked) => void): CollectionStub {
  const stub = new CollectionStub()
  stub.listing = [listing]
  if (watching !== undefined) stub.watching = [watching]
  return stub
}

function listed(watching?: (asked: Asked) => void): CollectionStub {
  const stub: CollectionStub = stubWith(({ response }) => stub.answerList(response, items, '10'), watching)
  return stub
}

/** Stops it, and shows that from then on nobody is asked, nothing told and no connection held. */
async function expectSilence(test: Test, { stub, reflector, changes, problems }: Reflection): Promise<void> {
  const told = () => [stub.lists.length, stub.watches.length, changes.length, problems.length]
  reflector.stop()
  const before = told()
  const last = [...stub.lists, ...stub.watches]
  await reflector.firstSync
  for (const { response } of last) {
    if (response.headersSent)
      response.write(`${JSON.stringify({ type: 'ADDED', object: configMap('z', '9', '99') })}\n`)
    else stub.answerList(response, items, '10')
  }
  await pause(200)
  test.strictSame(told(), before)
  await until(() => last.every(({ response }) => response.closed), 'every connection is let go')
}

void t.test('in a list', async (test) => {
  const reflection = await reflect(
    test,
    stubWith(() => {})
  )
  await until(() => reflection.stub.lists.length === 1, 'a list')
  await expectSilence(test, reflection)
  test.notOk(reflection.reflector.synced)
})

void t.test('in the middle of a page', async (test) => {
  const stub = stubWith(({ response }) => void response.write('{"metadata":{"resourceVersion":"10"},"items":['))
  const reflection = await reflect(test, stub)
  await until(() => reflection.stub.lists.length === 1, 'a list')
  await expectSilence(test, reflection)
})

void t.test('between two pages', async (test) => {
  const stub: CollectionStub = stubWith(({ query, response }) => {
    if (!query.has('continue')) stub.answerList(response, items, '10', 'second')
  })
  const reflection = await reflect(test, stub)
  await until(() => reflection.stub.lists.length === 2, 'a second page')
  await expectSilence(test, reflection)
  test.notOk(reflection.reflector.synced)
})

void t.test('while the watch connects', async (test) => {
  const reflection = await reflect(
    test,
    listed(() => {})
  )
  await until(() => reflection.stub.watches.length === 1, 'a watch')
  await expectSilence(test, reflection)
})

void t.test('in a watch', async (test) => {
  const reflection = await reflect(test, listed())
  await until(() => reflection.stub.watches.length === 1, 'a watch')
  reflection.stub.send(['ADDED', configMap('b', '2', '11')])
  await reflection.becomes({ 'default/a': '1', 'default/b': '2' })
  await expectSilence(test, reflection)
})

void t.test('in a backoff', async (test) => {
  const stub = stubWith(({ response }) => response.writeHead(500).end())
  const reflection = await reflect(test, stub, { timings: { firstMs: 100, longestMs: 100 } })
  await until(() => reflection.problems.length === 1, 'a failure')
  await expectSilence(test, reflection)
})

void t.test('in a handler: the rest of what came is not told', async (test) => {
  const stop = () => reflection.reflector.stop()
  const onChange = (key: string) => {
    if (key === 'default/b') stop()
  }
  const reflection: Reflection = await reflect(test, listed(), { onChange })
  await until(() => reflection.stub.watches.length === 1, 'a watch')
  const events = ['b', 'c', 'd'].map((name) => ['ADDED', configMap(name, '2', '11')] as const)
  reflection.stub.send(...events)
  await until(() => reflection.changes.length === 2, 'the change')
  await expectSilence(test, reflection)
  test.strictSame(reflection.content(), { 'default/a': '1', 'default/b': '2' })
})

void t.test('while the last page is read', async (test) => {
  let read = 0
  const transform = () => {
    read += 1
    reflection.reflector.stop()
    return ''
  }
  const reflection: Reflection = await reflect(test, listed(), { options: { transform } })
  await until(() => read === 1, 'an object')
  await expectSilence(test, reflection)
  test.strictSame(reflection.content(), {})
  test.notOk(reflection.reflector.synced)
})
