import t from 'tap'
import { policies } from '../../src/policies/index.ts'
import { textOf } from './tree.ts'

const harms = 'test/e2e/harms'
const ofKubelet = 'test/proof/kubelet-harms.ts'

/** Where a cluster shows what comes of an object that the policy finds something in, and that nothing comes of one that it accepts. */
const shown: Readonly<Record<string, readonly string[]>> = {
  'rollout-can-finish': ['test/e2e/spread-capacity.test.ts', `${harms}/claims.ts`],
  'rollout-waits': [`${harms}/rollouts.ts`],
  'resource-requests': [`${harms}/places.ts`],
  'not-pinned': [`${harms}/places.ts`, `${harms}/claims.ts`],
  'leaves-drained-node': ['test/e2e/spread-capacity.test.ts', `${harms}/lost-node.ts`],
  'fast-failover': [`${harms}/lost-node.ts`],
  'pods-admitted': ['test/e2e/pods-admitted.test.ts'],
  'pinned-image': [`${harms}/rollouts.ts`],
  'stateful-identity': [`${harms}/identity.ts`],
  'daemon-rollout': [`${harms}/daemons.ts`],
  'job-survives-disruption': [`${harms}/jobs.ts`],
  'service-drains': [`${harms}/services.ts`],
  // A kubelet asks the probes, restarts containers, and ends those of a pod in their order.
  'liveness-patient': [ofKubelet],
  'startup-probe': [ofKubelet],
  'mesh-drains-last': [ofKubelet]
}

void t.test('the harm of each policy from v2 on is shown', (test) => {
  const later = policies.filter(({ since }) => since !== 'v1').map(({ id }) => id)
  test.strictSame(Object.keys(shown).toSorted(), later.toSorted())
  test.end()
})

void t.test('where a harm is shown, its policy is asked', (test) => {
  for (const [id, files] of Object.entries(shown)) {
    for (const file of files) {
      const asked = textOf(file).includes(`/policies/${id}.ts'`) || textOf(file).includes(`[${id}]`)
      test.ok(asked, `${id} in ${file}`)
    }
  }
  test.end()
})
