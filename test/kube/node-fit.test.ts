import t from 'tap'
import type { Node } from '../../src/kube/node.ts'
import { isPinnedBy, toleratesNode, wantsNode } from '../../src/kube/node-fit.ts'
import type { PodSpec } from '../../src/kube/pod.ts'

const node: Node = { name: 'one', labels: { zone: 'a', size: '8' }, taints: [] }
type Expression = { key: string; operator: string; values?: string[] }
type Term = { matchExpressions?: Expression[]; matchFields?: Expression[] }

function affinity(...nodeSelectorTerms: Term[]): PodSpec {
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } }
}

function expression(key: string, operator: string, ...values: string[]): Term {
  return { matchExpressions: [{ key, operator, values }] }
}

const wanted: readonly (readonly [fact: string, spec: PodSpec, wants: boolean])[] = [
  ['a pod that says nothing wants any node', {}, true],
  ['an empty nodeSelector wants any node', { nodeSelector: {} }, true],
  ['nodeSelector by every label', { nodeSelector: { zone: 'a', size: '8' } }, true],
  ['not by some of them', { nodeSelector: { zone: 'a', size: '9' } }, false],
  ['not by a label that is not there', { nodeSelector: { constructor: 'a' } }, false],
  ['In', affinity(expression('zone', 'In', 'b', 'a')), true],
  ['not In', affinity(expression('zone', 'In', 'b')), false],
  ['In a label that is not there', affinity(expression('rack', 'In', '')), false],
  ['NotIn', affinity(expression('zone', 'NotIn', 'b')), true],
  ['not NotIn', affinity(expression('zone', 'NotIn', 'a')), false],
  ['NotIn a label that is not there', affinity(expression('rack', 'NotIn', 'a')), true],
  ['Exists', affinity(expression('zone', 'Exists')), true],
  ['not Exists', affinity(expression('__proto__', 'Exists')), false],
  ['DoesNotExist', affinity(expression('rack', 'DoesNotExist')), true],
  ['not DoesNotExist', affinity(expression('zone', 'DoesNotExist')), false],
  ['Gt', affinity(expression('size', 'Gt', '7')), true],
  ['not Gt', affinity(expression('size', 'Gt', '8')), false],
  ['Lt', affinity(expression('size', 'Lt', '10')), true],
  ['not Lt of what is no number', affinity(expression('zone', 'Lt', '10')), false],
  ['not Gt of what is no number', affinity(expression('size', 'Gt', 'x')), false],
  ['not Gt of more than 64 bits', affinity(expression('size', 'Gt', '-9223372036854775809')), false],
  ['Gt of the least of 64 bits', affinity(expression('size', 'Gt', '-9223372036854775808')), true],
  ['not Lt of a million digits', affinity(expression('size', 'Lt', '9'.repeat(1_000_000))), false],
  ['an operator that is none', affinity(expression('zone', 'Like', 'a')), false],
  ['one of several terms', affinity(expression('zone', 'In', 'b'), expression('size', 'Exists')), true],
  [
    'every expression of a term',
    affinity({
      matchExpressions: [
        { key: 'zone', operator: 'Exists' },
        { key: 'rack', operator: 'Exists' }
      ]
    }),
    false
  ],
  ['a node by its name', affinity({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['one'] }] }), true],
  [
    'another node by its name',
    affinity({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['two'] }] }),
    false
  ],
  ['an empty term, which matches none', affinity({}), false],
  ['no term at all, which matches none', affinity(), false],
  [
    'nodeSelector and affinity both',
    { nodeSelector: { zone: 'a' }, ...affinity(expression('size', 'In', '9')) },
    false
  ],
  ['preferred affinity keeps from no node', { affinity: { nodeAffinity: {} } }, true]
]

void t.test('wantsNode', (test) => {
  for (const [fact, spec, wants] of wanted) test.equal(wantsNode(spec, node), wants, fact)
  test.end()
})

const gpu = { key: 'gpu', value: 'yes', effect: 'NoSchedule' }
const size = { key: 'size', value: '8', effect: 'NoExecute' }
type Tolerations = NonNullable<PodSpec['tolerations']>
const tolerated: readonly (readonly [
  fact: string,
  tolerations: Tolerations,
  taints: Node['taints'],
  tolerates: boolean
])[] = [
  ['no taint', [], [], true],
  ['a taint that nobody tolerates', [], [gpu], false],
  ['a taint that evicts', [], [size], false],
  ['a taint that only discourages', [], [{ ...gpu, effect: 'PreferNoSchedule' }], true],
  [
    'one that Kubernetes writes for a while',
    [],
    [{ key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' }],
    true
  ],
  [
    'one of a control plane stays',
    [],
    [{ key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }],
    false
  ],
  ['Equal is the default', [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }], [gpu], true],
  ['Equal to another value', [{ key: 'gpu', operator: 'Equal', value: 'no' }], [gpu], false],
  ['Exists by the key', [{ key: 'gpu', operator: 'Exists' }], [gpu], true],
  ['Exists by another key', [{ key: 'tpu', operator: 'Exists' }], [gpu], false],
  ['Exists without a key is all of them', [{ operator: 'Exists' }], [gpu, size], true],
  ['another effect', [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }], [gpu], false],
  ['one of two taints', [{ key: 'gpu', operator: 'Exists' }], [gpu, size], false],
  ['Gt', [{ key: 'size', operator: 'Gt', value: '7' }], [size], true],
  ['not Gt', [{ key: 'size', operator: 'Gt', value: '8' }], [size], false],
  ['Lt', [{ key: 'size', operator: 'Lt', value: '9' }], [size], true],
  ['an operator that is none', [{ key: 'gpu', operator: 'Like', value: 'yes' }], [gpu], false]
]

void t.test('toleratesNode', (test) => {
  for (const [fact, tolerations, taints, tolerates] of tolerated) {
    test.equal(toleratesNode({ tolerations }, { ...node, taints }), tolerates, fact)
  }
  test.equal(toleratesNode({}, { ...node, taints: [gpu] }), false, 'no tolerations at all')
  test.end()
})

void t.test('pods are pinned by a label of which they want one value', (test) => {
  const other: Expression = { key: 'size', operator: 'In', values: ['8'] }
  const zoneA: Expression = { key: 'zone', operator: 'In', values: ['a'] }
  const pinned: readonly PodSpec[] = [
    { nodeSelector: { zone: 'a' } },
    affinity(expression('zone', 'In', 'a')),
    affinity({ matchExpressions: [other, zoneA] }, expression('zone', 'In', 'a'))
  ]
  const free: readonly PodSpec[] = [
    {},
    { nodeSelector: { size: '8' } },
    affinity(),
    affinity({}),
    affinity(expression('zone', 'In', 'a', 'b')),
    affinity(expression('zone', 'NotIn', 'a')),
    affinity(expression('zone', 'In', 'a'), expression('zone', 'In', 'b')),
    affinity(expression('zone', 'In', 'a'), { matchExpressions: [other] })
  ]
  for (const spec of pinned) test.equal(isPinnedBy('zone', spec), true, JSON.stringify(spec))
  for (const spec of free) test.equal(isPinnedBy('zone', spec), false, JSON.stringify(spec))
  test.equal(isPinnedBy('constructor', { nodeSelector: {} }), false)
  test.end()
})
