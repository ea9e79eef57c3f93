import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { Page } from '../../src/commands/controller/page.ts'
import { WorstResults } from '../../src/commands/controller/worst-results.ts'
import { fileVersion } from '../../src/engine/api.ts'
import { policies } from '../../src/policies/index.ts'
import type { Report, Result } from '../../src/report/report.ts'
import { summaryOf } from '../../src/report/summary.ts'

function resultOf(name: string, about: Partial<Result> = {}): Result {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
  const texts = { problem: 'runs 1 replica', hedge: '', fix: 'set it to 2', text: 'runs 1 replica' }
  const of = { policy: 'min-replicas', container: '', field: 'spec.replicas' }
  return { ...of, severity: 'advised', object, ...texts, fixable: false, ...about }
}

function reportOf(results: readonly Result[]): Report {
  const summary = summaryOf(results, { files: 0, objects: 1 })
  const about = { apiVersion: fileVersion, kind: 'Report', command: 'scan', version: '0.1.0', summary } as const
  return { ...about, results, incomplete: [], stale: [] }
}

void t.test('the page is that of the last scan, of a controller that leads', async (test) => {
  let leads = false
  const page = new Page({ policies, leading: () => leads, lease: 'holdfast-system/holdfast' })
  test.match(page.answer(), { missing: /does not lead.*holdfast-system\/holdfast/ })
  leads = true
  test.strictSame(page.answer(), { missing: 'no scan has ended yet' })
  for (const name of ['web-before', '<b>second</b>']) {
    // oxlint-disable-next-line no-await-in-loop -- one scan after the other
    await page.show(reportOf([resultOf(name)]), Date.parse('2026-11-30T10:00:00Z'))
  }
  const answer = page.answer()
  if ('missing' in answer) throw new Error(answer.missing)
  const text = gunzipSync(answer.compressed).toString()
  test.match(text, /as of 2026-11-30 10:00 UTC/)
  test.match(text, /1 advised/)
  test.match(text, policies.find(({ id }) => id === 'min-replicas')?.title)
  test.notMatch(text, 'web-before')
  test.notMatch(text, '<b>second')
  leads = false
  test.match(page.answer(), { missing: String })
})

void t.test('of many results the worst are kept, and the rest is counted', async (test) => {
  const worst = new WorstResults(10)
  for (let index = 0; index < 1000; index++) worst.add([resultOf(`w${index}`)])
  worst.add([resultOf('exempt', { suppressed: { by: 'exemption', reason: 'a batch' } })])
  worst.add([resultOf('required', { severity: 'required' })])
  worst.add([resultOf('denied', { severity: 'required', denied: true })])
  worst.add([resultOf('two'), resultOf('two', { field: 'spec.other' })])
  for (let index = 0; index < 1000; index++) worst.add([resultOf(`w${index}`, { severity: 'unknown' })])
  const { results, left } = worst.end()
  test.equal(results.length, 10)
  test.equal(left, 1995)
  test.strictSame(
    results.slice(0, 4).map(({ object }) => object.name),
    ['denied', 'required', 'two', 'two']
  )
})
