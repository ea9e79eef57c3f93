import t from 'tap'
import type { Policy } from '../../src/engine/policy.ts'
import { buildRegistry } from '../../src/engine/registry.ts'
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
    test.throws(() => buildRegistry([good, policy]), { message }, fact)
  }
  test.end()
})

void t.test('the registry keeps the order of the list', (test) => {
  const registry = buildRegistry([sampleOf('zebra'), good])
  test.strictSame([...registry.keys()], ['zebra', 'min-replicas'])
  test.equal(registry.get('min-replicas'), good)
  test.equal(buildRegistry([]).size, 0)
  test.equal(buildRegistry(policies).size, policies.length, 'the catalogue as shipped')
  test.end()
})
