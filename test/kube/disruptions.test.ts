import t from 'tap'
import type { BudgetSpec } from '../../src/kube/budget.ts'
import {
  asksForScale,
  disruptionsAtFullHealth,
  disruptionsOf,
  podsOfWorkload,
  type Selected,
  type Uncounted
} from '../../src/kube/disruptions.ts'

function deployment(replicas: number): Selected {
  return { kind: 'Deployment', replicas, scalable: true }
}

const pod: Selected = { kind: 'Pod', replicas: 1, scalable: false }
const daemonSet: Selected = { kind: 'DaemonSet', replicas: 3, scalable: false }
const job: Selected = { kind: 'Job', replicas: 2, scalable: false }

const scales = [1, 2, 3, 4, 5, 7, 10]
// For each scale: desired healthy / allowed while all are Ready.
const atFullHealth: readonly (readonly [spec: BudgetSpec, cells: string])[] = [
  [{ maxUnavailable: 1 }, '0/1 1/1 2/1 3/1 4/1 6/1 9/1'],
  [{ maxUnavailable: '25%' }, '0/1 1/1 2/1 3/1 3/2 5/2 7/3'],
  [{ maxUnavailable: '50%' }, '0/1 1/1 1/2 2/2 2/3 3/4 5/5'],
  [{ maxUnavailable: 3 }, '0/1 0/2 0/3 1/3 2/3 4/3 7/3'],
  [{ maxUnavailable: '100%' }, '0/1 0/2 0/3 0/4 0/5 0/7 0/10'],
  [{ minAvailable: 1 }, '1/0 1/1 1/2 1/3 1/4 1/6 1/9'],
  [{ minAvailable: 4 }, '4/0 4/0 4/0 4/0 4/1 4/3 4/6'],
  [{ minAvailable: '50%' }, '1/0 1/1 2/1 2/2 3/2 4/3 5/5'],
  [{ minAvailable: '51%' }, '1/0 2/0 2/1 3/1 3/2 4/3 6/4'],
  [{ minAvailable: 0 }, '0/1 0/2 0/3 0/4 0/5 0/7 0/10'],
  [{ minAvailable: '0%' }, '0/1 0/2 0/3 0/4 0/5 0/7 0/10'],
  [{ minAvailable: '100%' }, '1/0 2/0 3/0 4/0 5/0 7/0 10/0'],
  [{ maxUnavailable: 0 }, '1/0 2/0 3/0 4/0 5/0 7/0 10/0'],
  [{ maxUnavailable: '0%' }, '1/0 2/0 3/0 4/0 5/0 7/0 10/0'],
  [{}, '0/0 0/0 0/0 0/0 0/0 0/0 0/0']
]

void t.test('what budgets allow at full health', (test) => {
  for (const [spec, cells] of atFullHealth) {
    const found = scales.map((scale) => {
      const disruptions = disruptionsOf(Object.freeze(spec), [deployment(scale)], scale)
      if (typeof disruptions !== 'object') return disruptions
      return `${disruptions.desiredHealthy}/${disruptionsAtFullHealth(spec, [deployment(scale)])}`
    })
    test.equal(found.join(' '), cells, `${JSON.stringify(spec)} at ${scales.join(', ')} replicas`)
  }
  test.end()
})

type Row = readonly [
  test: string,
  spec: BudgetSpec,
  selected: readonly Selected[],
  healthy: number,
  status: readonly [expectedPods: number, desiredHealthy: number, disruptionsAllowed: number] | Uncounted
]

function controller(kind: string, replicas: number): Selected {
  return { kind, replicas, scalable: true }
}

const collection = [controller('ReplicationController', 11), deployment(11)]
const bare = (count: number): readonly Selected[] => Array.from({ length: count }, () => pod)

