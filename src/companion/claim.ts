import { isCompanion } from '../engine/api.ts'
import type { Budget } from '../kube/budget.ts'
import { controllerOf, type OwnerReference } from '../kube/metadata.ts'
import { groupOf, type WorkloadRef } from '../kube/workload-key.ts'
import { companionName } from './companion-name.ts'

/**
 * What a budget is to a workload: its companion; one of a workload of the same name that is gone, or under a name that is not in use any
 * more; or somebody else's. Without the mark, or under another controller, it is nothing of ours.
 */
export type Claim = 'companion' | 'leftover' | 'foreign'

/** Whether an owner reference names the workload, whatever its uid is. */
export function namesWorkload({ apiVersion = '', kind, name, controller }: OwnerReference, ref: WorkloadRef): boolean {
  return controller === true && kind === ref.kind && name === ref.name && groupOf(apiVersion) === ref.group
}

/**
 * `kubectl delete --cascade=orphan` takes the owner reference off its dependents: a companion that it left is known by its name, for the
 * workload is often made again at once.
 */
export function claimOf({ metadata }: Budget, ref: WorkloadRef, uid: string | undefined): Claim {
  if (!isCompanion(metadata) || metadata.namespace !== ref.namespace) return 'foreign'
  const isNamed = metadata.name === companionName(ref)
  const controller = controllerOf(metadata)
  if (controller === undefined) return isNamed ? 'companion' : 'foreign'
  if (!namesWorkload(controller, ref)) return 'foreign'
  return isNamed && controller.uid === uid ? 'companion' : 'leftover'
}
