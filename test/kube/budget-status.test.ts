import t from 'tap'
import { parseBudgetStatus } from '../../src/kube/budget-status.ts'
import { frozen } from '../support/workloads.ts'

const lastTransitionTime = '2026-11-21T04:00:00Z'
const since = Date.parse(lastTransitionTime)
const message = 'jobs.batch does not implement the scale subresource'

function raw(status: object, generation = 2): object {
  return frozen({ metadata: { generation }, status })
}

function condition(given: object): object[] {
  return [
    {
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'InsufficientPods',
      message: '',
      lastTransitionTime,
      ...given
    }
  ]
}

void t.test('pods may go', (test) => {
  const conditions = condition({ status: 'True', reason: 'SufficientPods' })
  test.strictSame(parseBudgetStatus(raw({ observedGeneration: 2, expectedPods: 3, currentHealthy: 3, conditions })), {
    isCurrent: true,
    expectedPods: 3,
    currentHealthy: 3,
    stall: undefined
  })
  test.end()
})

void t.test('too few are healthy, none of which counts as 0', (test) => {
  test.strictSame(parseBudgetStatus(raw({ observedGeneration: 1, expectedPods: 3, conditions: condition({}) })), {
    isCurrent: false,
    expectedPods: 3,
    currentHealthy: 0,
    stall: { reason: 'InsufficientPods', message: '', since }
  })
  test.end()
})

void t.test('the first sync failed: there are no counts', (test) => {
  const conditions = condition({ reason: 'SyncFailed', message })
  test.strictSame(parseBudgetStatus(raw({ disruptionsAllowed: 0, conditions })), {
    isCurrent: false,
    expectedPods: 0,
    currentHealthy: 0,
    stall: { reason: 'SyncFailed', message, since }
  })
  test.end()
})

void t.test('a condition of another type says nothing', (test) => {
  const conditions = condition({ type: 'Example' })
  test.equal(parseBudgetStatus(raw({ observedGeneration: 2, conditions }))?.stall, undefined)
  test.end()
})

void t.test('nothing was counted yet', (test) => {
  test.equal(parseBudgetStatus({ metadata: { generation: 1 } }), undefined)
  test.equal(parseBudgetStatus(raw({}, 1)), undefined)
  test.end()
})
