import { resolveIntOrPercent } from './int-or-percent.ts'

/**
 * How many pods a rolling update may add and take away, as ResolveFenceposts has it (kubernetes
 * pkg/controller/deployment/util/deployment_util.go): surge rounds up, unavailable down, and where both come to 0 one pod may go.
 * Undefined where the API server would refuse a value.
 */
export function resolveFenceposts(
  maxSurge: number | string,
  maxUnavailable: number | string,
  desired: number
): { surge: number; unavailable: number } | undefined {
  const surge = resolveIntOrPercent(maxSurge, desired, 'up')
  const unavailable = resolveIntOrPercent(maxUnavailable, desired, 'down')
  if (surge === undefined || unavailable === undefined) return undefined
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable }
}

/** What the API server fills in for maxSurge and maxUnavailable (kubernetes pkg/apis/apps/v1/defaults.go). */
export const defaultFencepost = '25%'

/** The progressDeadlineSeconds of a Deployment that has no deadline (kubernetes pkg/controller/deployment/util/deployment_util.go, HasProgressDeadline). */
export const noDeadline = 2_147_483_647
