import t from 'tap'
import { parseNode } from '../../src/kube/node.ts'
import { messageOf } from './message-of.ts'

void t.test('a node as it arrives', (test) => {
  const raw = {
    metadata: { name: 'one', labels: { 'topology.kubernetes.io/zone': 'a' } },
    spec: { taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }], podCIDR: '10.0.0.0/24' },
    status: { conditions: [] }
  }
  test.strictSame(parseNode(raw), {
    name: 'one',
    labels: { 'topology.kubernetes.io/zone': 'a' },
    taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }]
  })
  test.end()
})

void t.test('what is left out is nothing', (test) => {
  const bare = { name: '', labels: {}, taints: [] }
  test.strictSame(parseNode({}), bare)
  test.strictSame(parseNode({ metadata: null, spec: null }), bare)
  test.strictSame(parseNode({ metadata: { labels: null }, spec: { taints: null } }), bare)
  test.strictSame(parseNode({ spec: { taints: [{ key: 'gpu', effect: 'NoExecute' }] } }).taints, [
    { key: 'gpu', value: '', effect: 'NoExecute' }
  ])
  test.end()
})

const said = (raw: unknown) => messageOf(() => parseNode(raw))

void t.test('what is no node is refused, by the field', (test) => {
  test.equal(said([]), 'the object: expected an object')
  test.equal(said({ metadata: { name: 1 } }), 'metadata.name: expected a string')
  test.equal(said({ metadata: { labels: { zone: 1 } } }), 'metadata.labels["zone"]: expected a string')
  test.equal(said({ spec: { taints: {} } }), 'spec.taints: expected a list')
  test.equal(said({ spec: { taints: ['gpu'] } }), 'spec.taints[0]: expected an object')
  test.equal(said({ spec: { taints: [{ key: 1 }] } }), 'spec.taints[0].key: expected a string')
  test.end()
})

void t.test('a label may have any key', (test) => {
  const { labels } = parseNode(JSON.parse('{"metadata": {"labels": {"__proto__": "x"}}}'))
  test.strictSame(Object.entries(labels), [['__proto__', 'x']])
  test.end()
})
