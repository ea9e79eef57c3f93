import type { Target } from './autoscaler.ts'

/** Kinds of Kubernetes without a scale subresource, with their group. */
const unscalable: ReadonlySet<string> = new Set(['apps/DaemonSet', 'batch/Job', 'batch/CronJob', '/Pod'])
const ofApps: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet'])
/** That of an apiVersion that is left out, and the one that these kinds were in before 1.16. */
const notApps: ReadonlySet<string> = new Set(['', 'extensions'])

/** The field of a target that lets nothing be scaled, whatever there is. The version within a group does not matter. */
export function faultOfTarget({ group, kind }: Target): 'kind' | 'apiVersion' | undefined {
  if (unscalable.has(`${group}/${kind}`)) return 'kind'
  return notApps.has(group) && ofApps.has(kind) ? 'apiVersion' : undefined
}
