import t from 'tap'
import { atTheirLeast, leastReplicas } from '../../src/kube/least-replicas.ts'
import { autoscalerOf } from '../support/facts.ts'
import { frozen } from '../support/workloads.ts'

const floor = (minReplicas: number) => autoscalerOf({ minReplicas })

function workload(name: string, replicas: number | undefined, minReplicas?: number, metadata = {}) {
  const autoscaler = minReplicas === undefined ? null : floor(minReplicas)
  return frozen({ metadata: { name, ...metadata }, replicas, autoscaler })
}

void t.test('the fewest that a workload may be brought down to', (test) => {
  test.equal(leastReplicas(3, null), 3, 'nothing drives it')
  test.equal(leastReplicas(5, floor(2)), 2)
  test.equal(leastReplicas(1, floor(2)), 2, 'it is about to be brought up')
  test.equal(leastReplicas(5, floor(0)), 0)
  test.equal(leastReplicas(5, autoscalerOf({ minReplicas: 0, leastRunning: 1 })), 1, 'idle, none is left to block')
  test.equal(leastReplicas(5, autoscalerOf({ minReplicas: 2, pausedAt: 4 })), 4, 'it is held there')
  test.equal(leastReplicas(5, autoscalerOf({ minReplicas: 2, pausedAt: 0 })), 0)
  test.equal(leastReplicas(5, autoscalerOf({ minReplicas: 2, pausedAt: 'current' })), 5, 'it stays as it is')
  test.equal(leastReplicas(0, floor(2)), 0, 'an autoscaler stands still where nothing runs')
  test.end()
})

void t.test('of several workloads those that have pods and stay', (test) => {
  const found = atTheirLeast([
    workload('web', 3),
    workload('api', 5, 2),
    workload('off', 0),
    workload('idle', 4, 0),
    workload('agent', undefined),
    workload('leaving', 3, undefined, { deletionTimestamp: '2026-11-20T10:00:00Z' })
  ])
  test.strictSame(
    found.map(({ metadata: { name }, replicas }) => [name, replicas]),
    [
      ['web', 3],
      ['api', 2],
      ['agent', undefined]
    ]
  )
  test.end()
})
