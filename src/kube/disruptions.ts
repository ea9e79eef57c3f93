import type { BudgetSpec } from './budget.ts'
import { percentOf, resolveIntOrPercent } from './int-or-percent.ts'

/** Pods that a budget selects: the pods of one controller, or one pod without a controller. */
export interface Selected {
  /** The controller's; `Pod` for a pod that has none. */
  kind: string
  /** The expected number of pods, 1 for a pod; undefined if unknown, as for a DaemonSet without its nodes. */
  replicas: number | undefined
  /** Whether its kind has a scale subresource. DaemonSets and Jobs have none. */
  scalable: boolean
}

/** Fields of a PodDisruptionBudget's status, as the disruption controller writes them. */
export interface Disruptions {
  expectedPods: number
  desiredHealthy: number
  disruptionsAllowed: number
}

/**
 * Why there is no number. `cannot be counted`: a selected controller has no scale, so the budget's sync fails (condition SyncFailed)
 * and no Ready pod that it selects is ever evicted. `unknown`: the number depends on unknown replicas.
 */
export type Uncounted = 'cannot be counted' | 'unknown'

const largestInteger = 2 ** 31 - 1

/**
 * The status of a budget while `healthy` of the pods that it selects are Ready, as getExpectedPodCount and updatePdbStatus have it
 * (kubernetes pkg/controller/disruption/disruption.go). Pods beyond the replicas, as during a rollout, are healthy but not expected.
 * Undefined if the API server refuses the bounds. A budget that selects nothing allows 0, which blocks no drain.
 */
export function disruptionsOf(
  spec: BudgetSpec,
  selected: readonly Selected[],
  healthy: number
): Disruptions | Uncounted | undefined {
  const expectedPods = expectedPodsOf(spec, selected)
  const desiredHealthy = desiredHealthyOf(spec, typeof expectedPods === 'number' ? expectedPods : 0)
  if (desiredHealthy === undefined) return undefined
  if (typeof expectedPods === 'string') return expectedPods
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, healthy - desiredHealthy) : 0
  return { expectedPods, desiredHealthy, disruptionsAllowed }
}

/** How many of the selected pods may be evicted at once while all expected pods are Ready. */
export function disruptionsAtFullHealth(
  spec: BudgetSpec,
  selected: readonly Selected[]
): number | Uncounted | undefined {
  const pods = podsOf(selected)
  const disruptions = disruptionsOf(spec, selected, pods === 'unknown' ? 0 : pods)
  return typeof disruptions === 'object' ? disruptions.disruptionsAllowed : disruptions
}

/** Whether a budget asks for the scale of the controllers whose pods it selects. An integer `minAvailable` counts pods. */
export function asksForScale({ minAvailable, maxUnavailable }: BudgetSpec): boolean {
  return maxUnavailable !== undefined || typeof minAvailable === 'string'
}

/** An integer `minAvailable` counts pods. All else adds up the scale of their controllers, and has no pod where there is none. */
function expectedPodsOf(
  { minAvailable, maxUnavailable }: BudgetSpec,
  selected: readonly Selected[]
): number | Uncounted {
  if (minAvailable === undefined && maxUnavailable === undefined) return 0
  if (typeof minAvailable === 'number') return podsOf(selected)
  const controllers = selected.filter(({ kind, replicas }) => kind !== 'Pod' && replicas !== 0)
  return controllers.every(({ scalable }) => scalable) ? podsOf(controllers) : 'cannot be counted'
}

function podsOf(selected: readonly Selected[]): number | 'unknown' {
  let pods = 0
  for (const { kind, replicas = kind === 'Pod' ? 1 : undefined } of selected) {
    if (replicas === undefined) return 'unknown'
    pods += replicas
  }
  return pods
}

/** API validation accepts at most one bound, an int32 from 0 or 0% to 100% (kubernetes pkg/apis/policy/validation/validation.go). */
function desiredHealthyOf({ minAvailable, maxUnavailable }: BudgetSpec, expectedPods: number): number | undefined {
  if (minAvailable !== undefined && maxUnavailable !== undefined) return undefined
  const bound = minAvailable ?? maxUnavailable ?? 0
  const pods = resolveIntOrPercent(bound, expectedPods, 'up')
  if (pods === undefined || pods < 0 || pods > largestInteger || (percentOf(bound) ?? 0) > 100) return undefined
  return maxUnavailable === undefined ? pods : Math.max(0, expectedPods - pods)
}

/** The pods of a workload; kinds that have no replicas, DaemonSets and Jobs, have no scale subresource either. */
export function podsOfWorkload({ kind, replicas }: { kind: string; replicas: number | undefined }): Selected {
  return { kind, replicas, scalable: replicas !== undefined }
}