// The states that kubernetes pkg/controller/disruption/disruption_test.go passes through.
const upstream: readonly Row[] = [
  ['TestNoSelector', { minAvailable: 3 }, [], 0, [0, 3, 0]],
  ['TestUnavailable', { minAvailable: 3 }, bare(3), 3, [3, 3, 0]],
  ['TestUnavailable', { minAvailable: 3 }, bare(4), 4, [4, 3, 1]],
  ['TestUnavailable', { minAvailable: 3 }, bare(4), 3, [4, 3, 0]],
  ['TestIntegerMaxUnavailable', { maxUnavailable: 1 }, [], 0, [0, 0, 0]],
  ['TestIntegerMaxUnavailable', { maxUnavailable: 1 }, bare(1), 1, [0, 0, 0]],
  ['TestIntegerMaxUnavailableWithScaling', { maxUnavailable: 2 }, [controller('ReplicaSet', 7)], 1, [7, 5, 0]],
  ['TestIntegerMaxUnavailableWithScaling', { maxUnavailable: 2 }, [controller('ReplicaSet', 5)], 1, [5, 3, 0]],
  ['TestPercentageMaxUnavailableWithScaling', { maxUnavailable: '30%' }, [controller('ReplicaSet', 7)], 1, [7, 4, 0]],
  ['TestPercentageMaxUnavailableWithScaling', { maxUnavailable: '30%' }, [controller('ReplicaSet', 3)], 1, [3, 2, 0]],
  ['TestNakedPod', { minAvailable: '28%' }, bare(1), 1, [0, 0, 0]],
  [
    'TestUnsupportedControllerPod',
    { minAvailable: '28%' },
    [{ kind: 'TestWorkload', replicas: 1, scalable: false }],
    1,
    'cannot be counted'
  ],
  ['TestReplicaSet', { minAvailable: '20%' }, [controller('ReplicaSet', 10)], 1, [10, 2, 0]],
  ['TestScaleResource', { maxUnavailable: 5 }, [controller('CustomResource', 10)], 4, [10, 5, 0]],
  ['TestMultipleControllers', { minAvailable: '1%' }, [controller('ReplicationController', 1)], 2, [1, 1, 1]],
  ['TestReplicationController', { minAvailable: '34%' }, [controller('ReplicationController', 3)], 2, [3, 2, 0]],
  ['TestReplicationController', { minAvailable: '34%' }, [controller('ReplicationController', 3)], 3, [3, 2, 1]],
  ['its rogue pod', { minAvailable: '34%' }, [controller('ReplicationController', 3), pod], 4, [3, 2, 2]],
  ['TestStatefulSetController', { minAvailable: '34%' }, [controller('StatefulSet', 3)], 3, [3, 2, 1]],
  ['TestTwoControllers', { minAvailable: '28%' }, collection.slice(0, 1), 4, [11, 4, 0]],
  ['TestTwoControllers', { minAvailable: '28%' }, collection.slice(0, 1), 5, [11, 4, 1]],
  ['TestTwoControllers', { minAvailable: '28%' }, collection, 5, [22, 7, 0]],
  ['TestTwoControllers', { minAvailable: '28%' }, collection, 7, [22, 7, 0]],
  ['TestTwoControllers', { minAvailable: '28%' }, collection, 8, [22, 7, 1]],
  ['TestTwoControllers', { minAvailable: '28%' }, collection, 9, [22, 7, 2]]
]

const ours: readonly Row[] = [
  ['surge pods are healthy but not expected', { maxUnavailable: 1 }, [deployment(3)], 4, [3, 2, 2]],
  ['two Deployments share one budget', { maxUnavailable: 1 }, [deployment(2), deployment(3)], 5, [5, 4, 1]],
  ['a percentage is of their sum', { minAvailable: '50%' }, [deployment(1), deployment(2)], 3, [3, 2, 1]],
  ['a Deployment scaled to zero expects nothing', { maxUnavailable: 1 }, [deployment(0)], 0, [0, 0, 0]],
  ['its last pods on their way out change nothing', { maxUnavailable: 1 }, [deployment(0)], 2, [0, 0, 0]],
  ['fewer healthy than desired allow none', { minAvailable: '100%' }, [deployment(5)], 2, [5, 5, 0]],
  [
    'a pod beside a Deployment is healthy but not expected',
    { minAvailable: '100%' },
    [deployment(2), pod],
    3,
    [2, 2, 1]
  ],
  ['an integer counts DaemonSet and Job pods', { minAvailable: 2 }, [daemonSet, job], 5, [5, 2, 3]],
  ['maxUnavailable over a DaemonSet fails', { maxUnavailable: 1 }, [daemonSet], 3, 'cannot be counted'],
  ['a percentage over a Job fails', { minAvailable: '1%' }, [job], 2, 'cannot be counted'],
  [
    'one that cannot be counted fails all',
    { maxUnavailable: '50%' },
    [deployment(9), daemonSet],
    9,
    'cannot be counted'
  ],
  ['but not while it has no pods', { maxUnavailable: 1 }, [deployment(3), { ...job, replicas: 0 }], 3, [3, 2, 1]],
  ['a budget without bound looks at nothing', {}, [daemonSet], 3, [0, 0, 0]]
]

