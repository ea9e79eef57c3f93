import type { Autoscaler } from '../kube/autoscaler.ts'
import type { Scale } from '../kube/scale.ts'
import { kinds } from '../kube/kinds.ts'
import type { Workload } from '../kube/workload.ts'
import type { WorkloadRef } from '../kube/workload-key.ts'
import { type Fact, known, unknown } from './fact.ts'
import type { Inventory } from './inventory.ts'
import type { KeptWorkload } from './workloads.ts'

export function refOfSubject({ kind, metadata: { namespace = '', name = '' } }: Workload): WorkloadRef {
  return { group: kinds[kind].group, kind, namespace, name }
}

/** What a Scale scales. */
export function parentRefOf({ parentKind: kind, metadata: { namespace = '', name = '' } }: Scale): WorkloadRef {
  return { group: 'apps', kind, namespace, name }
}

/** A Scale always has a parent: a missing parent has only not been seen yet. */
export function parentOf(scale: Scale, { workloads }: Inventory): Fact<KeptWorkload> {
  const parent = workloads.get(parentRefOf(scale))
  return parent === undefined ? unknown('what it scales has not been seen yet') : known(parent)
}

export function targetRefOf({ target, metadata: { namespace = '' } }: Autoscaler): WorkloadRef {
  return { ...target, namespace }
}

/** The target of an autoscaler; known to be undefined if it does not exist. */
export function targetOf(autoscaler: Autoscaler, { workloads }: Inventory): Fact<KeptWorkload | undefined> {
  if (!workloads.has(autoscaler.target)) return unknown('workloads of the kind that it targets are not watched')
  return known(workloads.get(targetRefOf(autoscaler)))
}
