import t from 'tap'
import type { FormatName } from '../../src/report/index.ts'
import { readerLimits } from '../../src/report/reader-limits.ts'
import { sample } from './sample.ts'

function limits(format: FormatName, count: number, length = 100): string[] {
  return readerLimits(
    format,
    { ...sample, results: sample.results.slice(0, 1).flatMap((one) => Array.from({ length: count }, () => one)) },
    length
  )
}

void t.test('what readers leave out is said', (test) => {
  test.strictSame(limits('github', 9), [])
  test.strictSame(limits('github', 10), [
    'github: GitHub shows 10 of 11 errors as annotations; the log of the step has all'
  ])
  test.strictSame(limits('sarif', 5000), [])
  test.strictSame(limits('sarif', 5001), ['sarif: GitHub shows the 5000 most severe of 5001 results'])
  test.match(limits('sarif', 25_001), [/^sarif: GitHub takes no more than 25000 results in a run, and here are 25001;/])
  test.strictSame(limits('markdown', 1, 65_536), [])
  test.strictSame(limits('markdown', 1, 65_537), [
    'markdown: GitHub takes 65536 characters for a comment, and these are 65537'
  ])
  test.match(limits('markdown', 1, 2_000_000), [
    /for a comment, and 1 MiB for the summary of a step, and these are 2000000$/
  ])
  for (const format of ['human', 'line', 'json', 'junit', 'gitlab', 'html'] as const)
    test.strictSame(limits(format, 30_000, 2_000_000), [], format)
  test.end()
})
