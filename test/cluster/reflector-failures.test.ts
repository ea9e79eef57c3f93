import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { until } from '../support/tls.ts'
import type { Api } from '../../src/cluster/api/api.ts'
import { type Asked, CollectionStub, configMap, reflect, type Reflection } from './collection-stub.ts'

const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 10 (99)' }

/** Of a server that was restored from a backup. */
const tooLarge = {
  kind: 'Status',
  code: 504,
  reason: 'Timeout',
  message: 'Too large resource version: 10, current: 9',
  details: {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 0
  }
}

/** A stub whose first list has `a`, and whose later ones have `b` instead. */
function changingStub(...watching: CollectionStub['watching']): CollectionStub {
  const stub = new CollectionStub()
  stub.listing = [
    ({ response }) => stub.answerList(response, [configMap('a', '1')], '10'),
    ({ response }) => stub.answerList(response, [configMap('b', '2')], '99')
  ]
  stub.watching = [...watching, ({ response }) => response.flushHeaders()]
  return stub
}

function refuse(status: number, body: unknown = {}, headers = {}): (asked: Asked) => void {
  return ({ response }) => response.writeHead(status, headers).end(JSON.stringify(body))
}

function say(...lines: readonly string[]): (asked: Asked) => void {
  return ({ response }) => response.write(`${lines.join('\n')}\n`)
}

const relisting: Readonly<Record<string, [answer: (stub: CollectionStub) => (asked: Asked) => void, error: object]>> = {
  '410 as the answer': [() => refuse(410, expired), { status: 410, reason: 'Expired' }],
  '410 as an event': [
    () => say(JSON.stringify({ type: 'ERROR', object: expired })),
    { status: 410, message: 'WATCH /api/v1/configmaps answered 410: too old resource version: 10 (99)' }
  ],
  '500 as an event': [() => say('{"type":"ERROR","object":{"code":500}}'), { status: 500 }],
  'an event of an error without a word': [() => say('{"type":"ERROR"}'), { status: 500 }],
  'a version of the future as the answer': [
    () => refuse(504, tooLarge),
    { status: 504, causes: ['ResourceVersionTooLarge'] }
  ],
  'a version of the future as an event': [
    () => say(JSON.stringify({ type: 'ERROR', object: tooLarge })),
    { status: 504, reason: 'Timeout' }
  ],
  'a version of the future, in words': [
    () => refuse(504, { message: 'Too large resource version: 10, current: 9' }),
    { status: 504 }
  ],
  '400': [() => refuse(400), { status: 400 }],
  '404': [() => refuse(404), { status: 404 }],
  '401': [() => refuse(401), { status: 401 }],
  '403': [() => refuse(403), { status: 403 }],
  'half a line': [
    () =>
      ({ response }) =>
        response.end('{"type":"ADD'),
    { name: 'SyntaxError' }
  ],
  'a line of no JSON': [() => say('<html>'), { name: 'SyntaxError' }],
  'a line of null': [() => say('null'), { message: 'a line of the watch is no event' }],
  'a type that nobody knows': [
    () => say('{"type":"constructor","object":{"metadata":{"name":"a","resourceVersion":"11"}}}'),
    { message: 'a line of the watch is no event' }
  ],
  'an event without a version': [
    () => say('{"type":"ADDED","object":{"metadata":{"name":"a"}}}'),
    { message: 'a line of the watch is no event' }
  ],
  'a line without end': [
    () =>
      ({ response }) =>
        void response.write('x'.repeat(17 * 1024 * 1024)),
    { message: 'a line is longer than 16777216 bytes' }
  ]
}

for (const [fact, [answer, error]] of Object.entries(relisting)) {
  void t.test(`${fact} brings a new list`, async (test) => {
    const stub: CollectionStub = changingStub((asked) => answer(stub)(asked))
    const { problems, changes, becomes } = await reflect(test, stub)
    await becomes({ 'default/b': '2' })
    test.match(problems, [{ in: 'watch', error, nextMs: Number }])
    test.equal(problems.length, 1)
    await until(() => stub.watches.length === 2, 'a new watch')
    test.equal(stub.watches[1]?.query.get('resourceVersion'), '99')
    test.strictSame(changes, [
      ['default/a', undefined, '1'],
      ['default/a', '1', undefined],
      ['default/b', undefined, '2']
    ])
  })
}

