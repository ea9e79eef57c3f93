import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { until } from '../support/tls.ts'
import { CollectionStub, configMap, path, reflect } from './collection-stub.ts'

void t.test('it lists, then watches from there, and tells each change', async (test) => {
  const stub = new CollectionStub()
  stub.listing = [({ response }) => stub.answerList(response, [configMap('a', '1'), configMap('b', '2')], '10')]
  const { reflector, changes, becomes, problems } = await reflect(test, stub, {
    options: { query: { labelSelector: 'app=web' } }
  })
  test.notOk(reflector.synced)
  test.equal(reflector.freshness, Infinity)
  await reflector.firstSync
  test.ok(reflector.synced)
  await becomes({ 'default/a': '1', 'default/b': '2' })
  await until(() => stub.watches.length === 1, 'a watch')
  test.strictSame(Object.fromEntries(stub.lists[0]?.query ?? []), { labelSelector: 'app=web', limit: '500' })
  const { timeoutSeconds, ...query } = Object.fromEntries(stub.watches[0]?.query ?? [])
  const expected = { labelSelector: 'app=web', watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '10' }
  test.strictSame(query, expected)
  test.ok(Number(timeoutSeconds) >= 300 && Number(timeoutSeconds) <= 600)

  changes.length = 0
  stub.send(['ADDED', configMap('c', '3', '11')], ['MODIFIED', configMap('a', '1b', '12')])
  stub.send(['DELETED', configMap('b', 'last words', '13')], ['ADDED', configMap('a', '1c', '14')])
  stub.send(['DELETED', configMap('never seen', '', '15')])
  await becomes({ 'default/a': '1c', 'default/c': '3' })
  await pause(20)
  test.strictSame(changes, [
    ['default/c', undefined, '3'],
    ['default/a', '1', '1b'],
    ['default/b', '2', undefined],
    ['default/a', '1b', '1c']
  ])
  test.strictSame(problems, [])
})

void t.test('pages make one list, and an expired page a new one', async (test) => {
  const stub = new CollectionStub()
  const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'The provided continue parameter is too old' }
  stub.listing = [
    ({ response }) => stub.answerList(response, [configMap('old', '0')], '5', 'second'),
    ({ response }) => response.writeHead(410).end(JSON.stringify(gone)),
    ({ response }) => stub.answerList(response, [configMap('a', '1')], '10', 'second/page'),
    ({ response }) => stub.answerList(response, [configMap('b', '2')], '11', 'third'),
    ({ response }) => stub.answerList(response, [configMap('c', '3')], '12')
  ]
  const { reflector, changes, problems } = await reflect(test, stub)
  await reflector.firstSync
  await until(() => stub.watches.length === 1, 'a watch')
  test.strictSame(
    stub.lists.map(({ query }) => query.get('continue')),
    [null, 'second', null, 'second/page', 'third']
  )
  test.equal(stub.watches[0]?.query.get('resourceVersion'), '10', 'nothing is missed between the pages')
  test.strictSame(
    changes.map(([key]) => key),
    ['default/a', 'default/b', 'default/c'],
    'nothing is told before the list is whole'
  )
  test.match(problems, [{ path, in: 'list', error: { status: 410, reason: 'Expired' }, nextMs: Number }])
})

void t.test('a list that goes round in a circle is given up, and asked for again after a while', async (test) => {
  const stub = new CollectionStub()
  stub.listing = [
    ({ response }) => stub.answerList(response, [configMap('a', '1')], '10', 'same'),
    ({ response }) => stub.answerList(response, [configMap('a', '1')], '10', 'same'),
    ({ response }) => stub.answerList(response, [configMap('b', '2')], '11')
  ]
  const { problems, becomes } = await reflect(test, stub)
  await becomes({ 'default/b': '2' })
  test.match(problems, [{ in: 'list', error: { message: 'the list goes on where it went on before' }, nextMs: Number }])
  test.equal(stub.lists.length, 3)
})

