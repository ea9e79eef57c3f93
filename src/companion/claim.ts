import { isCompanion } from '../engine/api.ts'
import type { Budget } from '../kube/budget.ts'
import { controllerOf, type OwnerReference } from '../kube/metadata.ts'
import { groupOf, type WorkloadRef } from '../kube/workload-key.ts'
import { companionName } from './companion-name.ts'

/**
 * What a budget is to a workload: its companion; a leftover of an earlier workload with the same name, or of an earlier name; or foreign.
 * A budget without the labels of a companion, or under another controller, is foreign.
 */
export type Claim = 'companion' | 'leftover' | 'foreign'

/** Whether an owner reference names the workload, whatever its uid is. */
export function namesWorkload({ apiVersion = '', kind, name, controller }: OwnerReference, ref: WorkloadRef): boolean {
  return controller === true && kind === ref.kind && name === ref.name && groupOf(apiVersion) === ref.group
}

/**
 * `kubectl delete --cascade=orphan` takes the owner reference off its dependents. The companion that it leaves is known by its name, because
 * the workload is often created again at once.
 */
export function claimOf({ metadata }: Budget, ref: WorkloadRef, uid: string | undefined): Claim {
  if (!isCompanion(metadata) || metadata.namespace !== ref.namespace) return 'foreign'
  const isNamed = metadata.name === companionName(ref)
  const controller = controllerOf(metadata)
  if (controller === undefined) return isNamed ? 'companion' : 'foreign'
  if (!namesWorkload(controller, ref)) return 'foreign'
  return isNamed && controller.uid === uid ? 'companion' : 'leftover'
}
