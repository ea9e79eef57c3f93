import type { ClusterView, Surroundings } from '../cluster/cluster-view.ts'
import type { CompanionRules } from '../engine/companion-wish.ts'
import { apiVersionOf, type ResourceKind } from '../kube/resource-kind.ts'
import { type WorkloadKey, workloadRef } from '../kube/workload-key.ts'
import type { Owner } from './companion-api.ts'
import { companionName } from './companion-name.ts'
import { type Desired, desiredCompanion } from './desired.ts'
import { type Steps, stepsTo } from './steps.ts'

/** A workload at one moment: what it should have, and what that takes. */
export interface Look extends Steps {
  owner: Owner
  /** Undefined where companions are not kept for its kind. */
  kind: ResourceKind | undefined
  desired: Desired
}

export interface LookOptions {
  view: ClusterView
  rules: CompanionRules
  /** Those that the rules name, by group and kind, and where the API server has them. */
  kinds: ReadonlyMap<string, ResourceKind>
}

const nothing: Surroundings = {
  workload: undefined,
  namespace: undefined,
  budgets: [],
  overlapping: [],
  companions: []
}

/** Reads memory alone, so it is quick. */
export function lookAt(key: WorkloadKey, { view, rules, kinds }: LookOptions): Look {
  const ref = workloadRef(key)
  const kind = kinds.get(`${ref.group}/${ref.kind}`)
  const facts = { around: view.around(key), named: view.budgetNamed(ref.namespace, companionName(ref)) }
  const apiVersion = kind === undefined ? '' : apiVersionOf(kind)
  const desired = desiredCompanion({ ref, rules, apiVersion, ...facts })
  const around = facts.around.known ? facts.around.value : nothing
  const named = facts.named.known ? facts.named.value : undefined
  const owner = { ref, uid: around.workload?.metadata.uid }
  return { owner, kind, desired, ...stepsTo(desired, { ref, around, named }) }
}
