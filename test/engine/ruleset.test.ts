import t from 'tap'
import { definePolicy, type Policy } from '../../src/engine/policy.ts'
import type { Override, Overrides } from '../../src/engine/ruleset.ts'
import type { RulesetVersion } from '../../src/engine/api.ts'
import { buildRuleset, factsReadBy } from '../../src/engine/ruleset.ts'
import { policies } from '../../src/policies/index.ts'
import { frozen } from '../support/workloads.ts'
import { sampleOf } from './sample.ts'

const samples = [
  sampleOf('zebra', { profiles: { baseline: 'advised' } }),
  sampleOf('apple', { profiles: { standard: 'advised' }, injects: ['containers[*].readinessProbe', 'hostname'] }),
  sampleOf('melon', { profiles: { critical: 'off' } })
]

const off = { baseline: 'off', standard: 'off', critical: 'off' } as const

function rulesOf(profile: 'baseline' | 'standard' | 'critical', given: Record<string, Override> = {}, common = {}) {
  const overrides = frozen({ policies: new Map(Object.entries(given)), common })
  const rules = buildRuleset(samples, profile, overrides).rulesFor('Deployment')
  return rules.map(({ policy, severity, parameters }) => [policy.id, severity, { ...parameters }])
}

void t.test('a profile', (test) => {
  const standard = { shutdownSeconds: 5, count: 2 }
  test.strictSame(rulesOf('baseline'), [['zebra', 'advised', standard]], 'what is off is not there')
  test.strictSame(
    rulesOf('standard'),
    [
      ['zebra', 'required', standard],
      ['apple', 'advised', standard],
      ['melon', 'required', standard]
    ],
    'in list order'
  )
  test.strictSame(rulesOf('critical')[0], ['zebra', 'required', { shutdownSeconds: 5, count: 3 }], 'its own parameters')
  test.equal(buildRuleset(samples, 'critical').profile, 'critical')
  test.strictSame(buildRuleset(samples, 'standard').rulesFor('CronJob'), [], 'a kind without policies')
  test.end()
})

void t.test('the rules that repair are those whose policy has a remedy, and is not off', (test) => {
  const additions = [{ at: 'hostname', value: 'web' }]
  const all = [...samples, sampleOf('grape', { additions }), sampleOf('lemon', { additions, profiles: off })]
  const { repairsFor } = buildRuleset(all, 'standard')
  test.strictSame(
    repairsFor('Deployment').map(({ policy }) => policy.id),
    ['grape']
  )
  test.strictSame(repairsFor('CronJob'), [], 'a kind without policies')
  test.end()
})

void t.test('what the configuration changes', (test) => {
  test.strictSame(
    rulesOf('critical', { apple: { severity: 'off' }, zebra: { severity: 'advised' } }),
    [['zebra', 'advised', { shutdownSeconds: 5, count: 3 }]],
    'a severity, also to off'
  )
  test.strictSame(
    rulesOf('baseline', { melon: { severity: 'required' } })[1],
    ['melon', 'required', { shutdownSeconds: 5, count: 2 }],
    'what a profile has off may be asked for'
  )
  test.strictSame(
    rulesOf('critical', { zebra: { parameters: { count: 9 } } })[0],
    ['zebra', 'required', { shutdownSeconds: 5, count: 9 }],
    'a parameter goes before that of the profile'
  )
  test.strictSame(
    rulesOf('baseline', {}, { shutdownSeconds: 60 }),
    [['zebra', 'advised', { shutdownSeconds: 60, count: 2 }]],
    'a common parameter reaches every policy'
  )
  test.strictSame(rulesOf('baseline', { nobody: { severity: 'required' } }).length, 1, 'an unknown id changes nothing')
  test.end()
})

