import * as fc from 'fast-check'
import t from 'tap'
import { ListAnswer } from '../../src/cluster/reflector/list-answer.ts'

interface Taken {
  items: unknown[]
  envelope: unknown
}

/** Takes a text in pieces of these lengths, over and over. */
function take(text: string, lengths: readonly number[] = [text.length + 1], longestItem = 1000): Taken {
  const items: unknown[] = []
  const answer = new ListAnswer((item) => items.push(item), longestItem)
  const bytes = Buffer.from(text)
  for (let from = 0, piece = 0; from < bytes.length; piece++) {
    const to = from + (lengths[piece % lengths.length] ?? 1)
    answer.take(bytes.subarray(from, to))
    from = to
  }
  return { items, envelope: answer.finish() }
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const name = fc.oneof(
  fc.constantFrom('items', 'metadata', '"items":[', '\\', '\\"', 'größe', '🦉', ',', '{', ']'),
  fc.string()
)
/** JSON.parse of V8 13.6 takes one key for another where keys have backslashes in them, which none has in Kubernetes. */
const field = name.filter((text) => !text.includes('\\'))
const tree = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.boolean(), fc.constant(null), name, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(field, tie('value'), { maxKeys: 3 })
}))
const around = fc.dictionary(field, tree.value, { maxKeys: 3 })

void t.test('a list is taken apart as JSON.parse has it, wherever its pieces end', (test) => {
  const whole = fc.tuple(around, fc.array(tree.value, { maxLength: 4 }), around, lengths, fc.constantFrom(0, 1, 3))
  fc.assert(
    fc.property(whole, ([before, items, after, cuts, indent]) => {
      const list = { ...before, items, ...after }
      const text = JSON.stringify({ ...list, items }, undefined, indent)
      const taken = take(text, cuts)
      const rest = JSON.stringify({ ...(JSON.parse(text) as object), items: [] })
      return JSON.stringify(taken.items) === JSON.stringify(items) && JSON.stringify(taken.envelope) === rest
    }),
    { numRuns: 2000 }
  )
  test.end()
})

void t.test('a list as the API server writes it', (test) => {
  const text = '{"kind":"PodList","metadata":{"resourceVersion":"7","continue":"x"},"items":[{"a":1},{"b":"]}"}]}\n'
  test.strictSame(take(text), {
    items: [{ a: 1 }, { b: ']}' }],
    envelope: { kind: 'PodList', metadata: { resourceVersion: '7', continue: 'x' }, items: [] }
  })
  test.strictSame(take('{"items":null,"metadata":{}}').items, [])
  test.strictSame(take('{"items":[ ]}').items, [])
  test.end()
})

void t.test('items that are not those of the list', (test) => {
  for (const text of [
    '{"spec":{"items":[1]}}',
    '[{"items":[1]}]',
    '{"a":"items","b":[1]}',
    '{"\\"items":[1]}',
    '["items",[1]]'
  ]) {
    test.strictSame(take(text, [1]), { items: [], envelope: JSON.parse(text) as unknown }, text)
  }
  test.end()
})

void t.test('what is no JSON, or not whole, is refused', (test) => {
  const cases = [
    ['', /JSON/],
    ['<html>[]</html>', /JSON/],
    ['{"items":[{"a":1},', /^the answer breaks off$/],
    ['{"items":[{"a":1}]', /^the answer breaks off$/],
    ['{"items":[{"a":"', /^the answer breaks off$/],
    ['{"items":[{"a":1],"b":2}', /JSON/],
    ['{"items":[,1]}', /JSON/],
    ['{"items":[1 2]}', /JSON/],
    ['{"items":[]}}', /^the answer breaks off$/]
  ] as const
  for (const [text, message] of cases) {
    test.throws(() => take(text), { message }, text)
    test.throws(() => take(text, [1]), { message }, `${text}, byte by byte`)
  }
  test.end()
})

void t.test('no part is held that is too long', (test) => {
  const message = 'a part of the answer is longer than 100 bytes'
  const long = 'x'.repeat(100)
  test.throws(() => take(`{"items":["${long}"]}`, [10], 100), { message })
  test.throws(() => take(`{"items":["${long}`, [10], 100), { message }, 'nor waited for')
  test.equal(take(`{"items":["${'x'.repeat(98)}"]}`, [10], 100).items.length, 1)
  const tooLong = { message: 'a part of the answer is longer than 1048576 bytes' }
  test.throws(() => take(`{"a":"${'x'.repeat(1024 * 1024)}`, [4096]), tooLong)
  test.end()
})
