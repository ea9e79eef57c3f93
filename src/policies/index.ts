import type { Policy } from '../engine/policy.ts'
import { autoscalerCanAct } from './autoscaler-can-act.ts'
import { autoscalerFloor } from './autoscaler-floor.ts'
import { autoscalerOwnsReplicas } from './autoscaler-owns-replicas.ts'
import { budgetAllowsDisruption } from './budget-allows-disruption.ts'
import { budgetEvictsUnhealthy } from './budget-evicts-unhealthy.ts'
import { budgetSelectsPods } from './budget-selects-pods.ts'
import { daemonRollout } from './daemon-rollout.ts'
import { disruptionBudget } from './disruption-budget.ts'
import { fastFailover } from './fast-failover.ts'
import { jobSurvivesDisruption } from './job-survives-disruption.ts'
import { leavesDrainedNode } from './leaves-drained-node.ts'
import { livenessPatient } from './liveness-patient.ts'
import { meshDrainsLast } from './mesh-drains-last.ts'
import { minReplicas } from './min-replicas.ts'
import { notPinned } from './not-pinned.ts'
import { oneBudgetPerPod } from './one-budget-per-pod.ts'
import { pinnedImage } from './pinned-image.ts'
import { podsAdmitted } from './pods-admitted.ts'
import { preStopSleep } from './pre-stop-sleep.ts'
import { readinessProbe } from './readiness-probe.ts'
import { resourceRequests } from './resource-requests.ts'
import { rolloutCanFinish } from './rollout-can-finish.ts'
import { rolloutKeepsCapacity } from './rollout-keeps-capacity.ts'
import { rolloutWaits } from './rollout-waits.ts'
import { serviceDrains } from './service-drains.ts'
import { spreadFeasible } from './spread-feasible.ts'
import { spreadSelectsOwnPods } from './spread-selects-own-pods.ts'
import { startupProbe } from './startup-probe.ts'
import { statefulIdentity } from './stateful-identity.ts'
import { terminationBudget } from './termination-budget.ts'
import { topologySpread } from './topology-spread.ts'

/** Every policy, in the order in which they run and report. */
export const policies: readonly Policy[] = [
  minReplicas,
  readinessProbe,
  preStopSleep,
  terminationBudget,
  topologySpread,
  spreadSelectsOwnPods,
  spreadFeasible,
  disruptionBudget,
  budgetAllowsDisruption,
  oneBudgetPerPod,
  budgetSelectsPods,
  budgetEvictsUnhealthy,
  rolloutKeepsCapacity,
  autoscalerFloor,
  autoscalerOwnsReplicas,
  autoscalerCanAct,
  rolloutCanFinish,
  podsAdmitted,
  rolloutWaits,
  livenessPatient,
  startupProbe,
  resourceRequests,
  notPinned,
  leavesDrainedNode,
  fastFailover,
  statefulIdentity,
  daemonRollout,
  jobSurvivesDisruption,
  meshDrainsLast,
  pinnedImage,
  serviceDrains
]
