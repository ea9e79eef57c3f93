import t from 'tap'
import { policies } from '../../src/policies/index.ts'
import { textOf } from './tree.ts'

const harms = 'test/e2e/harms'

/** Where a cluster shows what comes of an object that the policy finds something in, and that nothing comes of one that it accepts. */
const shown: Readonly<Record<string, readonly string[]>> = {
  'rollout-can-finish': ['test/e2e/spread-capacity.test.ts', `${harms}/claims.ts`],
  'rollout-waits': [`${harms}/rollouts.ts`],
  'resource-requests': [`${harms}/places.ts`],
  'not-pinned': [`${harms}/places.ts`],
  'leaves-drained-node': ['test/e2e/spread-capacity.test.ts', `${harms}/lost-node.ts`],
  'fast-failover': [`${harms}/lost-node.ts`],
  'pods-admitted': ['test/e2e/pods-admitted.test.ts'],
  'pinned-image': [`${harms}/rollouts.ts`],
  'stateful-identity': [`${harms}/identity.ts`],
  'daemon-rollout': [`${harms}/daemons.ts`],
  'job-survives-disruption': [`${harms}/jobs.ts`],
  'service-drains': [`${harms}/services.ts`]
}

/** Why no control plane can show it. */
const unshown: Readonly<Record<string, string>> = {
  'liveness-patient': 'a kubelet asks liveness and restarts the container',
  'startup-probe': 'a kubelet asks startup and liveness',
  'mesh-drains-last': 'a kubelet ends the containers of a pod in their order'
}

void t.test('the harm of each policy from v2 on is shown, or a reason says why not', (test) => {
  const later = policies.filter(({ since }) => since !== 'v1').map(({ id }) => id)
  test.strictSame([...Object.keys(shown), ...Object.keys(unshown)].toSorted(), later.toSorted())
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
