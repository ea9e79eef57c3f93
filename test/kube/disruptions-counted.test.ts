import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import t from 'tap'
import type { BudgetSpec } from '../../src/kube/budget.ts'
import {
  type Disruptions,
  disruptionsAtFullHealth,
  disruptionsOf,
  type Selected,
  type Uncounted
} from '../../src/kube/disruptions.ts'

/** The controller's way, pod by pod and in exact integers. */
function oracle(spec: BudgetSpec, selected: readonly Selected[], healthy: number): Disruptions | Uncounted {
  const bound = spec.maxUnavailable ?? spec.minAvailable
  if (bound === undefined) return { expectedPods: 0, desiredHealthy: 0, disruptionsAllowed: 0 }
  const pods = selected.flatMap(({ replicas = 0 }, owner) => Array.from({ length: replicas }, () => owner))
  const scaleOf = new Map<number, bigint>()
  for (const owner of pods) {
    const { kind = '', replicas = 0, scalable = false } = selected[owner] ?? {}
    if (kind === 'Pod') continue
    if (!scalable && typeof spec.minAvailable !== 'number') return 'cannot be counted'
    scaleOf.set(owner, BigInt(replicas))
  }
  const counted =
    typeof spec.minAvailable === 'number' ? pods.length : [...scaleOf.values()].reduce((a, b) => a + b, 0n)
  const expected = BigInt(counted)
  const share = typeof bound === 'number' ? BigInt(bound) : (BigInt(bound.slice(0, -1)) * expected + 99n) / 100n
  const kept = spec.maxUnavailable === undefined ? share : expected - share
  const desired = kept < 0n ? 0n : kept
  const allowed = expected === 0n || BigInt(healthy) < desired ? 0n : BigInt(healthy) - desired
  return { expectedPods: Number(expected), desiredHealthy: Number(desired), disruptionsAllowed: Number(allowed) }
}

const kinds = ['Deployment', 'StatefulSet', 'ReplicaSet', 'Rollout', 'DaemonSet', 'Job'] as const
const someController = fc
  .record({ kind: fc.constantFrom(...kinds), replicas: fc.nat({ max: 60 }) })
  .map((one) => ({ ...one, scalable: one.kind !== 'DaemonSet' && one.kind !== 'Job' }))
const bound = fc.oneof(
  fc.nat({ max: 150 }),
  fc.nat({ max: 100 }).map((percent) => `${percent}%`)
)
const someSpec: fc.Arbitrary<BudgetSpec> = fc.oneof(
  bound.map((minAvailable) => ({ minAvailable })),
  bound.map((maxUnavailable) => ({ maxUnavailable })),
  fc.constant({})
)

void t.test('holds against pods counted one by one', (test) => {
  const somePod = fc.constant({ kind: 'Pod', replicas: 1, scalable: false })
  const someSelected = fc.array(fc.oneof(someController, somePod), { maxLength: 5 })
  fc.assert(
    fc.property(someSpec, someSelected, fc.nat({ max: 400 }), (spec, selected, healthy) =>
      isDeepStrictEqual(disruptionsOf(spec, selected, healthy), oracle(spec, selected, healthy))
    ),
    { numRuns: 2000 }
  )
  test.end()
})

void t.test('doubles are exact at any scale that fits an int32', (test) => {
  const percent = fc.nat({ max: 100 })
  const scale = fc.integer({ min: 1, max: 2 ** 31 - 1 })
  fc.assert(
    fc.property(percent, scale, (share, replicas) => {
      const rounded = Number((BigInt(share) * BigInt(replicas) + 99n) / 100n)
      const selected = [{ kind: 'Deployment', replicas, scalable: true }]
      const most = disruptionsAtFullHealth({ maxUnavailable: `${share}%` }, selected)
      const least = disruptionsAtFullHealth({ minAvailable: `${share}%` }, selected)
      return most === rounded && least === replicas - rounded
    }),
    { numRuns: 5000 }
  )
  test.end()
})