void t.test('where a policy may inject', (test) => {
  const { mayInject } = buildRuleset(samples, 'baseline')
  test.ok(mayInject('apple', 'containers[name=web].readinessProbe'), 'any container')
  test.ok(mayInject('apple', 'hostname'), 'also where the policy is off')
  for (const at of [
    '',
    'containers',
    'containers[name=web]',
    'containers[name=web].livenessProbe',
    'containers[name=web].readinessProbe.exec',
    'initContainers[name=web].readinessProbe',
    'containers[name=web][name=api].readinessProbe',
    'hostNetwork',
    'serviceAccountName',
    'hostname[name=web]',
    '__proto__'
  ]) {
    test.notOk(mayInject('apple', at), `not at ${at}`)
  }
  test.notOk(mayInject('zebra', 'hostname'), 'not where another policy may')
  test.notOk(mayInject('nobody', 'hostname'), 'not a policy that there is not')
  test.notOk(mayInject('__proto__', 'hostname'))
  test.end()
})

void t.test('a place that is all brackets', (test) => {
  const { mayInject } = buildRuleset(samples, 'standard')
  test.notOk(mayInject('apple', '['.repeat(1_000_000)))
  test.end()
})

void t.test('the catalogue as shipped', (test) => {
  for (const profile of ['baseline', 'standard', 'critical'] as const) {
    const { rulesFor } = buildRuleset(policies, profile)
    const ids = rulesFor('Deployment').map(({ policy }) => policy.id)
    const order = policies.map(({ id }) => id).filter((id) => ids.includes(id))
    test.strictSame(ids, order, `${profile} keeps the order of the list`)
    test.ok(ids.includes('termination-budget'))
  }
  test.end()
})

void t.test('a version pins the policies, and the parameters, that it has', (test) => {
  const later = sampleOf('later', { since: 'v2' })
  const both = [sampleOf('sooner'), later]
  const ids = (version: RulesetVersion): string[] => {
    return buildRuleset(both, 'critical', undefined, version)
      .rulesFor('Deployment')
      .map(({ policy }) => policy.id)
  }
  test.strictSame(ids('v1'), ['sooner'])
  test.strictSame(ids('v2'), ['sooner', 'later'])
  const wanted = new Map([['later', { severity: 'required' as const }]])
  const configured = buildRuleset(both, 'standard', { policies: wanted, common: {} }, 'v1')
  test.equal(configured.rulesFor('Deployment').length, 1, 'a pin holds against the configuration')
  const changed = definePolicy({
    ...sampleOf('changed'),
    parameters: {
      count: { type: 'integer', description: 'A number.', minimum: 0, maximum: 9, default: 2, versions: { v1: 7 } }
    },
    check: () => []
  })
  const count = (version: RulesetVersion, overrides?: Overrides) => {
    const [rule] = buildRuleset([changed], 'critical', overrides, version).rulesFor('Deployment')
    return rule?.parameters['count']
  }
  test.equal(count('v2'), 2)
  test.equal(count('v1'), 7, 'as it was')
  const own = { policies: new Map([['changed', { parameters: { count: 4 } }]]), common: {} }
  test.equal(count('v1', own), 4, 'what is configured counts everywhere')
  test.end()
})

void t.test('the facts that are read, in any profile', (test) => {
  const strict: Policy = { ...sampleOf('strict', { profiles: { standard: 'off' } }), needs: ['nodes', 'services'] }
  const idle: Policy = { ...sampleOf('idle', { profiles: off }), needs: ['claims'] }
  const read = (given: Record<string, Override> = {}) => [
    ...factsReadBy([strict, idle], new Map(Object.entries(given)))
  ]
  test.strictSame(read(), ['nodes', 'services'], 'a namespace may choose the only profile that has it')
  test.strictSame(read({ strict: { parameters: { count: 4 } } }), ['nodes', 'services'])
  test.strictSame(read({ strict: { severity: 'off' } }), [])
  test.strictSame(read({ strict: { severity: 'off' }, idle: { severity: 'advised' } }), ['claims'])
  test.end()
})
