import t from 'tap'
import { mostReplicas } from '../../src/kube/most-replicas.ts'
import { autoscalerOf } from '../support/facts.ts'

const ceiling = (maxReplicas: number) => autoscalerOf({ minReplicas: 1, maxReplicas })

void t.test('the most that a workload may be brought up to', (test) => {
  test.equal(mostReplicas(3, null), 3, 'nothing drives it')
  test.equal(mostReplicas(1, ceiling(20)), 20)
  test.equal(mostReplicas(5, ceiling(2)), 5, 'it is about to be brought down')
  test.equal(mostReplicas(1, ceiling(1)), 1)
  test.equal(mostReplicas(0, ceiling(20)), 20, 'it may be switched on again')
  test.end()
})
