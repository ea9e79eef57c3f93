import t from 'tap'
import { type GivingWay, givesWay, raised } from '../../src/companion/give-way.ts'
import type { BudgetStatus } from '../../src/kube/budget-status.ts'
import { frozen } from '../support/workloads.ts'
import { companionOf } from './scene.ts'

const now = Date.parse('2026-11-21T04:00:00Z')
const minute = 60_000
const afterMs = 10 * minute

/** Of a companion that lets no healthy pod go since so many minutes; since never, where it lets one go. */
function statusOf(healthy: number, expectedPods: number, minutes?: number, reason = 'InsufficientPods'): BudgetStatus {
  const stall = minutes === undefined ? undefined : { reason, message: '', since: now - minutes * minute }
  return { isCurrent: true, expectedPods, currentHealthy: healthy, stall }
}

function decided(status: BudgetStatus | undefined, before = 0, after = afterMs, isQuorum = false): GivingWay {
  const annotations = before === 0 ? {} : { annotations: { 'holdfast.dev/gave-way': String(before) } }
  const live = companionOf(annotations)
  return givesWay(frozen({ live: status === undefined ? live : { ...live, status }, afterMs: after, now, isQuorum }))
}

const waits = (minutes: number, pods = 0) => ({ pods, lookAgainAt: now + minutes * minute })
const gives = (pods: number) => ({ pods, lookAgainAt: undefined })

const cases: Readonly<Record<string, readonly [found: GivingWay, expected: GivingWay]>> = {
  'all are healthy': [decided(statusOf(3, 3)), gives(0)],
  'one is unready, and its time is not over': [decided(statusOf(2, 3, 9)), waits(1)],
  'one is unready for long enough': [decided(statusOf(2, 3, 10)), gives(1)],
  'two of ten are': [decided(statusOf(8, 10, 60)), gives(2)],
  'none is healthy, so none is kept': [decided(statusOf(0, 3, 60)), gives(0)],
  'none of what may be a quorum is healthy': [decided(statusOf(0, 3, 60), 0, afterMs, true), gives(3)],
  'one is unready, and another may go all the same': [decided(statusOf(9, 10)), gives(0)],
  'pods that cannot be counted': [decided(statusOf(2, 3, 60, 'SyncFailed')), gives(0)],
  'none is expected': [decided(statusOf(0, 0, 60)), gives(0)],
  'more run than are expected': [decided(statusOf(5, 3)), gives(0)],
  'it never does': [decided(statusOf(2, 3, 600), 0, 0), gives(0)],
  'it no longer does': [decided(statusOf(2, 3), 1, 0), gives(0)],
  'it does, and the pod is still unready': [decided(statusOf(2, 3), 1), gives(1)],
  'it does, and one was evicted: its successor is no reason for more': [decided(statusOf(1, 3, 1), 1), waits(9, 1)],
  'it does, and the successor stays unready as well': [decided(statusOf(1, 3, 10), 1), gives(2)],
  'it does for two, and one of them is ready again': [decided(statusOf(2, 3), 2), gives(1)],
  'it does, and all are ready again': [decided(statusOf(3, 3), 1), gives(0)],
  'it does, and its spec was not counted yet': [decided({ ...statusOf(3, 3), isCurrent: false }, 1), gives(1)],
  'it does not, and its spec was not counted yet': [decided({ ...statusOf(2, 3, 60), isCurrent: false }), gives(0)],
  'nothing was counted yet': [decided(undefined), gives(0)],
  'its mark is no number': [decided(statusOf(2, 3), Number.NaN), gives(0)]
}

for (const [fact, [found, expected]] of Object.entries(cases)) {
  void t.test(`for how many it gives way: ${fact}`, (test) => {
    test.strictSame(found, expected)
    test.end()
  })
}

void t.test('there is none yet', (test) => {
  test.strictSame(givesWay({ live: undefined, afterMs, now, isQuorum: false }), gives(0))
  test.end()
})

const expecting = (expectedPods: number, isQuorum = false) => ({ status: statusOf(0, expectedPods), isQuorum })
const quorumOf = (members: number) => expecting(members, true)

void t.test('it allows its level and the unready pods', (test) => {
  test.equal(raised(1, 1, expecting(3)), 2)
  test.equal(raised('25%', 2, expecting(10)), 5, 'a percentage rounds up')
  test.equal(raised('100%', 1, expecting(4)), 5)
  test.end()
})

void t.test('what may be a quorum keeps its majority', (test) => {
  test.equal(raised(1, 1, quorumOf(3)), 1)
  test.equal(raised(1, 1, quorumOf(5)), 2)
  test.equal(raised(1, 4, quorumOf(7)), 3)
  test.equal(raised('50%', 1, quorumOf(3)), '50%', 'its level is what its owner says')
  test.end()
})
