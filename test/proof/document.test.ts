import t from 'tap'
import { chartOf, figuresOf, withFigures } from './document.ts'
import { runOf } from './fixtures.ts'
import { toJson } from './report.ts'
import { failedOf, lineOf } from './table.ts'

const report = {
  taken: '2026-01-31',
  machine: { machine: 'one of them', versions: 'Kubernetes 1.36.3' },
  runs: [
    runOf('restart-slow', 'without', 400),
    runOf('restart-slow', 'without', 420, 2),
    runOf('restart-slow', 'without', 411, 3),
    runOf('restart-slow', 'with', 0)
  ],
  own: []
}

void t.test('a figure is the median, with the extremes where they differ', (test) => {
  test.equal(failedOf(report.runs.slice(0, 3)), '411 (400–420)')
  test.equal(failedOf(report.runs.slice(3)), '0')
  test.equal(lineOf(runOf('a', 'with', 6)), 'a (1), with Holdfast: 6 of 2000 failed in 6 s: 6 refused')
  test.end()
})

void t.test('the table has the machine, and a row for each case that was measured', (test) => {
  test.match(figuresOf(report), /^```text\ntaken +2026-01-31\nmachine +one of them\n/)
  const row = '| rolling restart, listens after 2 s |    411 (400–420) |             0 | 6 |      6 |'
  test.equal(figuresOf(report).split('\n').at(-1), row)
  test.end()
})

void t.test('the chart has a bar for each second in which something failed', (test) => {
  const svg = chartOf(report)
  test.match(svg, 'without Holdfast: 411 (400–420) of some 2000 failed')
  test.match(svg, 'with Holdfast: 0 of some 2000 failed')
  test.equal(svg.match(/fill="#c2410c"/g)?.length, 2, 'one in the legend, one for the second 4')
  test.equal(svg.match(/fill="#1d4ed8"/g)?.length, 1, 'one in the legend')
  test.notMatch(svg, /NaN|undefined/)
  test.end()
})

void t.test('figures stand where the page has a place for them', (test) => {
  const page = 'a\n<!-- results: written by npm run proof:docs -->\nold\n<!-- end of results -->\nb\n'
  const filled = withFigures(page, 'results', 'new')
  test.equal(filled, page.replace('old', 'new'))
  test.throws(() => withFigures(page, 'others', 'new'), { message: 'there is no place for others' })
  test.end()
})

void t.test('a report can be read back', (test) => {
  test.strictSame(JSON.parse(toJson(report)), report)
  test.end()
})
