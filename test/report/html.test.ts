import t from 'tap'
import type { ClusterReport } from '../../src/report/cluster-report.ts'
import { formats } from '../../src/report/index.ts'
import type { Report } from '../../src/report/report.ts'
import { clean, resultOf, sample } from './sample.ts'

const hostile = `"><img src=x onerror='y'>&lt;</style><script>alert(1)</script>\u0000\u202e]]>`
const object = { apiVersion: hostile, kind: hostile, namespace: hostile, name: hostile }
const counts = { name: hostile, objects: 1, required: 1, advised: 0, unknown: 0, exempted: 1, denied: 1 }
const cluster: ClusterReport = {
  namespaces: [{ ...counts, profile: 'standard', version: 'v2', mode: 'enforce', injects: true, enforceable: true }],
  groups: { label: hostile, values: [counts] },
  changed: [{ object, policies: [hostile], companion: false }],
  budgets: [
    { namespace: hostile, name: hostile, bound: hostile, pods: { expected: 3, healthy: 3, desired: 2, allowed: 1 } }
  ],
  turned: [{ object, from: 'pass', to: 'denied', policies: [hostile] }],
  placement: {
    nodes: ['a', 'b'].map((zone) => ({
      name: `${hostile}${zone}`,
      zone: `${hostile}${zone}`,
      ready: false,
      schedulable: true
    })),
    workloads: [{ namespace: hostile, kind: hostile, name: hostile, pods: [[0, 2]], pending: 1 }]
  }
}
const texts = {
  policy: hostile,
  field: hostile,
  problem: hostile,
  hedge: hostile,
  fix: hostile,
  text: hostile,
  container: hostile
}
const attack: Report = {
  ...clean,
  command: 'scan',
  version: hostile,
  results: [
    resultOf({ ...texts, object, denied: true }),
    resultOf({ ...texts, object, suppressed: { by: 'exemption', reason: hostile, until: hostile } })
  ],
  incomplete: [{ file: hostile, problem: hostile }],
  stale: [hostile],
  cluster
}
const options = { colour: false, title: () => hostile, page: () => hostile }
const page = formats.html(attack, options)
const { style = '', rest } = partsOf(page)

/** The page, and apart from it its style. */
function partsOf(text: string): { style: string | undefined; rest: string } {
  const found = /<style>([^<]*)<\/style>/.exec(text)
  return { style: found?.[1], rest: text.replace(/<style>[^<]*<\/style>/, '') }
}

const ours =
  /^<\/?(?:html|head|meta|title|body|header|main|section|h1|h2|p|ul|li|strong|span|b|br|code|div|table|thead|tbody|tr|th|td|details|summary)(?: (?:lang|charset|http-equiv|content|name|class|id|scope|tabindex|role|aria-label|aria-labelledby)="[^"<>]*")*>$/

void t.test('no name of a user becomes markup, wherever it stands', (test) => {
  const tags = rest.match(/<[^>]*>/g) ?? []
  test.strictSame(
    tags.filter((tag) => !ours.test(tag) && tag !== '<!doctype html>'),
    []
  )
  test.notMatch(rest.replaceAll(/<[^>]*>/g, ''), /[<>"']/)
  test.notOk(rest.includes('\u0000') || rest.includes('\u202e'), 'nothing that does not show')
  test.notMatch(rest, /&(?!#\d+;)/, 'every ampersand is ours')
  test.ok(rest.split('alert(1)').length > 25, 'the names are there as text')
  test.end()
})

void t.test('the page runs nothing and asks for nothing', (test) => {
  test.match(page, `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`)
  test.notMatch(style, /url\(|@import|expression/)
  test.notMatch(rest, /<(?:script|link|img|iframe|form|a)[ >]/)
  test.end()
})

void t.test('its headings come in order, its tables have heads, and ids are its own', (test) => {
  const levels = Array.from(rest.matchAll(/<h(\d)/g), ([, level]) => level)
  test.strictSame([levels[0], ...new Set(levels.slice(1))], ['1', '2'])
  const ids = Array.from(rest.matchAll(/ id="([^"]*)"/g), ([, id]) => id)
  test.equal(new Set(ids).size, ids.length)
  for (const id of rest.matchAll(/aria-labelledby="([^"]*)"/g)) test.ok(ids.includes(id[1]))
  test.equal(rest.split('<table').length, rest.split('<thead>').length)
  test.end()
})

void t.test('it shows budgets with their arithmetic, pods on one node, and what ends when', (test) => {
  test.match(page, '3 of 3 pods are healthy, 2 must stay: 1 may go')
  test.match(page, '2 pods on 1 node in 1 zone, 1 without a node <span class="badge advised">one node</span>')
  const shown = formats.html(sample, options)
  test.match(shown, '<td>2027-01-31</td>')
  test.match(shown, 'apps/web.yaml:6')
  test.match(formats.html(clean, options), '<p>Nothing to say.</p>')
  test.end()
})