void t.test('disruptionsOf', (test) => {
  for (const [name, spec, selected, healthy, status] of [...upstream, ...ours]) {
    const [expectedPods, desiredHealthy, disruptionsAllowed] = status
    const wanted = typeof status === 'string' ? status : { expectedPods, desiredHealthy, disruptionsAllowed }
    const fact = `${name}: ${JSON.stringify(spec)}, ${healthy} healthy`
    test.strictSame(disruptionsOf(Object.freeze(spec), Object.freeze(selected), healthy), wanted, fact)
  }
  test.end()
})

const refused: readonly BudgetSpec[] = [
  { minAvailable: 1, maxUnavailable: 1 },
  { minAvailable: '0%', maxUnavailable: '10%' },
  { minAvailable: '10%', maxUnavailable: 1 },
  { minAvailable: -1 },
  { maxUnavailable: -1 },
  { minAvailable: '1.1%' },
  { minAvailable: 'nope' },
  { minAvailable: '101%' },
  { maxUnavailable: '150%' },
  { maxUnavailable: '99999999999999999999%' },
  { maxUnavailable: '' },
  { maxUnavailable: '%' },
  { maxUnavailable: '1' },
  { maxUnavailable: '-1%' },
  { maxUnavailable: '__proto__' },
  { maxUnavailable: 2 ** 31 },
  { minAvailable: Number.MAX_SAFE_INTEGER },
  { minAvailable: 1e100 }
]

void t.test('bounds that the API server refuses allow nothing that could be told', (test) => {
  for (const spec of refused) {
    for (const selected of [[], [deployment(3)], [daemonSet], [{ ...deployment(1), replicas: undefined }]]) {
      test.equal(disruptionsAtFullHealth(spec, selected), undefined, JSON.stringify({ spec, selected }))
    }
  }
  for (const spec of [{ minAvailable: 2 ** 31 - 1 }, { minAvailable: '00000000000100%' }]) {
    test.equal(disruptionsAtFullHealth(spec, [deployment(3)]), 0, `${JSON.stringify(spec)} is accepted`)
  }
  test.equal(disruptionsAtFullHealth({ maxUnavailable: 2 ** 31 - 1 }, [deployment(3)]), 3, 'so is all that fits')
  test.end()
})

void t.test('replicas that are not known', (test) => {
  const daemons: Selected = { kind: 'DaemonSet', replicas: undefined, scalable: false }
  const rollout: Selected = { kind: 'Rollout', replicas: undefined, scalable: true }
  test.equal(disruptionsAtFullHealth({ minAvailable: 1 }, [daemons]), 'unknown', 'an integer counts them')
  test.equal(
    disruptionsAtFullHealth({ maxUnavailable: 1 }, [daemons]),
    'cannot be counted',
    'without scale it is all one'
  )
  test.equal(disruptionsAtFullHealth({ maxUnavailable: 1 }, [rollout]), 'unknown', 'with a scale it is not')
  test.equal(disruptionsAtFullHealth({ maxUnavailable: 1 }, [rollout, daemons]), 'cannot be counted')
  test.equal(disruptionsAtFullHealth({}, [rollout]), 0, 'without bound nothing is allowed, whatever they are')
  const single: Selected = { kind: 'Pod', replicas: undefined, scalable: false }
  test.equal(disruptionsAtFullHealth({ minAvailable: 1 }, [single, single]), 1, 'a pod is one')
  test.equal(disruptionsAtFullHealth({ maxUnavailable: 1 }, [single]), 0, 'and no controller expects it')
  test.end()
})

void t.test('the pods of a workload', (test) => {
  test.strictSame(podsOfWorkload({ kind: 'Rollout', replicas: 3 }), { kind: 'Rollout', replicas: 3, scalable: true })
  const daemons = { kind: 'DaemonSet', replicas: undefined }
  test.strictSame(podsOfWorkload(daemons), { ...daemons, scalable: false }, 'without replicas there is no scale')
  test.equal(disruptionsAtFullHealth({ maxUnavailable: 1 }, [podsOfWorkload(daemons)]), 'cannot be counted')
  test.end()
})

void t.test('what asks for the scale of controllers cannot count those without', (test) => {
  const specs: readonly BudgetSpec[] = [
    { maxUnavailable: 1 },
    { maxUnavailable: '100%' },
    { minAvailable: '50%' },
    { minAvailable: 2 },
    {}
  ]
  for (const spec of specs) {
    const found = disruptionsAtFullHealth(spec, [deployment(3), job])
    test.equal(asksForScale(spec), found === 'cannot be counted', JSON.stringify(spec))
  }
  test.end()
})
