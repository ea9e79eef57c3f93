import * as fc from 'fast-check'
import t from 'tap'

/**
 * The cases are the same in every run, so that a change breaks a law, and not the day. RUNS=10000 in the environment hunts among new
 * ones; a failure prints the seed and the path that repeat it.
 */
const hunt = process.env['RUNS']
const runs = hunt === undefined ? { numRuns: 1000, seed: 1 } : { numRuns: Number(hunt) }

/** Holds a law against generated cases. The predicate throws where it is broken. */
export function law<T>(fact: string, cases: fc.Arbitrary<T>, predicate: (one: T) => void): void {
  void t.test(fact, (test) => {
    fc.assert(fc.property(cases, predicate), runs)
    test.pass(`${runs.numRuns} cases`)
    test.end()
  })
}
