import * as fc from 'fast-check'
import t from 'tap'
import { cases } from './cases.ts'
import { assertPromises } from './promises.ts'

/** Few, and always the same: `npm run fuzz` hunts. */
const runs = { seed: 20_261_121, numRuns: 400 }

void t.test('a review with anything wrong with it, or around it, is answered or refused', (test) => {
  fc.assert(fc.property(cases, assertPromises), runs)
  test.pass(`${runs.numRuns} cases`)
  test.end()
})
