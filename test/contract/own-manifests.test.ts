import t from 'tap'
import { profileNames } from '../../src/engine/api.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { readExemptions } from '../../src/engine/exemption.ts'
import { findingText } from '../../src/engine/finding.ts'
import { buildRuleset } from '../../src/engine/ruleset.ts'
import { policies } from '../../src/policies/index.ts'
import { type Installed, installed } from '../support/installed.ts'
import { inventoryOf, sourceOf } from '../support/inventory.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const judgedKinds = ['Deployment', 'PodDisruptionBudget']
const judged = installed(...judgedKinds)
const known = new Set(policies.map(({ id }) => id))
const rules = { allowed: true, forbidden: new Set<string>() }

const nodes = ['a', 'b', 'c'].map((zone) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: zone, labels: { 'kubernetes.io/hostname': zone, 'topology.kubernetes.io/zone': zone } }
}))

/** All that is installed, in a cluster of three zones. */
const kept = installed('Namespace', 'Deployment', 'PodDisruptionBudget', 'Service')
const source = sourceOf(inventoryOf([...kept.map((object) => ({ ...object })), ...nodes]))

function judge(object: Installed, profile: (typeof profileNames)[number]) {
  const subject = subjectFrom(object as unknown as JsonMap)
  const exemptions = readExemptions(subject.metadata, { policyIds: known, rules, today: () => '2026-01-01' })
  return evaluate(subject, { facts: source.factsFor(subject), ruleset: buildRuleset(policies, profile), exemptions })
}

for (const profile of profileNames) {
  void t.test(`nothing is found in what we deploy, by the profile ${profile}`, (test) => {
    test.strictSame(
      judged.map(({ kind, metadata: { name } }) => `${kind} ${name}`),
      [
        'PodDisruptionBudget holdfast-controller',
        'PodDisruptionBudget holdfast-webhook',
        'Deployment holdfast-controller',
        'Deployment holdfast-webhook'
      ]
    )
    for (const object of judged) {
      const { findings, verdicts } = judge(object, profile)
      test.strictSame(findings.map(findingText), [], `${object.kind} ${object.metadata.name}`)
      test.strictSame(
        verdicts.filter(({ verdict }) => verdict === 'unknown'),
        [],
        'and nothing is in doubt'
      )
    }
    test.end()
  })
}

void t.test('the one exemption is that of the controller, which waits for a Lease', (test) => {
  const exempt = judged.flatMap((object) => judge(object, 'critical').exempt.map(findingText))
  test.strictSame(exempt, ['[min-replicas] spec.replicas: runs 2 replicas; set it to 3 or more'])
  test.end()
})
