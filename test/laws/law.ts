import * as fc from 'fast-check'
import t from 'tap'

/**
 * The cases are the same in every run, so that a change breaks a law, and not the day: 100 with `npm test`, 1000 with `npm run e2e`.
 * RUNS=10000 in the environment hunts among new ones; a failure prints the seed and the path that repeat it.
 */
const { RUNS: hunt, CASES: usual = '100' } = process.env
const runs = hunt === undefined ? { numRuns: Number(usual), seed: 1 } : { numRuns: Number(hunt) }

/** Holds a law against generated cases. The predicate throws where it is broken. */
export function law<T>(fact: string, cases: fc.Arbitrary<T>, predicate: (one: T) => void): void {
  void t.test(fact, (test) => {
    fc.assert(fc.property(cases, predicate), runs)
    test.pass(`${runs.numRuns} cases`)
    test.end()
  })
}
