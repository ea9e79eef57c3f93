import t, { type Test } from 'tap'
import { auditFindings, auditList, toAuditFinding } from '../../src/admission/audit-list.ts'
import type { Finding } from '../../src/engine/finding.ts'
import { certain, uncertain } from '../../src/engine/violation.ts'

const shortfall = { field: 'spec.replicas', problem: 'runs 1 replica', fix: 'set it to 2 or more' }
const required: Finding = { policy: 'min-replicas', severity: 'required', ...certain(shortfall) }
const unknown: Finding = { policy: 'min-replicas', severity: 'unknown', ...uncertain('autoscaler', shortfall) }

function writtenTwice(findings: readonly Finding[]): string {
  return JSON.stringify(auditList(findings.map(toAuditFinding)))
}

function same(test: Test, findings: readonly Finding[]): void {
  const text = auditFindings(findings)
  test.equal(text, writtenTwice(findings))
  const list: unknown = JSON.parse(JSON.parse(text))
  test.ok(Array.isArray(list))
}

void t.test('findings are written as a list of JSON in a string of JSON', (test) => {
  same(test, [])
  same(test, [required])
  same(test, [required, unknown, required])
  test.end()
})

void t.test('texts are escaped for the list, and again for the string', (test) => {
  const texts = [
    '"quoted"',
    'back\\slash',
    'a\ttab',
    '\u007f\u0085\u2028',
    '…',
    '\ud83d\ude00',
    '\ud83d',
    '\udc00a',
    '</>'
  ]
  for (const field of texts) same(test, [{ ...required, field }])
  for (const problem of texts) same(test, [{ ...unknown, problem }])
  for (const fix of texts) same(test, [required, { ...required, fix }])
  test.end()
})

void t.test('what does not fit into an annotation is counted', (test) => {
  for (const length of [1, 20, 24, 25, 26, 30, 60, 100, 200]) {
    same(
      test,
      Array.from({ length }, (_, index) => ({ ...unknown, field: `spec.containers[${index}]` }))
    )
  }
  test.match(auditFindings(Array.from({ length: 200 }, () => required)), /\{\\"more\\":\d+\}\]"$/)
  test.end()
})
