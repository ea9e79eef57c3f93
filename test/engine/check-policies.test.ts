import t from 'tap'
import type { Policy } from '../../src/engine/policy.ts'
import { checkPolicies } from '../../src/engine/check-policies.ts'
import { policies } from '../../src/policies/index.ts'
import { sampleOf } from './sample.ts'

const good = sampleOf('min-replicas')

void t.test('what contradicts itself is refused at start', (test) => {
  const cases: Readonly<Record<string, readonly [policy: Policy, message: string]>> = {
    'an id with capitals': [sampleOf('MinReplicas'), 'policy MinReplicas: its id is not kebab-case'],
    'an id with digits': [sampleOf('min-2'), 'policy min-2: its id is not kebab-case'],
    'an id with a dot': [sampleOf('min.replicas'), 'policy min.replicas: its id is not kebab-case'],
    'an id that ends in a dash': [sampleOf('min-'), 'policy min-: its id is not kebab-case'],
    'no id': [sampleOf(''), 'policy : its id is not kebab-case'],
    'an id that leaves no room in a line': [
      sampleOf(`a-${'b'.repeat(27)}`),
      `policy a-${'b'.repeat(27)}: its id has more than 28 characters`
    ],
    'an id twice': [sampleOf('min-replicas'), 'policy min-replicas: its id is taken'],
    'nothing to apply to': [{ ...sampleOf('idle'), appliesTo: [] }, 'policy idle: it applies to nothing'],
    'a profile without it': [
      { ...sampleOf('half'), profiles: { baseline: 'off', standard: 'off' } as unknown as Policy['profiles'] },
      'policy half: a profile does not know it'
    ],
    'a severity that there is not': [
      sampleOf('loud', { profiles: { critical: 'mandatory' as 'required' } }),
      'policy loud: a profile does not know it'
    ],
    'more than it may ask': [
      { ...sampleOf('late', { profiles: { critical: 'required' } }), atMost: 'advised' },
      'policy late: a profile asks more of it than it may'
    ]
  }
  for (const [fact, [policy, message]] of Object.entries(cases)) {
    test.throws(() => checkPolicies([good, policy]), { message }, fact)
  }
  test.end()
})

void t.test('the catalogue as shipped contradicts nothing', (test) => {
  test.doesNotThrow(() => checkPolicies(policies))
  test.doesNotThrow(() => checkPolicies([]))
  test.end()
})
