import t from 'tap'
import { contentsOf, type Found, reportKinds, reportObject, type Scope } from '../../src/report/report-object.ts'
import type { Result } from '../../src/report/report.ts'

const [openReports, policyReports] = reportKinds
const scope: Scope = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u-1' }
const result: Result = {
  policy: 'readiness-probe',
  severity: 'required',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  container: 'web',
  field: 'spec.template.spec.containers[name=web].readinessProbe',
  problem: 'serves port 80 without a readiness probe',
  hedge: '',
  fix: 'add one',
  text: 'deployment/web: [readiness-probe] containers[name=web].readinessProbe: serves port 80 without a readiness probe; add one',
  fixable: true
}
const advised: Result = {
  ...result,
  policy: 'min-replicas',
  severity: 'advised',
  container: '',
  field: 'spec.replicas'
}
const unknown: Result = { ...advised, policy: 'topology-spread', severity: 'unknown' }
const exempt: Result = {
  ...result,
  policy: 'pre-stop-sleep',
  suppressed: { by: 'exemption', reason: 'a batch consumer', until: '2027-01-31' }
}

function found(results: readonly Result[], seconds = 1): Found {
  return { results, seconds, isEnforceable: true }
}

void t.test('a report says of each finding how grave it is, and is owned by what it is about', async (test) => {
  if (openReports === undefined) throw new Error('no kind')
  const report = reportObject(openReports, scope, found([result, advised, unknown, exempt], 1_700_000_000))
  test.match(report, {
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'Report',
    metadata: {
      name: 'holdfast-u-1',
      namespace: 'shop',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u-1' }]
    },
    source: 'holdfast',
    scope,
    summary: { pass: 0, fail: 1, warn: 2, error: 0, skip: 1 }
  })
  test.notOk(report !== undefined && 'namespace' in report.metadata.ownerReferences[0])
  test.strictSame(
    report?.results.map(({ severity, result: outcome, scored }) => [severity, outcome, scored]),
    [
      ['high', 'fail', true],
      ['medium', 'warn', false],
      ['low', 'warn', false],
      ['high', 'skip', false]
    ]
  )
  test.match(report?.results[0], {
    source: 'holdfast',
    policy: 'readiness-probe',
    timestamp: { seconds: 1_700_000_000, nanos: 0 },
    message: result.text,
    properties: { container: 'web', fix: 'add one', resultID: `u-1 readiness-probe ${result.field}` }
  })
  test.match(report?.results[3]?.message, /\(exempt: a batch consumer\)$/)
  test.equal(report?.results[3]?.properties['exemptUntil'], '2027-01-31')
})

void t.test('a PolicyReport names its source in its results alone', async (test) => {
  if (policyReports === undefined) throw new Error('no kind')
  const report = reportObject(policyReports, scope, found([result]))
  test.match(report, { apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport', results: [{ source: 'holdfast' }] })
  test.notOk(report !== undefined && 'source' in report)
})

void t.test('what cannot be enforced is marked', async (test) => {
  if (openReports === undefined) throw new Error('no kind')
  const properties = (isEnforceable: boolean) => {
    return reportObject(openReports, scope, { ...found([result]), isEnforceable })?.results[0]?.properties
  }
  test.equal(properties(false)?.['enforceable'], 'false')
  test.notHas(properties(true), { enforceable: String })
})

void t.test('where nothing is found there is no report', async (test) => {
  if (openReports === undefined) throw new Error('no kind')
  test.equal(reportObject(openReports, scope, found([])), undefined)
})

void t.test('the time alone makes no other report, a text does', async (test) => {
  if (openReports === undefined) throw new Error('no kind')
  const contents = (results: readonly Result[], seconds: number) => {
    const report = reportObject(openReports, scope, found(results, seconds))
    return report === undefined ? '' : contentsOf(report)
  }
  test.equal(contents([result], 1), contents([result], 2))
  test.not(contents([result], 1), contents([{ ...result, text: `${result.text}.` }], 1))
  test.not(contents([result], 1), contents([result, advised], 1))
})

void t.test('a report stays within what the API server stores', async (test) => {
  if (openReports === undefined) throw new Error('no kind')
  const many = Array.from({ length: 5000 }, (_, index) => ({
    ...result,
    field: `spec.a[${index}]`,
    text: 'x'.repeat(256)
  }))
  const report = reportObject(openReports, scope, found(many))
  test.equal(report?.results.length, 1000)
  test.ok(JSON.stringify(report).length < 1_200_000, String(JSON.stringify(report).length))
})
