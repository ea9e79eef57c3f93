import t from 'tap'
import { secondsOnLostNode } from '../../src/kube/lost-node.ts'

const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
const each = (more: object) => keys.map((key) => ({ key, effect: 'NoExecute', operator: 'Exists', ...more }))

void t.test('pods stay bound to a lost node as long as their first toleration says', (test) => {
  test.equal(secondsOnLostNode({}), 300, 'the API server adds it')
  test.equal(secondsOnLostNode({ tolerations: [] }), 300)
  test.equal(secondsOnLostNode({ tolerations: each({ tolerationSeconds: 30 }) }), 30)
  test.equal(secondsOnLostNode({ tolerations: each({ tolerationSeconds: 0 }) }), 0)
  test.equal(secondsOnLostNode({ tolerations: each({ tolerationSeconds: -5 }) }), 0)
  test.equal(secondsOnLostNode({ tolerations: each({}) }), Infinity)
  test.equal(secondsOnLostNode({ tolerations: each({ tolerationSeconds: 30 }).slice(1) }), 300, 'one of both')
  test.equal(secondsOnLostNode({ tolerations: [...each({ tolerationSeconds: 9 }), ...each({})] }), 9)
  test.equal(secondsOnLostNode({ tolerations: [...each({}), ...each({ tolerationSeconds: 9 })] }), Infinity)
  test.end()
})

void t.test('a toleration that matches neither taint, but names it, keeps the default away', (test) => {
  test.equal(secondsOnLostNode({ tolerations: each({ operator: 'Equal', value: 'x' }) }), 0)
  test.equal(secondsOnLostNode({ tolerations: [{ operator: 'Equal', value: 'x', key: 'gpu' }] }), 300)
  test.equal(secondsOnLostNode({ tolerations: each({ effect: 'NoSchedule' }) }), 300)
  test.end()
})
