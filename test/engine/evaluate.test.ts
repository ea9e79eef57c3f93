import t from 'tap'
import { evaluate, findingsOf } from '../../src/engine/evaluate.ts'
import type { Exemptions } from '../../src/engine/exemption.ts'
import { type AnyContext, definePolicy } from '../../src/engine/policy.ts'
import { buildRuleset } from '../../src/engine/ruleset.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { factsOf } from '../support/facts.ts'
import { deployment, frozen, injectedKey, web } from '../support/workloads.ts'
import { flaw, sampleOf } from './sample.ts'

const subject = frozen(parseWorkload('Deployment', deployment()))
const none: Exemptions = { reasons: new Map(), remarks: [] }
const facts = frozen(factsOf())

const samples = [
  sampleOf('zebra', { violations: [flaw('spec.b'), flaw('spec.a')] }),
  sampleOf('apple', { violations: [flaw('spec.c')], profiles: { standard: 'advised' } }),
  sampleOf('melon'),
  sampleOf('grape', { violations: [flaw('spec.d', 'autoscaler')] }),
  sampleOf('peach', { violations: [flaw('spec.e', 'autoscaler'), flaw('spec.f')] })
]

void t.test('every rule runs, whatever the ones before it found; what is required comes first', (test) => {
  const { findings, exempt, verdicts } = evaluate(subject, {
    facts,
    ruleset: buildRuleset(samples, 'standard'),
    exemptions: none
  })
  test.strictSame(
    findings.map(({ policy, field, severity }) => [policy, field, severity]),
    [
      ['zebra', 'spec.b', 'required'],
      ['zebra', 'spec.a', 'required'],
      ['peach', 'spec.f', 'required'],
      ['apple', 'spec.c', 'advised'],
      ['grape', 'spec.d', 'unknown'],
      ['peach', 'spec.e', 'unknown']
    ]
  )
  test.strictSame(exempt, [])
  test.strictSame(
    verdicts.map(({ policy, verdict }) => `${policy} ${verdict}`),
    ['zebra violated', 'apple violated', 'melon pass', 'grape unknown', 'peach violated']
  )
  test.end()
})

void t.test('an exemption takes findings aside, and only those of its policy', (test) => {
  const reasons = new Map(['zebra', 'melon', 'grape', 'nobody'].map((id) => [id, 'a reason']))
  const ruleset = buildRuleset(samples, 'standard')
  const { findings, exempt, verdicts } = evaluate(subject, { facts, ruleset, exemptions: { reasons, remarks: [] } })
  test.strictSame(
    findings.map(({ policy }) => policy),
    ['peach', 'apple', 'peach']
  )
  test.strictSame(
    exempt.map(({ field }) => field),
    ['spec.b', 'spec.a', 'spec.d']
  )
  test.strictSame(
    verdicts.map(({ verdict }) => verdict),
    ['exempt', 'violated', 'pass', 'exempt', 'violated'],
    'who is exempt and meets the policy passes'
  )
  test.end()
})

void t.test('a finding is the violation, with its policy and its weight', (test) => {
  const ruleset = buildRuleset(samples, 'standard')
  const [rule] = ruleset.rulesFor('Deployment')
  if (rule === undefined) throw new Error('no rule')
  const [finding] = findingsOf(rule, subject, { facts, ruleset })
  test.strictSame(finding, {
    field: 'spec.b',
    problem: 'is wrong',
    fix: 'right it',
    certainty: { kind: 'certain' },
    policy: 'zebra',
    severity: 'required'
  })
  test.end()
})

void t.test('what a policy is called with', (test) => {
  const seen: AnyContext[] = []
  const watcher = {
    ...sampleOf('watcher', { injects: ['containers[*].readinessProbe'] }),
    check: (context: AnyContext) => {
      seen.push(context)
      return []
    }
  }
  const record = [
    { policy: 'watcher', at: 'containers[name=web].readinessProbe', value: { grpc: {} } },
    { policy: 'other', at: 'terminationGracePeriodSeconds', value: 40 },
    { policy: 'watcher', at: 'priority', value: 7 },
    { policy: 'nobody', at: 'priority', value: 8 }
  ]
  const object = deployment({ annotations: { [injectedKey]: JSON.stringify(record) }, containers: [web] })
  const recorded = frozen(parseWorkload('Deployment', object))
  const other = sampleOf('other', { injects: ['terminationGracePeriodSeconds'], profiles: { critical: 'off' } })
  evaluate(recorded, { facts, ruleset: buildRuleset([watcher, other], 'critical'), exemptions: none })
  const [context] = seen
  test.equal(seen.length, 1)
  test.equal(context?.subject, recorded)
  test.equal(context?.facts, facts)
  test.strictSame({ ...context?.parameters }, { shutdownSeconds: 5, count: 3 })
  test.strictSame(context?.recorded('containers[name=web].readinessProbe'), { grpc: {} }, 'it sees what is injected')
  test.equal(context?.recorded('terminationGracePeriodSeconds'), 40, 'by whomever')
  test.equal(context?.recorded('priority'), undefined, 'where no policy injects nothing is injected')
  test.equal(context?.recorded('containers[name=api].readinessProbe'), undefined)
  test.end()
})

void t.test('a policy that throws is a bug, and passes on', (test) => {
  const broken = {
    ...sampleOf('broken'),
    check: () => {
      throw new TypeError('no such label')
    }
  }
  test.throws(
    () => evaluate(subject, { facts, ruleset: buildRuleset([broken], 'standard'), exemptions: none }),
    new TypeError('no such label')
  )
  test.end()
})

void t.test('a kind that no policy applies to has no findings', (test) => {
  const job = frozen(parseWorkload('Job', {}))
  const nothing = { findings: [], exempt: [], verdicts: [] }
  test.strictSame(evaluate(job, { facts, ruleset: buildRuleset(samples, 'standard'), exemptions: none }), nothing)
  const budgets = definePolicy({ ...sampleOf('pear'), appliesTo: ['PodDisruptionBudget'], check: () => [flaw('spec')] })
  test.strictSame(evaluate(job, { facts, ruleset: buildRuleset([budgets], 'standard'), exemptions: none }), nothing)
  test.end()
})
