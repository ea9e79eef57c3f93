import t from 'tap'
import { baselineText, entriesOf, parseBaseline, withBaseline } from '../../src/report/baseline.ts'
import { resultOf } from './sample-result.ts'

const web = resultOf()
const api = resultOf({ object: { ...web.object, name: 'api' } })
const exempt = resultOf({
  object: { ...web.object, name: 'job' },
  suppressed: { by: 'exemption', reason: 'a sidecar of others' }
})

void t.test('a baseline has a sorted line for each identity that counts', (test) => {
  const text = baselineText(entriesOf([web, api, web, exempt]))
  test.equal(
    text,
    `# What Holdfast found here and does not count: policy, object, container. Written by holdfast lint --write-baseline.
readiness-probe apps/Deployment shop/api web
readiness-probe apps/Deployment shop/web web
`
  )
  test.equal(baselineText(parseBaseline(text)), text)
  test.end()
})

void t.test('order, blank lines, comments and line ends of a baseline do not matter', (test) => {
  const entries = ['min-replicas apps/Deployment web', 'readiness-probe apps/Deployment web web']
  test.strictSame(
    parseBaseline(`\n# why\r\n${entries[1]}\r\n\r\n  ${entries[0]?.replace(' ', '\t')} \n`),
    new Set(entries.toReversed())
  )
  test.strictSame(parseBaseline(''), new Set())
  test.end()
})

void t.test('what is in the baseline does not count, and what is only there is stale', (test) => {
  const baseline = new Set(['min-replicas apps/Deployment shop/gone', ...entriesOf([web])])
  const { results, stale } = withBaseline([web, api, exempt], baseline)
  test.strictSame(
    results.map(({ suppressed }) => suppressed?.by),
    ['baseline', undefined, 'exemption']
  )
  test.strictSame(stale, ['min-replicas apps/Deployment shop/gone'])
  test.end()
})

void t.test('another container, or another policy, is not in the baseline', (test) => {
  const baseline = new Set(entriesOf([web]))
  const others = [resultOf({ container: 'proxy' }), resultOf({ policy: 'pre-stop-sleep' })]
  test.notOk(withBaseline(others, baseline).results.some(({ suppressed }) => suppressed !== undefined))
  test.end()
})

void t.test('an entry that only covers what is exempt is stale', (test) => {
  test.strictSame(
    withBaseline([{ ...web, suppressed: { by: 'exemption', reason: 'x' } }], new Set(entriesOf([web]))).stale,
    entriesOf([web])
  )
  test.end()
})
