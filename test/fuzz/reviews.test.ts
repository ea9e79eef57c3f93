import * as fc from 'fast-check'
import t from 'tap'
import { cases } from './cases.ts'
import { assertPromises, type Outcome } from './promises.ts'

/** Few, and always the same: `npm run fuzz` hunts. */
const runs = { seed: 20_261_121, numRuns: 400 }

void t.test('a review with anything wrong with it, or around it, is answered or refused', (test) => {
  const counts = new Map<Outcome, number>()
  const property = fc.property(cases, (one) => {
    for (const outcome of assertPromises(one)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  })
  fc.assert(property, runs)
  for (const outcome of ['refused', 'allowed', 'patched', 'denied'] as const) {
    test.ok((counts.get(outcome) ?? 0) > runs.numRuns / 20, `${counts.get(outcome)} ${outcome}`)
  }
  test.end()
})
