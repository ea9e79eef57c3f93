import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Allocations, countAllocations, recordFile } from '../bench/allocations.ts'

/** What a change may add to a review, or take from it, before somebody looks at it and records it again. */
const tolerance = 0.15
const recorded = JSON.parse(readFileSync(recordFile, 'utf8')) as Allocations
const counted = countAllocations()

void t.test('what is counted is what is recorded', async (test) => {
  test.strictSame(Object.keys(counted), Object.keys(recorded))
})

for (const [what, bytes] of Object.entries(recorded)) {
  void t.test(`a review allocates about as much as recorded: ${what}`, async (test) => {
    const now = counted[what] ?? Number.NaN
    const fact = `${now} bytes, ${bytes} recorded`
    test.ok(Math.abs(now / bytes - 1) <= tolerance, `${fact}; where that is meant: node bench/allocations.ts --write`)
  })
}
