import t from 'tap'
import { known } from '../../../src/inventory/fact.ts'
import type { Exemptions } from '../../../src/engine/exemption.ts'
import { definePolicy, type Addition, type Policy } from '../../../src/engine/policy.ts'
import { injectionFor, noInjection } from '../../../src/engine/injection/injection.ts'
import { buildRuleset, type Overrides } from '../../../src/engine/ruleset.ts'
import { parseBudget } from '../../../src/kube/budget.ts'
import { factsOf, oneDeployment } from '../../support/facts.ts'
import { budgetWith } from '../../support/policy-cases.ts'
import { admitOf, applied, ask, frozen, type JsonMap, operationsIn, overTheWire } from '../../support/workloads.ts'
import { sampleOf } from '../sample.ts'

const at = 'unhealthyPodEvictionPolicy'
const added = { at, value: 'AlwaysAllow' }
const operation = { op: 'add', path: `/spec/${at}`, value: 'AlwaysAllow' }
const resource = 'policy/poddisruptionbudgets'

interface Parts {
  id?: string
  additions?: readonly Addition[]
}

function policyOf({ id = 'apple', additions = [added] }: Parts = {}): Policy {
  const sample = sampleOf(id, { injects: [at, 'minAvailable'] })
  return definePolicy({ ...sample, appliesTo: ['PodDisruptionBudget'], remedy: () => additions })
}

function remedy(object: JsonMap, policies = [policyOf()], exempt: readonly string[] = [], overrides?: Overrides) {
  const exemptions: Exemptions = { reasons: new Map(exempt.map((id) => [id, 'a reason'])), remarks: [] }
  const ruleset = buildRuleset(policies, 'standard', overrides)
  return injectionFor(frozen(parseBudget(overTheWire(object))), undefined, { facts: factsOf(), ruleset, exemptions })
}

void t.test('what a policy finds missing is added below the spec, and no record is kept', (test) => {
  const { operations, injected } = remedy(budgetWith({ maxUnavailable: 1 }))
  test.strictSame(operations, [operation])
  test.strictSame(injected, [{ policy: 'apple', ...added }])
  test.end()
})

void t.test('what is there is left as it is', (test) => {
  test.strictSame(remedy(budgetWith({ [at]: 'IfHealthyBudget' })), noInjection)
  test.strictSame(remedy(budgetWith({}), [policyOf({ additions: [] })]), noInjection, 'where there is no safe remedy')
  test.strictSame(remedy({ kind: 'PodDisruptionBudget' }), noInjection, 'a budget without a spec')
  test.strictSame(remedy({ kind: 'PodDisruptionBudget', spec: null }), noInjection, 'a spec of null')
  test.end()
})

void t.test('who is asked not to', (test) => {
  const disabled = { annotations: { 'holdfast.dev/inject': 'disabled' } }
  test.strictSame(remedy(budgetWith({}, disabled)), noInjection, 'by the annotation')
  const other = { annotations: { 'holdfast.dev/inject': 'probes' } }
  test.strictSame(remedy(budgetWith({}, other)).operations, [operation], 'another word in it says nothing')
  test.strictSame(remedy(budgetWith({}), [policyOf()], ['apple']), noInjection, 'by an exemption')
  test.strictSame(remedy(budgetWith({}), [policyOf()], ['melon']).operations, [operation], 'of this policy')
  const off = { policies: new Map([['apple', { severity: 'off' as const }]]), common: {} }
  test.strictSame(remedy(budgetWith({}), [policyOf()], [], off), noInjection, 'by the configuration')
  test.end()
})

void t.test('policies add each their own, in list order', (test) => {
  const other = policyOf({ id: 'melon', additions: [{ at: 'minAvailable', value: 1 }] })
  const { operations, injected } = remedy(budgetWith({}), [policyOf(), other])
  test.strictSame(
    operations.map(({ path }) => path),
    [`/spec/${at}`, '/spec/minAvailable']
  )
  test.strictSame(
    injected.map(({ policy }) => policy),
    ['apple', 'melon']
  )
  test.end()
})

void t.test('a policy that injects what it does not declare is broken', (test) => {
  const astray = policyOf({ additions: [{ at: 'selector2', value: {} }] })
  test.throws(() => remedy(budgetWith({}), [astray]), { message: 'apple may not inject selector2' })
  test.end()
})

/** A budget whose pods are there. */
const plain = budgetWith({ maxUnavailable: 1 })
const admit = admitOf({ facts: factsOf({ workloads: oneDeployment }) })

void t.test('on the wire', (test) => {
  const object = plain
  const said = ask(admit, 'mutate', { object, resource })
  test.strictSame(operationsIn(said), [operation])
  test.strictSame(said.auditAnnotations, { injected: '["budget-evicts-unhealthy"]' })
  const after = applied(object, operationsIn(said))
  test.equal(ask(admit, 'mutate', { object: after, resource }).patch, undefined, 'once is enough')
  test.equal(ask(admit, 'mutate', { object: after, oldObject: after, resource }).patch, undefined)
  const again = ask(admit, 'mutate', { object, oldObject: after, resource })
  test.strictSame(operationsIn(again), [operation], 'who writes it again without gets it again')
  const labelled = { ...object, metadata: { name: 'web', labels: { team: 'shop' } } }
  const touched = ask(admit, 'mutate', { object: labelled, oldObject: object, resource })
  test.equal(touched.patch, undefined, 'who only labels an old budget changes nothing else')
  const repairing = admitOf({
    facts: factsOf({ workloads: oneDeployment }),
    labels: known({ 'holdfast.dev/inject': 'enabled' })
  })
  const audited = ask(repairing, 'audit', { object, resource }).auditAnnotations ?? {}
  test.match(audited['would-inject'], `"at":"${at}"`, 'audit records what it would do')
  test.end()
})

void t.test('the budget of an operator is left alone', (test) => {
  const owned = budgetWith({ maxUnavailable: 1 }, { ownerReferences: [{ kind: 'Cluster', controller: true }] })
  test.equal(ask(admit, 'mutate', { object: owned, resource }).patch, undefined)
  const related = budgetWith({ maxUnavailable: 1 }, { ownerReferences: [{ kind: 'Cluster' }] })
  test.strictSame(operationsIn(ask(admit, 'mutate', { object: related, resource })), [operation])
  test.end()
})
