import * as fc from 'fast-check'
import t from 'tap'

/** RUNS=10000 in the environment hunts; a failure prints the seed and the path that repeat it. */
const numRuns = Number(process.env['RUNS'] ?? 1000)

/** Holds a law against generated cases. The predicate throws where it is broken. */
export function law<T>(fact: string, cases: fc.Arbitrary<T>, predicate: (one: T) => void): void {
  void t.test(fact, (test) => {
    fc.assert(fc.property(cases, predicate), { numRuns })
    test.pass(`${numRuns} cases`)
    test.end()
  })
}