const resuming: Readonly<Record<string, [answer: (stub: CollectionStub) => (asked: Asked) => void, error: object]>> = {
  '429': [() => refuse(429), { status: 429 }],
  '429 as an event': [() => say('{"type":"ERROR","object":{"code":429}}'), { status: 429 }],
  '500': [() => refuse(500), { status: 500 }],
  '502 of a load balancer': [() => refuse(502, '<html>'), { status: 502 }],
  '503': [() => refuse(503), { status: 503 }],
  '504': [() => refuse(504), { status: 504 }],
  'a connection that is closed without an answer': [
    (stub) => (asked) => stub.reset(asked),
    { message: /ECONNRESET|other side closed/ }
  ],
  'a reset connection': [
    (stub) => (asked) => {
      asked.response.flushHeaders()
      setTimeout(() => stub.reset(asked), 20)
    },
    { message: /ECONNRESET|terminated|other side closed/ }
  ],
  'a connection that is reset in the middle of a line': [
    (stub) => (asked) => {
      asked.response.write('{"type":"ADDED","object":{"meta')
      setTimeout(() => stub.reset(asked), 20)
    },
    { message: /ECONNRESET|terminated|other side closed/ }
  ]
}

for (const [fact, [answer, error]] of Object.entries(resuming)) {
  void t.test(`after ${fact} the watch goes on from the last version`, async (test) => {
    const stub: CollectionStub = changingStub(
      ({ response }) => {
        response.write(`${JSON.stringify({ type: 'ADDED', object: configMap('c', '3', '12') })}\n`)
        response.end(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '20' } } })}\n`)
      },
      (asked) => answer(stub)(asked)
    )
    const { problems, becomes, reflector } = await reflect(test, stub)
    await until(() => stub.watches.length === 3, 'a third watch')
    test.match(problems, [{ in: 'watch', error, nextMs: Number }])
    test.equal(problems.length, 1)
    test.strictSame(
      stub.watches.map(({ query }) => query.get('resourceVersion')),
      ['10', '20', '20']
    )
    stub.send(['MODIFIED', configMap('a', '1b', '21')])
    await becomes({ 'default/a': '1b', 'default/c': '3' })
    test.equal(stub.lists.length, 1)
    test.ok(reflector.freshness < 5000)
  })
}

void t.test('a server that is gone for a while is watched on, and what is known grows old meanwhile', async (test) => {
  const stub = changingStub()
  let refused = 0
  const { problems, becomes, reflector, server } = await reflect(test, stub)
  await until(() => stub.watches.length === 1, 'a watch')
  await server.away(async () => {
    await until(() => (refused = problems.length) >= 4, 'four failures')
    test.ok(reflector.freshness > 50)
  })
  await until(() => stub.watches.length >= 2, 'a second watch')
  await until(() => reflector.freshness < 1000, 'a sign of life')
  test.match(problems.at(-1), { in: 'watch', error: { code: 'ECONNREFUSED' } })
  test.ok(refused >= 4)
  stub.send(['ADDED', configMap('c', '3', '12')])
  await becomes({ 'default/a': '1', 'default/c': '3' })
  test.equal(stub.lists.length, 1)
  test.equal(stub.watches.at(-1)?.query.get('resourceVersion'), '10')
})

const failing: Readonly<Record<string, (stub: CollectionStub) => (asked: Asked) => void>> = {
  '500': () => refuse(500),
  '403': () => refuse(403),
  'a page of something else': () => refuse(200, { kind: 'Status' }),
  'items that are no list': () => refuse(200, { metadata: { resourceVersion: '1' }, items: {} }),
  'a list without a version': () => refuse(200, { metadata: {}, items: [] }),
  'a reset connection': (stub) => (asked) => stub.reset(asked)
}

for (const [fact, answer] of Object.entries(failing)) {
  void t.test(`${fact} to a list: what was known stays, and it goes on asking`, async (test) => {
    const stub: CollectionStub = changingStub(refuse(410))
    const [first = () => {}, last = () => {}] = stub.listing
    const refused = Array.from({ length: 5 }, () => (asked: Asked) => answer(stub)(asked))
    stub.listing = [first, ...refused, last]
    const { reflector, problems, content, becomes } = await reflect(test, stub)
    await until(() => problems.length === 5, 'five problems')
    test.strictSame(content(), { 'default/a': '1' })
    test.ok(reflector.synced)
    const { freshness } = reflector
    test.ok(freshness > 100, 'and it says how old that is')
    await becomes({ 'default/b': '2' })
    test.ok(reflector.freshness < freshness)
    test.strictSame(new Set(problems.slice(1).map((problem) => problem.in)), new Set(['list']))
    for (const [index, { nextMs = 0 }] of problems.entries()) {
      const most = Math.min(20 * 2 ** index, 100)
      test.ok(nextMs >= most / 2 && nextMs <= most, `${nextMs} ms of ${most}`)
    }
  })
}

void t.test('a server that is busy is asked when it says', async (test) => {
  const stub = changingStub(refuse(429, {}, { 'retry-after': '1' }))
  const { problems } = await reflect(test, stub)
  await until(() => problems.length === 1, 'a problem')
  test.match(problems[0], { error: { status: 429, retryAfterSeconds: 1 } })
  const { nextMs = 0 } = problems[0] ?? {}
  test.ok(nextMs >= 1010 && nextMs <= 1020, `${nextMs} ms`)
  await pause(800)
  test.equal(stub.watches.length, 1)
  await until(() => stub.watches.length === 2, 'a second watch')
  test.equal(stub.lists.length, 1)
  const broken = changingStub(refuse(500, {}, { 'retry-after': '2' }))
  const { problems: ofBroken } = await reflect(test, broken)
  await until(() => ofBroken.length === 1, 'a problem')
  test.ok((ofBroken[0]?.nextMs ?? 0) >= 2010, 'so is one that is broken')
  const patient = changingStub(refuse(503, {}, { 'retry-after': '86400' }))
  const { problems: others } = await reflect(test, patient)
  await until(() => others.length === 1, 'a problem')
  test.ok((others[0]?.nextMs ?? 0) <= 60_020, 'but not a day')
})

void t.test('a silent watch is taken up where it was', async (test) => {
  const stub = changingStub()
  const { reflector, problems, becomes } = await reflect(test, stub, { timings: { quietMs: 500 } })
  await until(() => stub.watches.length === 1, 'a watch')
  stub.send(['ADDED', configMap('c', '3', '12')])
  await until(() => stub.watches.length === 2, 'a second watch')
  test.equal(stub.watches[1]?.query.get('resourceVersion'), '12')
  test.equal(stub.lists.length, 1)
  test.strictSame(problems, [], 'it may have had nothing to say')
  await becomes({ 'default/a': '1', 'default/c': '3' })
  await until(() => stub.watches.length === 3, 'a third watch')
  test.ok(reflector.freshness < 3000, 'a server that opens a watch lives')
})

void t.test('a watch that is not answered is told, and tried again from where it was', async (test) => {
  const stub = changingStub()
  stub.watching = [() => {}]
  const { reflector, problems } = await reflect(test, stub, { timings: { quietMs: 500 } })
  await until(() => stub.watches.length === 3, 'a third watch')
  test.ok(reflector.freshness >= 1000)
  test.equal(stub.watches[2]?.query.get('resourceVersion'), '10')
  test.equal(stub.lists.length, 1)
  const silence = { in: 'watch', error: { message: 'no sign of life within 0.5 s' } }
  test.match(problems, [silence, silence])
})

void t.test('watches that end at once do not make it run hot', async (test) => {
  const stub = changingStub()
  stub.watching = [({ response }) => response.end()]
  await reflect(test, stub, { timings: { firstMs: 40, longestMs: 400 } })
  await until(() => stub.watches.length === 1, 'a watch')
  await pause(1000)
  test.ok(stub.watches.length >= 3 && stub.watches.length <= 9, `${stub.watches.length} watches`)
  test.equal(stub.lists.length, 1)
})

void t.test('one that lasted shows that all was well', async (test) => {
  const stub = changingStub()
  stub.watching = [
    ({ response }) => {
      response.flushHeaders()
      setTimeout(() => response.end(), 60)
    }
  ]
  await reflect(test, stub, { timings: { firstMs: 40, longestMs: 5000, steadyMs: 50 } })
  await until(() => stub.watches.length === 1, 'a watch')
  const began = performance.now()
  await until(() => stub.watches.length === 9, 'eight more')
  test.ok(performance.now() - began < 3000)
})

/** Restored from a backup: it opens a watch from the version of the future, and tells nothing on it. */
function restoredStub(knows: boolean): CollectionStub {
  const stub: CollectionStub = changingStub((asked) => stub.reset(asked))
  const confirm = knows ? ({ response }: Asked) => stub.answerList(response, [], '10') : refuse(504, tooLarge)
  const [first = () => {}, last = () => {}] = stub.listing
  stub.listing = [first, confirm, last]
  return stub
}

void t.test('a watch that tells nothing after a failure is no proof: is our version of the future?', async (test) => {
  const stub = restoredStub(false)
  const { problems, becomes } = await reflect(test, stub, { timings: { quietMs: 300 } })
  await becomes({ 'default/b': '2' })
  await until(() => stub.watches.length === 3, 'a third watch')
  test.equal(stub.watches[2]?.query.get('resourceVersion'), '99')
  test.strictSame(Object.fromEntries(stub.lists[1]?.query ?? []), {
    limit: '1',
    resourceVersion: '10',
    resourceVersionMatch: 'NotOlderThan'
  })
  test.match(problems, [{ in: 'watch' }, { in: 'watch', error: { status: 504, causes: ['ResourceVersionTooLarge'] } }])
})

void t.test('a version that the server knows takes no list, and is asked for once', async (test) => {
  const stub = restoredStub(true)
  const { problems, becomes, content } = await reflect(test, stub, { timings: { quietMs: 200 } })
  await until(() => stub.watches.length === 5, 'a fifth watch')
  test.equal(stub.lists.length, 2, 'the first list, and the question')
  test.equal(stub.watches[4]?.query.get('resourceVersion'), '10')
  test.equal(problems.length, 1)
  test.strictSame(content(), { 'default/a': '1' })
  stub.send(['ADDED', configMap('c', '3', '12')])
  await becomes({ 'default/a': '1', 'default/c': '3' })
})

void t.test('a watch that tells something after a failure is proof enough', async (test) => {
  const stub: CollectionStub = changingStub(
    (asked) => stub.reset(asked),
    say(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '20' } } }))
  )
  await reflect(test, stub, { timings: { quietMs: 200 } })
  await until(() => stub.watches.length === 5, 'a fifth watch')
  test.equal(stub.lists.length, 1)
})

void t.test(
  'of many watches that end at once and tell nothing the server is asked whether it knows the version',
  async (test) => {
    const stub = changingStub()
    const [first = () => {}] = stub.listing
    stub.listing = [first, refuse(200, '<html>'), ({ response }) => stub.answerList(response, [], '30')]
    stub.watching = [({ response }) => response.end()]
    const { problems, becomes } = await reflect(test, stub, { timings: { firstMs: 1, longestMs: 5 } })
    await until(() => stub.lists.length === 3, 'a list')
    await becomes({})
    test.match(problems, [{ in: 'watch', error: { message: 'the answer is no list of a collection' } }])
    test.ok(stub.watches.length >= 10, `${stub.watches.length} watches`)
  }
)

async function whatFollows({ stub, problems, becomes }: Reflection, reported: number): Promise<void> {
  await until(() => problems.length === reported, 'the failure is told')
  await becomes({ 'default/b': '2' })
  await until(() => stub.watches.length === 1, 'a watch')
}

void t.test('a handler that throws loses nothing, in a list', async (test) => {
  let faults = 1
  const onChange = () => {
    if (faults-- > 0) throw new Error('cannot cope')
  }
  const reflection = await reflect(test, changingStub(), { onChange })
  await whatFollows(reflection, 1)
  test.ok(reflection.reflector.synced)
  test.match(reflection.problems, [{ in: 'handler', error: { message: 'cannot cope' }, nextMs: Number }])
  test.strictSame(reflection.changes[0], ['default/a', undefined, '1'], 'the other handlers are told')
  test.equal(reflection.stub.lists.length, 2)
})

function refuseC(key: string): void {
  if (key === 'default/c') throw new Error('cannot cope')
}

void t.test('a handler that throws loses nothing, in a watch', async (test) => {
  const { stub, problems, content, becomes } = await reflect(test, changingStub(), { onChange: refuseC })
  await until(() => stub.watches.length === 1, 'a watch')
  stub.send(['ADDED', configMap('c', '3', '11')])
  await until(() => problems.length === 1, 'a problem')
  test.strictSame(content(), { 'default/a': '1', 'default/c': '3' })
  test.match(problems, [{ in: 'handler', error: { message: 'cannot cope' } }])
  await until(() => stub.lists.length === 2, 'all is told again')
  await until(() => problems.length === 2, 'also of what goes')
  await becomes({ 'default/b': '2' })
})

function failToLog(): never {
  throw new Error('no log')
}

void t.test('who is told of problems may fail', async (test) => {
  const { becomes } = await reflect(test, changingStub(refuse(410)), { options: { onProblem: failToLog } })
  await becomes({ 'default/b': '2' })
})

void t.test('a list that is not answered is told, also after a watch that was opened', async (test) => {
  let lists = 0
  const api: Api = {
    send: () => Promise.reject(new Error('nobody asks')),
    async *pieces() {
      if (++lists > 1) throw new DOMException('no sign of life within 30 s', 'TimeoutError')
      yield Buffer.from('{"metadata":{"resourceVersion":"10"},"items":[]}')
    },
    async *lines({ onOpen }) {
      onOpen?.()
      yield JSON.stringify({ type: 'ERROR', object: expired })
    },
    close: () => Promise.resolve()
  }
  const { problems } = await reflect(test, new CollectionStub(), { options: { api } })
  await until(() => problems.length >= 2, 'two problems')
  test.match(problems.slice(0, 2), [{ in: 'watch' }, { in: 'list', error: { name: 'TimeoutError' } }])
})
