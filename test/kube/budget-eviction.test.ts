import t from 'tap'
import { type EvictedPod, type EvictionOutcome, evictionOutcome, type SelectingBudget } from '../support/eviction.ts'

const running: EvictedPod = { phase: 'Running', ready: true, terminating: false }
const unready: EvictedPod = { ...running, ready: false }

function budget(fields: Partial<SelectingBudget> = {}): SelectingBudget {
  const counts = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, disruptedPods: 0 }
  return { name: 'web', observed: true, ...counts, ...fields }
}

const evicted: EvictionOutcome = { status: 201 }
const needs = (desired: number, healthy: number): EvictionOutcome => ({
  status: 429,
  says: `The disruption budget web needs ${desired} healthy pods and has ${healthy} currently`
})
const refuses = 'The disruption budget web does not allow evicting pods currently'
const processed = 'The disruption budget web is still being processed by the server.'
const twice = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
const tooMany =
  'poddisruptionbudget.policy "web" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller'
const enough = { currentHealthy: 2, desiredHealthy: 2 }

type Row = readonly [fact: string, pod: EvictedPod, budgets: readonly SelectingBudget[], outcome: EvictionOutcome]

// Those of kubernetes pkg/registry/core/pod/storage/eviction_test.go that do not turn on a conflict, and their near misses.
const rows: readonly Row[] = [
  ['a pod without budget goes', running, [], evicted],
  ['a running pod stays where nothing is allowed', running, [budget()], needs(0, 0)],
  ['a pending one goes', { ...running, phase: 'Pending' }, [budget()], evicted],
  ['one that succeeded goes', { ...running, phase: 'Succeeded' }, [budget()], evicted],
  ['one that failed goes', { ...running, phase: 'Failed' }, [budget()], evicted],
  ['one on its way out goes', { ...running, terminating: true }, [budget()], evicted],
  ['one whose node is silent stays', { ...running, phase: 'Unknown' }, [budget()], needs(0, 0)],
  ['a running pod goes where one is allowed', running, [budget({ disruptionsAllowed: 1 })], evicted],
  ['a ready pod is not spared by an unready one', running, [budget(enough)], needs(2, 2)],
  ['nor by AlwaysAllow', running, [budget({ ...enough, unhealthyPodEvictionPolicy: 'AlwaysAllow' })], needs(2, 2)],
  ['an unready pod goes while enough are healthy', unready, [budget(enough)], evicted],
  ['one too few and it stays', unready, [budget({ ...enough, currentHealthy: 1 })], needs(2, 1)],
  ['nothing desired and it stays', unready, [budget({ currentHealthy: 2 })], { status: 429, says: refuses }],
  ['IfHealthyBudget says no more', unready, [budget({ unhealthyPodEvictionPolicy: 'IfHealthyBudget' })], needs(0, 0)],
  ['under AlwaysAllow it goes', unready, [budget({ unhealthyPodEvictionPolicy: 'AlwaysAllow' })], evicted],
  ['an unready pod takes what is allowed', unready, [budget({ disruptionsAllowed: 1 })], evicted],
  ['two budgets refuse all', running, [budget({ disruptionsAllowed: 1 }), budget()], { status: 500, says: twice }],
  [
    'an unready pod under AlwaysAllow, too',
    unready,
    [budget({ unhealthyPodEvictionPolicy: 'AlwaysAllow' }), budget()],
    { status: 500, says: twice }
  ],
  ['but not a pending one', { ...running, phase: 'Pending' }, [budget(), budget()], evicted],
  [
    'an edited budget is waited for',
    running,
    [budget({ observed: false, disruptionsAllowed: 1 })],
    { status: 429, retryAfter: 10, says: processed }
  ],
  ['but not for an unready pod', unready, [budget({ ...enough, observed: false })], evicted],
  ['2000 evictions may be open', running, [budget({ disruptionsAllowed: 1, disruptedPods: 2000 })], evicted],
  ['and no more, allowed or not', running, [budget({ disruptedPods: 2001 })], { status: 403, says: tooMany }],
  [
    'a failed sync is the reason before all numbers',
    running,
    [budget({ ...enough, syncFailed: 'no scale' })],
    { status: 429, says: `${refuses} because it failed sync: no scale` }
  ],
  [
    'without numbers to blame there is no reason',
    running,
    [budget({ currentHealthy: 4, desiredHealthy: 3 })],
    { status: 429, says: refuses }
  ]
]

void t.test('evictionOutcome', (test) => {
  for (const [fact, pod, budgets, outcome] of rows) test.strictSame(evictionOutcome(pod, budgets), outcome, fact)
  test.end()
})
