import t from 'tap'
import { InvalidReview } from '../../src/admission/answer.ts'
import { openReplica, record, review } from './replica.ts'

const replica = await openReplica(t)
const { call } = replica

void t.test('every path answers a review with its uid', async (test) => {
  for (const path of ['/mutate', '/validate/audit', '/validate/warn', '/validate/enforce?timeout=10s']) {
    const reply = await call({ path, body: review('u-42') })
    test.equal(reply.status, 200, path)
    test.match(reply.headers['content-type'], /^application\/json/u)
    test.match(JSON.parse(reply.text), { kind: 'AdmissionReview', response: { uid: 'u-42', allowed: true } })
  }
})

void t.test('an answer arrives whole, whatever characters it has', async (test) => {
  for (const text of ['plain', 'é', 'a – b', '\u{1f600}', '\u2028', 'é'.repeat(100_000)]) {
    const own = await openReplica(test, {
      admit: (endpoint) => ({ body: JSON.stringify({ text }), record: { ...record, endpoint } })
    })
    const reply = await own.call({ body: review('u-42') })
    test.same(JSON.parse(reply.text), { text })
    test.equal(reply.headers['content-length'], `${Buffer.byteLength(JSON.stringify({ text }))}`)
    test.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  }
})

void t.test('what is no review is refused in words, and without quoting it', async (test) => {
  const refused: [string, Parameters<typeof call>[0], number, string | RegExp][] = [
    ['not JSON', { body: 'secret-marker' }, 400, /^not JSON: Unexpected token 's'$/u],
    ['cut off', { body: '{"a":' }, 400, 'not JSON: Unexpected end of JSON input'],
    ['a fault far inside', { body: '{"password":"secret-marker" oops}' }, 400, /^not JSON: [^"]*$/u],
    ['no body', { body: '' }, 400, 'empty body'],
    ['no body, no content type', { body: '', headers: { 'content-type': undefined } }, 400, 'empty body'],
    ['YAML', { body: 'a: 1', headers: { 'content-type': 'application/yaml' } }, 415, /not application\/json/u],
    ['a form', { body: 'a=1', headers: { 'content-type': 'text/plain' } }, 415, /not application\/json/u],
    ['9 MiB', { body: Buffer.alloc(9 * 1024 * 1024, 32) }, 413, 'the body is over the limit of 8388608 bytes'],
    ['a GET', { method: 'GET' }, 405, 'only POST is allowed here'],
    ['a PUT', { method: 'PUT', body: '{}' }, 405, 'only POST is allowed here'],
    ['another path', { path: '/validate/nope', body: '{}' }, 404, 'no such path'],
    ['a path that is not decodable', { path: '/%zz', body: '{}' }, 404, 'no such path'],
    ['a mode in capitals', { path: '/validate/Enforce', body: '{}' }, 404, 'no such path']
  ]
  for (const [name, options, status, text] of refused) {
    const reply = await call(options)
    test.equal(reply.status, status, name)
    test.match(reply.text, text, name)
    test.match(reply.headers['content-type'], /^text\/plain/u, name)
  }
  test.notMatch(replica.lines.join(''), /secret-marker/u, 'nor does the log quote it')
})

void t.test('a body of 8 MiB in multi-byte characters is judged', async (test) => {
  const text = 'é'.repeat(4 * 1024 * 1024 - 200)
  const reply = await call({ body: review('large', { text }) })
  test.equal(reply.status, 200)
})

void t.test('a body in chunks over the limit is refused', async (test) => {
  const body = Buffer.alloc(9 * 1024 * 1024, 32)
  const reply = await call({ body, headers: { 'content-length': undefined, 'transfer-encoding': 'chunked' } })
  test.equal(reply.status, 413)
})

void t.test('nesting of 100 000 levels ends in an answer', async (test) => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const reply = await call({ body: review('deep').replace('{}', deep) })
  test.ok(reply.status === 200 || reply.status === 400, `${reply.status}`)
  test.equal((await call({ body: review('after') })).status, 200, 'and the server lives on')
})

void t.test('keys of the object prototype reach the judge as they are', async (test) => {
  let seen: unknown
  const own = await openReplica(test, {
    admit: (endpoint, body) => {
      seen = body
      return { body: '{}', record: { ...record, endpoint } }
    }
  })
  const body = '{"data":{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}}}}'
  test.equal((await own.call({ body })).status, 200)
  const { data } = seen as { data: object }
  test.same(Object.keys(data), ['__proto__', 'constructor'])
  test.equal(Object.getPrototypeOf(data), Object.prototype)
  test.notOk('a' in {} || 'b' in {})
})

void t.test('a review that the judge cannot read is answered 400 in its words', async (test) => {
  const own = await openReplica(test, {
    admit: () => {
      throw new InvalidReview('request.uid: missing')
    }
  })
  const reply = await own.call({ body: '{}' })
  test.equal(reply.status, 400)
  test.equal(reply.text, 'request.uid: missing')
  test.equal(own.lines.length, 1)
  test.match(JSON.parse(own.lines[0] ?? ''), {
    level: 40,
    endpoint: 'enforce',
    status: 400,
    problem: 'request.uid: missing'
  })
})

void t.test('a policy that throws is answered 500, and only the log says why', async (test) => {
  const own = await openReplica(test, {
    admit: () => {
      throw Object.assign(new TypeError('the policy is broken'), { statusCode: 418 })
    }
  })
  const reply = await own.call({ body: '{}' })
  test.equal(reply.status, 500)
  test.equal(reply.text, 'internal error')
  test.equal(own.lines.length, 1)
  test.match(JSON.parse(own.lines[0] ?? ''), {
    level: 50,
    endpoint: 'enforce',
    err: { message: 'the policy is broken' }
  })
  test.match((await own.probe('/metrics')).text, 'holdfast_admission_calls_total{endpoint="enforce",outcome="error"} 1')
})
