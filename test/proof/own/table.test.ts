import t from 'tap'
import { ownTable } from '../table.ts'
import type { Phase } from './phases.ts'

const drain: Phase = {
  what: 'drain of all its pods',
  calls: 1500,
  skipped: 0,
  failed: 0,
  failures: [],
  slowestMs: 30,
  seconds: 30.4
}

function cellsOf(seen: Partial<Phase>): string[] | undefined {
  const row = ownTable([{ ...drain, ...seen }])
    .split('\n')
    .at(-1)
  return row?.match(/[^|]+/g)?.map((cell) => cell.trim())
}

void t.test('calls that were not made have a column where there are any', (test) => {
  test.strictSame(cellsOf({}), [drain.what, '1500', '0', '30', '30'])
  test.strictSame(cellsOf({ skipped: 7 }), [drain.what, '1500', '0', '7', '30', '30'])
  test.end()
})
