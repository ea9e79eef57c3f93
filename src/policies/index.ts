import type { Policy } from '../engine/policy.ts'
import { autoscalerFloor } from './autoscaler-floor.ts'
import { budgetAllowsDisruption } from './budget-allows-disruption.ts'
import { budgetEvictsUnhealthy } from './budget-evicts-unhealthy.ts'
import { minReplicas } from './min-replicas.ts'
import { preStopSleep } from './pre-stop-sleep.ts'
import { readinessProbe } from './readiness-probe.ts'
import { rolloutKeepsCapacity } from './rollout-keeps-capacity.ts'
import { spreadSelectsOwnPods } from './spread-selects-own-pods.ts'
import { terminationBudget } from './termination-budget.ts'
import { topologySpread } from './topology-spread.ts'

/** Every policy, in the order in which they run and speak. */
export const policies: readonly Policy[] = [
  minReplicas,
  readinessProbe,
  preStopSleep,
  terminationBudget,
  topologySpread,
  spreadSelectsOwnPods,
  budgetAllowsDisruption,
  budgetEvictsUnhealthy,
  rolloutKeepsCapacity,
  autoscalerFloor
]
