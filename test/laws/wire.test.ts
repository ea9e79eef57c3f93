import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { type Admit, InvalidReview } from '../../src/admission/answer.ts'
import type { Endpoint } from '../../src/admission/answer.ts'
import { admitOf, endpoints, operationsIn, overTheWire, reviewOf, saidIn } from '../support/workloads.ts'
import { placesIn, spoiled } from '../fuzz/mutation.ts'
import { setting, workload } from './generated.ts'
import { law } from './law.ts'

/** An answer that the API server can read, or InvalidReview: nothing else may come of a body. */
function assertAnswered(admit: Admit, endpoint: Endpoint, text: string): void {
  let answer
  try {
    answer = admit(endpoint, JSON.parse(text))
  } catch (error) {
    if (error instanceof InvalidReview) {
      assert.ok(error.message.length > 0)
      return
    }
    throw error
  }
  const said = saidIn(answer)
  assert.equal(typeof said.uid, 'string')
  assert.equal(typeof said.allowed, 'boolean')
  assert.equal(said.patch === undefined, said.patchType === undefined)
  assert.equal(said.allowed, said.status === undefined)
  for (const warning of said.warnings ?? []) assert.doesNotMatch(warning, /[\p{Cc}\p{Cs}]/u)
  for (const { path } of operationsIn(said)) assert.match(path, /^\/(?:metadata|spec)(?:\/|$)/)
}

const endpoint = fc.constantFrom(...endpoints)

law('any JSON is answered or refused', fc.tuple(endpoint, fc.json({ maxDepth: 4 })), ([at, text]) => {
  assertAnswered(admitOf(), at, text)
})

const values = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    undefined,
    '3',
    1.5,
    -1,
    1e300,
    2 ** 53,
    [],
    {},
    [null],
    '',
    ']',
    'a]b',
    '\u0000\n',
    '\ud800',
    '[['
  ),
  fc.constantFrom<unknown>(
    { ['__proto__']: { x: 1 } },
    { constructor: {} },
    { ['__proto__']: null },
    ['__proto__'],
    true
  )
)

const spoilt = fc.tuple(
  setting,
  workload,
  fc.boolean(),
  fc.array(fc.tuple(fc.nat(), values), { minLength: 1, maxLength: 3 })
)

law('a review with something else in some places is answered or refused', spoilt, ([given, one, update, changes]) => {
  const { object, resource } = one
  const review = overTheWire(reviewOf({ object, resource, ...(update && { oldObject: object }) }))
  const places = placesIn(review)
  const body = changes.reduce((root: unknown, [pick, value]) => {
    return spoiled(root, places[pick % places.length] ?? [], value)
  }, review)
  const text = JSON.stringify(body) ?? 'null'
  for (const at of endpoints) assertAnswered(admitOf(given), at, text)
})

law(
  'whatever is answered once is answered the same again',
  fc.tuple(setting, workload),
  ([given, { object, resource }]) => {
    const text = JSON.stringify(reviewOf({ object, resource }))
    for (const at of endpoints) {
      assert.deepEqual(admitOf(given)(at, JSON.parse(text)), admitOf(given)(at, JSON.parse(text)))
    }
  }
)
