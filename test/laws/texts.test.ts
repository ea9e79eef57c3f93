import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Admit, Endpoint } from '../../src/admission/answer.ts'
import { commonContext, contextOf, recordedAmong } from '../../src/engine/policy-context.ts'
import { longestText } from '../../src/engine/finding.ts'
import { hedgeOf, longestMeaning } from '../../src/engine/violation.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import { admitOf, ask, type JsonMap, rulesetOf } from '../support/workloads.ts'
import { setting, workload } from './generated.ts'
import { budget } from './generated-budget.ts'
import { law } from './law.ts'

const names = fc.constantFrom(
  'web',
  'a',
  'x'.repeat(253),
  `a.${'b'.repeat(60)}`,
  'web\n[min-replicas] spec: fine; good'
)
const subjects = fc.oneof(
  workload,
  budget.map((object) => ({ object, resource: 'policy/poddisruptionbudgets' }))
)
const cases = fc.tuple(setting, subjects, names)

/** A finding on a line: policy, field, problem and fix. */
const finding = String.raw`\[[a-z\-]+\] \S.*: \S.*; \S.*`
const reason = new RegExp(`^${finding}$`)
/** What a warning says of its object, which it names first: a finding, or a remark about labels, exemptions, the mode and a repair. */
const remarks = [
  'label holdfast.dev/.* names no ',
  'holdfast.dev/exempt.* (?:names no policy|gives no reason|has no effect|is not a date)',
  '(?:annotation|label) .*(?:means nothing|has no effect|counts as|accepts only)',
  'its exemptions end',
  'enforce mode would deny this for ',
  'holdfast (?:added|updated) [a-zA-Z0-9]',
  '[0-9]+ more in the audit annotation "findings"$'
]
const warning = new RegExp(String.raw`^[a-z]+/.*: (?:${finding}$|${remarks.join('|')})`)

function named(object: unknown, name: string): unknown {
  const { metadata = {}, ...rest } = object as { metadata?: object }
  return { ...rest, metadata: { ...metadata, name } }
}

function textsOf(admit: Admit, mode: Endpoint, object: unknown, resource: string) {
  const { warnings = [], status } = ask(admit, mode, { object, resource })
  const [head, ...lines] = status?.message.split('\n') ?? []
  return { warnings, head, reasons: lines.filter((line) => line.startsWith('[')) }
}

law('every text names its object, fits, and has a problem and a fix', cases, ([given, { object, resource }, name]) => {
  const admit = admitOf(given)
  for (const mode of ['mutate', 'warn', 'enforce'] as const) {
    const { warnings, head, reasons } = textsOf(admit, mode, named(object, name), resource)
    for (const text of warnings) assert.match(text, warning)
    if (head !== undefined) assert.match(head, /^[a-z]+\/.* violates \d+ required polic(?:y|ies) of profile [a-z]+:$/)
    for (const text of reasons) assert.match(text, reason)
    for (const text of [...warnings, ...(head === undefined ? [] : [head]), ...reasons]) {
      assert.ok(text.length <= longestText, `${text.length}: ${text}`)
      assert.doesNotMatch(text, /\p{Cc}/u)
    }
  }
})

/** Of a container that the API would take: it refuses others, and two of one name. */
const ofContainer = /\[([a-z-]+)\] (?:.*\.)?((?:initC|c)ontainers\[(?:name=[a-z0-9-]+|\d+)\])/

law('a policy says no more than one thing of a container', fc.tuple(setting, workload), ([given, one]) => {
  const warnings = ask(admitOf(given), 'warn', one).warnings ?? []
  const places = warnings.flatMap((text) => {
    const [, policy, place] = ofContainer.exec(text) ?? []
    return policy === undefined ? [] : [`${policy} ${place}`]
  })
  assert.equal(places.length, new Set(places).size, places.join('\n'))
})

const floors = fc.record({
  minReplicas: fc.integer({ min: 0, max: 999 }),
  maxReplicas: fc.integer({ min: 1, max: 999 })
})
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const autoscaler = floors.map((bounds): JsonMap => {
  return { kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec: { scaleTargetRef: target, ...bounds } }
})
const judged = fc.oneof(
  workload.map(({ object }) => object),
  budget,
  autoscaler
)

law('a doubt never pushes out a part of the problem or the fix', fc.tuple(setting, judged), ([given, object]) => {
  const subject = subjectFrom(object)
  const { facts } = given
  if (facts === undefined) return
  const ruleset = rulesetOf(given)
  const common = commonContext({ facts, ruleset }, recordedAmong([]))
  for (const rule of ruleset.rulesFor(subject.kind)) {
    for (const violation of rule.policy.check(contextOf(rule, subject, common))) {
      const { problem, fix } = violation
      assert.ok(problem.length + hedgeOf(violation).length + fix.length <= longestMeaning, `${problem}; ${fix}`)
    }
  }
})
