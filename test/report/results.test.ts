import t from 'tap'
import { buildJudge } from '../../src/engine/judge.ts'
import type { Policy } from '../../src/engine/policy.ts'
import { buildChooseRuleset } from '../../src/engine/profile.ts'
import { certain, uncertain, type Violation } from '../../src/engine/violation.ts'
import { definePolicy } from '../../src/engine/policy.ts'
import { known } from '../../src/inventory/fact.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { compareResults, resultsOf } from '../../src/report/results.ts'
import { nothingKnown } from '../support/facts.ts'
import { resultOf } from './sample-result.ts'

function policyOf(id: string, ...found: readonly Violation[]): Policy {
  return definePolicy({
    id,
    title: 'A test',
    since: 'v1',
    appliesTo: ['Deployment'],
    profiles: { baseline: 'required', standard: 'required', critical: 'required' },
    check: () => found
  })
}

const shortfall = { field: 'spec.replicas', problem: 'runs 1 replica', fix: 'set it to 2 or more' }
const inContainer = { ...shortfall, field: 'spec.template.spec.initContainers[name=proxy].lifecycle' }

function resultsFor(policies: readonly Policy[], annotations: Record<string, string> = {}) {
  const subject = parseWorkload('Deployment', { metadata: { name: 'web', namespace: 'shop', annotations } })
  const judge = buildJudge({
    policies,
    chooseRuleset: buildChooseRuleset({ policies, profile: 'standard' }),
    exemptions: { allowed: true, forbidden: new Set() },
    factsFor: () => nothingKnown,
    namespaceLabels: () => known({}),
    today: () => '2026-11-29'
  })
  return resultsOf({
    judgement: judge(subject, 'shop'),
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    isFixable: () => true
  })
}

void t.test('a result has the parts of a finding, and the line that admission would say', (test) => {
  const [first, second, ...others] = resultsFor([
    policyOf('a', certain(shortfall)),
    policyOf('b', uncertain('autoscaler', inContainer))
  ])
  test.match(first, {
    policy: 'a',
    severity: 'required',
    container: '',
    field: 'spec.replicas',
    hedge: '',
    fixable: true,
    text: 'deployment/web: [a] spec.replicas: runs 1 replica; set it to 2 or more'
  })
  test.match(second, { policy: 'b', severity: 'unknown', container: 'proxy', hedge: 'autoscaler unknown' })
  test.strictSame(others, [])
  test.end()
})

void t.test('what a CREATE is spared is certain, and a doubt that admission tells nobody is left out', (test) => {
  const spared = policyOf('a', certain(shortfall, { sparedOn: 'CREATE' }))
  const quiet = policyOf('b', uncertain('budgets', shortfall, 'never'))
  const onUpdate = policyOf('c', uncertain('budgets', shortfall, 'on-update'))
  test.strictSame(
    resultsFor([spared, quiet, onUpdate]).map(({ policy, severity }) => [policy, severity]),
    [
      ['a', 'required'],
      ['c', 'unknown']
    ]
  )
  test.end()
})

void t.test('an exemption says why, and until when; what is exempt is not fixable', (test) => {
  const policies = [policyOf('a', certain(shortfall))]
  const exempt = { 'holdfast.dev/exempt.a': 'one writer' }
  test.match(resultsFor(policies, exempt), [{ fixable: false, suppressed: { by: 'exemption', reason: 'one writer' } }])
  test.match(resultsFor(policies, { ...exempt, 'holdfast.dev/exempt-until': '2027-01-31' }), [
    { suppressed: { until: '2027-01-31' } }
  ])
  test.strictSame(
    resultsFor(policies, { ...exempt, 'holdfast.dev/exempt-until': '2026-01-31' })[0]?.suppressed,
    undefined
  )
  test.end()
})

function at(file: string, line: number, column = 1, policy = 'a') {
  return resultOf({ policy, location: { file, line, column, endLine: line, endColumn: column } })
}

void t.test('results are in the order of their places', (test) => {
  const sorted = [at('a.yaml', 9), at('b.yaml', 2), at('b.yaml', 10), at('b.yaml', 10, 2), at('b.yaml', 10, 2, 'b')]
  test.strictSame(sorted.toReversed().sort(compareResults), sorted)
  const { location: _none, ...live } = resultOf()
  const object = { ...live.object, namespace: 'a', name: 'z' }
  const ofCluster = [{ ...live, object }, live, { ...live, policy: 'z' }]
  test.strictSame(ofCluster.toReversed().sort(compareResults), ofCluster)
  test.end()
})
