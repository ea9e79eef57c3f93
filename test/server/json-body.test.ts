import t from 'tap'
import { BadBody, parseJson } from '../../src/server/json-body.ts'

const mebibyte = 1024 * 1024

void t.test('more values than any review has are refused before they are parsed', (test) => {
  for (const [what, text] of [
    ['empty objects', `[${'{},'.repeat(2_500_000)}{}]`],
    ['empty lists', `[${'[],'.repeat(2_500_000)}[]]`],
    ['numbers', `[${'1,'.repeat(2_500_001)}1]`],
    ['an open end', '['.repeat(5 * mebibyte)]
  ] as const) {
    test.throws(() => parseJson(text), new BadBody('too many values'), what)
  }
  test.end()
})

void t.test('a large review is large because of its texts', (test) => {
  const commas = ',{[\\"\\\\'.repeat(3 * mebibyte)
  test.strictSame(parseJson(`{"a":"${commas}"}`), { a: ',{["\\'.repeat(3 * mebibyte) })
  const escaped = '\\u003c'.repeat(3 * mebibyte)
  test.strictSame(parseJson(`["${escaped}","${escaped}"]`), ['<'.repeat(3 * mebibyte), '<'.repeat(3 * mebibyte)])
  const objects = `[${'{"name":"A"},'.repeat(500_000)}{}]`
  test.equal((parseJson(objects) as unknown[]).length, 500_001, 'half a million objects')
  test.throws(() => parseJson(`["${commas}`), { name: 'BadBody', message: /^not JSON: / }, 'a text without an end')
  test.end()
})
