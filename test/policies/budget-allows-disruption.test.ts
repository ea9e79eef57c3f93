import { unknown } from '../../src/engine/facts.ts'
import { budgetAllowsDisruption } from '../../src/policies/budget-allows-disruption.ts'
import { checkPolicy, deploymentWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const budget = (spec: JsonMap): JsonMap => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec }
})
const nothingKnown = { autoscaler: unknown('no cluster cache'), neighbours: unknown('no cluster cache') }
const fix = 'set maxUnavailable to 1'

checkPolicy(budgetAllowsDisruption, {
  accepts: {
    'one pod at a time': { object: budget({ maxUnavailable: 1 }) },
    'one pod at a time, with nothing known around it': { object: budget({ maxUnavailable: 1 }), facts: nothingKnown },
    'a percentage, which rounds up to at least one pod': { object: budget({ maxUnavailable: '1%' }) },
    'all pods at once': { object: budget({ maxUnavailable: '100%' }) },
    'a number of pods that must stay': { object: budget({ minAvailable: 1 }) },
    'nearly all pods must stay: how many there are is not known here': { object: budget({ minAvailable: '99%' }) },
    'no pod must stay': { object: budget({ minAvailable: 0 }) },
    'none in a hundred must stay': { object: budget({ minAvailable: '0%' }) },
    'an integer of 100 is not 100%': { object: budget({ minAvailable: 100 }) },
    'a null bound beside one that holds': { object: budget({ minAvailable: null, maxUnavailable: 1 }) },
    'a workload': { object: deploymentWith({ containers: [{ name: 'web' }] }) }
  },
  rejects: {
    'no pod may go': {
      object: budget({ maxUnavailable: 0 }),
      says: [`[budget-allows-disruption] spec.maxUnavailable: 0 blocks every drain; ${fix}`]
    },
    'no pod may go, with nothing known around it: the budget is seen whole': {
      object: budget({ maxUnavailable: 0 }),
      facts: nothingKnown,
      says: [`[budget-allows-disruption] spec.maxUnavailable: 0 blocks every drain; ${fix}`]
    },
    'none in a hundred may go': {
      object: budget({ maxUnavailable: '0%' }),
      says: [`[budget-allows-disruption] spec.maxUnavailable: 0% blocks every drain; ${fix}`]
    },
    'none in a hundred may go, however it is written': {
      object: budget({ maxUnavailable: '00%' }),
      says: [`[budget-allows-disruption] spec.maxUnavailable: 00% blocks every drain; ${fix}`]
    },
    'all pods must stay': {
      object: budget({ minAvailable: '100%' }),
      says: [`[budget-allows-disruption] spec.minAvailable: 100% blocks every drain; drop it; ${fix}`]
    },
    'no bound, which the API accepts and the controller reads as none allowed': {
      object: budget({}),
      says: [`[budget-allows-disruption] spec: without maxUnavailable and minAvailable it blocks every drain; ${fix}`]
    },
    'a null bound is no bound': {
      object: budget({ maxUnavailable: null }),
      says: [`[budget-allows-disruption] spec: without maxUnavailable and minAvailable it blocks every drain; ${fix}`]
    },
    'a budget in baseline': {
      object: budget({ maxUnavailable: 0 }),
      profile: 'baseline',
      says: [`[budget-allows-disruption] spec.maxUnavailable: 0 blocks every drain; ${fix}`]
    },
    'a budget in critical': {
      object: budget({ maxUnavailable: 0 }),
      profile: 'critical',
      says: [`[budget-allows-disruption] spec.maxUnavailable: 0 blocks every drain; ${fix}`]
    }
  }
})
