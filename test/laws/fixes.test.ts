import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { evaluate } from '../../src/engine/evaluate.ts'
import type { Finding } from '../../src/engine/finding.ts'
import { isTold } from '../../src/engine/violation.ts'
import { policies } from '../../src/policies/index.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import { type JsonMap, overTheWire, rulesetOf, type Setting } from '../support/workloads.ts'
import { mended } from './fixers.ts'
import { type Generated, setting, workload, workloadOf } from './generated.ts'
import { law } from './law.ts'
import { defaulted } from './server.ts'

const none = { reasons: new Map<string, string>(), remarks: [] }

function findingsIn(given: Setting, object: unknown): readonly Finding[] {
  if (given.facts === undefined) throw new Error('a setting has facts')
  const subject = subjectFrom(object as JsonMap)
  return evaluate(subject, { facts: given.facts, ruleset: rulesetOf(given), exemptions: none }).findings
}

/** Whatever its place in a list: where a fix takes out an item, those behind it move up. */
const identityOf = ({ policy, field }: Finding) => `${policy} ${field.replaceAll(/\[\d+\]/g, '[]')}`
const textOf = ({ policy, field, problem, fix }: Finding) => `${policy} ${field}: ${problem}; ${fix}`

/**
 * What a fix makes a policy ask of an object that it asked nothing of before, which is no fault of the fix: more replicas must be spread, and
 * need room for a rollout; pods that roll need what tells a bad release, and perhaps more nodes; pods that now find a node must not all
 * find the same; a probe that now finds its port may make the check of another.
 */
function opens({ policy }: Finding, { policy: other, severity }: Finding): boolean {
  if (policy === 'min-replicas') return true
  if (policy === 'spread-feasible') return other === 'topology-spread'
  if (policy === 'readiness-probe') return other === 'liveness-patient' && severity !== 'required'
  if (policy === 'daemon-rollout') return other === 'rollout-waits'
  if (policy !== 'rollout-keeps-capacity') return false
  return other === 'rollout-waits' || (other === 'rollout-can-finish' && severity === 'unknown')
}

/** An object as a person writes it: what the API server refuses anyway is mended by no fix. */
const written = fc.tuple(setting, fc.oneof(workload, workloadOf('Deployment')), fc.nat(20))

law('what a person mends as one policy says brings no finding of another', written, ([given, { object }, nth]) => {
  const before = overTheWire(object)
  const found = findingsIn(given, before)
  const finding = found[nth % Math.max(1, found.length)]
  const after = finding === undefined ? undefined : mended(before, finding)
  if (finding === undefined || after === undefined) return
  const had = new Set(found.map(identityOf))
  const brought = findingsIn(given, after).filter((one) => {
    if (one.policy === finding.policy || opens(finding, one)) return false
    return isTold(one, 'UPDATE') && !had.has(identityOf(one))
  })
  assert.deepEqual(brought.map(textOf), [], `after ${textOf(finding)}`)
})

law('a finding goes when a person mends it', written, ([given, { object }, nth]) => {
  const before = overTheWire(object)
  const found = findingsIn(given, before)
  const finding = found[nth % Math.max(1, found.length)]
  const after = finding === undefined ? undefined : mended(before, finding)
  if (finding === undefined || after === undefined) return
  const left = findingsIn(given, after).filter((one) => textOf(one) === textOf(finding))
  assert.deepEqual(left.map(textOf), [])
})

law(
  'of a workload and of what the API server makes of it the same is said',
  written,
  ([given, one]: [Setting, Generated, number]) => {
    const raw = overTheWire(one.object)
    assert.deepEqual(findingsIn(given, defaulted(raw, one.at)).map(textOf), findingsIn(given, raw).map(textOf))
  }
)

const rollouts = policies.filter(({ id }) => id === 'rollout-can-finish' || id === 'rollout-keeps-capacity')

law('who does as the policies of rollouts say does not go in circles', written, ([given, { object }]) => {
  let now: unknown = overTheWire(object)
  const seen: string[] = []
  for (;;) {
    const told = findingsIn({ ...given, policies: rollouts }, now).filter((finding) => isTold(finding, 'UPDATE'))
    const next = told.map((finding) => ({ finding, after: mended(now, finding) })).find(({ after }) => after)
    if (next === undefined) return
    const text = textOf(next.finding)
    assert.ok(!seen.includes(text), [...seen, text].join('\n'))
    seen.push(text)
    now = next.after
  }
})
