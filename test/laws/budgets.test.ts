import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Admit } from '../../src/admission/answer.ts'
import type { Finding } from '../../src/engine/finding.ts'
import { containsJson } from '../../src/kube/json.ts'
import { admitOf, applied, ask, endpoints, type JsonMap, operationsIn, overTheWire } from '../support/workloads.ts'
import { setting } from './generated.ts'
import { budget } from './generated-budget.ts'
import { law } from './law.ts'
import { withoutNulls } from './server.ts'

const resource = 'policy/poddisruptionbudgets'
const cases = fc.tuple(setting, budget)

function patched(admit: Admit, object: unknown, oldObject?: unknown): unknown {
  const update = oldObject !== undefined && { oldObject }
  return applied(object, operationsIn(ask(admit, 'mutate', { object, resource, ...update })))
}

function said(admit: Admit, object: unknown): string[] {
  const { auditAnnotations = {} } = ask(admit, 'enforce', { object, resource })
  const findings = JSON.parse(auditAnnotations['findings'] ?? '[]') as Finding[]
  return findings.map(({ policy, field }) => `${policy} ${field}`)
}

law('a patch adds to the spec of a budget what is absent, and does nothing else', cases, ([given, object]) => {
  const operations = operationsIn(ask(admitOf(given), 'mutate', { object, resource }))
  for (const { op, path } of operations) assert.match(`${op} ${path}`, /^add \/spec\/[a-zA-Z]+$/)
  const before = overTheWire(object)
  assert.ok(containsJson(applied(before, operations), withoutNulls(before)))
})

law('of a patched budget less is said, and nothing new', cases, ([given, object]) => {
  const admit = admitOf(given)
  const after = patched(admit, object)
  const before = said(admit, object)
  const left = said(admit, after)
  assert.deepEqual(
    left.filter((finding) => !before.includes(finding)),
    []
  )
  const { auditAnnotations = {} } = ask(admit, 'mutate', { object, resource })
  for (const policy of JSON.parse(auditAnnotations['injected'] ?? '[]') as string[]) {
    assert.ok(!left.some((finding) => finding.startsWith(`${policy} `)), `${policy} is met`)
  }
})

law('a patched budget is patched no more, whether it is new or not', cases, ([given, object]) => {
  const admit = admitOf(given)
  const after = patched(admit, object)
  assert.equal(ask(admit, 'mutate', { object: after, resource }).patch, undefined)
  assert.equal(ask(admit, 'mutate', { object: after, oldObject: after, resource }).patch, undefined)
})

law('to write the original again comes to the same', cases, ([given, object]) => {
  const admit = admitOf(given)
  const live = patched(admit, object)
  assert.deepEqual(patched(admit, object, live), live)
})

law('an update of a budget that changes nothing, or repairs, is allowed', cases, ([given, object]) => {
  const admit = admitOf(given)
  for (const next of [object, patched(admit, object)]) {
    const { allowed, status } = ask(admit, 'enforce', { object: next, oldObject: object, resource })
    assert.ok(allowed, status?.message ?? '')
  }
})

law('who is kept away stays away', cases, ([given, object]) => {
  const keep = (metadata: JsonMap): JsonMap => ({ ...object, metadata: { name: 'web', ...metadata } })
  const kept = [
    keep({ annotations: { 'holdfast.dev/inject': 'disabled' } }),
    keep({ ownerReferences: [{ kind: 'Cluster', controller: true }] })
  ]
  for (const one of kept) assert.equal(ask(admitOf(given), 'mutate', { object: one, resource }).patch, undefined)
})

law('to delete a budget is allowed', cases, ([given, object]) => {
  for (const endpoint of endpoints) {
    const answer = ask(admitOf(given), endpoint, { operation: 'DELETE', oldObject: object, resource })
    assert.deepEqual(answer, { uid: '1-2-3', allowed: true })
  }
})