void t.test('a page may be of any size, since only what is kept of it takes room', async (test) => {
  const stub = new CollectionStub()
  const objects = Array.from({ length: 30 }, (_value, index) => configMap(`${index}`, 'x'.repeat(1024 * 1024)))
  stub.listing = [({ response }) => stub.answerList(response, objects, '10')]
  const { reflector, content, problems } = await reflect(test, stub, { options: { transform: () => '' } })
  await reflector.firstSync
  test.equal(Object.keys(content()).length, 30)
  test.strictSame(
    stub.lists.map(({ query }) => query.get('limit')),
    ['500']
  )
  test.strictSame(problems, [])
})

void t.test('an odd object is left out, and nothing else', async (test) => {
  const stub = new CollectionStub()
  const nameless = { metadata: {}, data: { value: '1' } }
  stub.listing = [
    ({ response }) => {
      const proto = { metadata: { namespace: '__proto__', name: '__proto__' }, data: { value: '2' } }
      const odd = [configMap('odd', 'malformed'), nameless, null, 5, { metadata: { name: 7 } }]
      stub.answerList(response, [configMap('a', '1'), ...odd, { metadata: { name: 'kept out' } }, proto], '10')
    }
  ]
  const { becomes, problems, reflector } = await reflect(test, stub)
  await reflector.firstSync
  await becomes({ 'default/a': '1', '__proto__/__proto__': '2' })
  const misses = Array.from({ length: 4 }, () => ({ in: 'object', key: '', error: { name: 'MalformedObject' } }))
  test.match(problems, [{ in: 'object', key: 'default/odd', error: { message: 'no such value' } }, ...misses])
  test.equal(problems.length, 5)
  await until(() => stub.watches.length === 1, 'a watch')
  stub.send(['MODIFIED', configMap('a', 'malformed', '11')])
  await becomes({ '__proto__/__proto__': '2' })
  stub.send(['MODIFIED', { metadata: { namespace: '__proto__', name: '__proto__', resourceVersion: '12' } }])
  await becomes({})
  test.equal(problems.length, 6)
  test.equal(stub.lists.length, 1)
})

void t.test('a resource that nobody installed has nothing in it, until somebody does', async (test) => {
  const stub = new CollectionStub()
  stub.listing = [
    ({ response }) => response.writeHead(404).end('404 page not found\n'),
    ({ response }) => response.writeHead(404).end('404 page not found\n'),
    ({ response }) => stub.answerList(response, [configMap('a', '1')], '10'),
    ({ response }) => response.writeHead(404).end()
  ]
  stub.watching = [({ response }) => response.writeHead(404).end(), ({ response }) => response.flushHeaders()]
  const { reflector, becomes, problems } = await reflect(test, stub, { options: { optional: true } })
  await reflector.firstSync
  test.ok(reflector.absent)
  test.ok(reflector.freshness < 5000)
  await until(() => stub.lists.length === 2, 'a second question')
  await becomes({ 'default/a': '1' })
  test.notOk(reflector.absent)
  await becomes({})
  await until(() => reflector.absent, 'gone again')
  test.match(problems, [{ in: 'watch', error: { status: 404 } }])
})

void t.test('a resource that must be there is unknown when it is not', async (test) => {
  const stub = new CollectionStub()
  stub.listing = [({ response }) => response.writeHead(404).end('404 page not found\n')]
  const { reflector, problems } = await reflect(test, stub)
  await until(() => problems.length === 3, 'three failures')
  test.notOk(reflector.synced)
  test.notOk(reflector.absent)
  test.equal(reflector.freshness, Infinity)
  test.match(problems[0], { in: 'list', error: { status: 404 } })
})

void t.test('bookmarks are signs of life, and say from where to go on', async (test) => {
  const stub = new CollectionStub()
  const { reflector, problems } = await reflect(test, stub)
  await until(() => stub.watches.length === 1, 'a watch')
  await pause(200)
  test.ok(reflector.freshness >= 100)
  stub.send(['BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '77' } }])
  await until(() => reflector.freshness < 100, 'a sign of life')
  stub.watches[0]?.response.end()
  await until(() => stub.watches.length === 2, 'a second watch')
  test.equal(stub.watches[1]?.query.get('resourceVersion'), '77')
  test.equal(stub.lists.length, 1)
  test.strictSame(problems, [], 'that a watch ends is no problem')
})
