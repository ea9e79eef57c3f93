import t from 'tap'
import { exitCodeOf, failLevels, summaryOf } from '../../src/report/summary.ts'
import { reportOf, resultOf } from './sample-result.ts'

void t.test('what is suppressed counts as suppressed alone', (test) => {
  const results = [
    resultOf(),
    resultOf({ severity: 'advised', fixable: false }),
    resultOf({ severity: 'unknown' }),
    resultOf({ suppressed: { by: 'exemption', reason: 'x' } }),
    resultOf({ suppressed: { by: 'baseline', reason: 'x' } })
  ]
  test.strictSame(summaryOf(results, { files: 2, objects: 3 }), {
    files: 2,
    objects: 3,
    required: 1,
    advised: 1,
    unknown: 1,
    fixable: 2,
    exempted: 1,
    baselined: 1
  })
  test.end()
})

/** Exit codes by the worst severity that counts, for each of `failLevels`. */
const table = {
  none: [0, 0, 0, 0],
  unknown: [0, 0, 1, 0],
  advised: [0, 1, 1, 0],
  required: [1, 1, 1, 0]
} as const

void t.test('the exit code is by severity and level, and 3 for what is incomplete', (test) => {
  for (const [severity, codes] of Object.entries(table)) {
    const results = severity === 'none' ? [] : [resultOf({ severity: severity as 'required' })]
    const report = reportOf(results)
    const incomplete = reportOf(results, { incomplete: [{ file: 'x.yaml', problem: 'no such file' }] })
    for (const [index, level] of failLevels.entries()) {
      test.equal(exitCodeOf(report, level), codes[index], `${severity} at ${level}`)
      test.equal(exitCodeOf(incomplete, level), 3, `${severity} at ${level}, incomplete`)
    }
  }
  test.end()
})
