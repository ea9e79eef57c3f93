import type { Surroundings } from '../../src/inventory/cluster-view.ts'
import { companionName } from '../../src/companion/companion-name.ts'
import type { DesiredOf } from '../../src/companion/desired.ts'
import { companionLabels } from '../../src/engine/api.ts'
import type { CompanionRules } from '../../src/engine/companion-wish.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import { known } from '../../src/inventory/fact.ts'
import type { Budget, BudgetSpec } from '../../src/kube/budget.ts'
import type { Metadata } from '../../src/kube/metadata.ts'
import type { WorkloadRef } from '../../src/kube/workload-key.ts'

export const web: WorkloadRef = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
export const optedIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }
export const selector = { matchLabels: { app: 'web' } }
/** As a companion has it: without the pods of Jobs. */
export const narrowed = {
  ...selector,
  matchExpressions: [{ key: 'batch.kubernetes.io/job-name', operator: 'DoesNotExist' }]
}

export const rules: CompanionRules = {
  enabled: true,
  kinds: new Set(['apps/Deployment', 'apps/StatefulSet', 'argoproj.io/Rollout']),
  excludedNamespaces: new Set(['platform']),
  isExempt: ({ annotations = {} }) => Object.hasOwn(annotations, 'holdfast.dev/exempt.disruption-budget')
}

/** The Deployment `web` with three replicas; or as given. */
export function workloadOf(given: Partial<ExistingWorkload> = {}, metadata: Partial<Metadata> = {}): ExistingWorkload {
  return {
    group: 'apps',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', uid: 'u-web', ...metadata },
    replicas: 3,
    podLabels: { app: 'web', track: 'stable' },
    selector,
    containers: [],
    autoscaler: null,
    ...given
  }
}

let budgets = 0

export function budgetOf(name: string, metadata: Partial<Metadata> = {}, spec: BudgetSpec = { selector }): Budget {
  budgets += 1
  return {
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'shop', uid: `u-${name}-${budgets}`, resourceVersion: String(budgets), ...metadata },
    spec,
    object: {}
  }
}

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u-web', controller: true }
const kept: BudgetSpec = { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: narrowed }

/** The companion of `web` as it should be; or with other metadata or another spec. */
export function companionOf(metadata: Partial<Metadata> = {}, spec: BudgetSpec = kept): Budget {
  const mine = { labels: companionLabels, ownerReferences: [owner], ...metadata }
  return budgetOf(companionName(web), mine, spec)
}

export function ownedBy(given: Partial<typeof owner>): Pick<Metadata, 'ownerReferences'> {
  return { ownerReferences: [{ ...owner, ...given }] }
}

/** The workload `web` in a namespace that is opted in, with nothing around it; or as given. */
export function aroundOf(given: Partial<Surroundings> = {}): Surroundings {
  return {
    workload: workloadOf(),
    namespace: { labels: optedIn, terminating: false },
    budgets: [],
    overlapping: [],
    companions: [],
    ...given
  }
}

export function sceneOf(given: Partial<Surroundings> = {}, named?: Budget): DesiredOf {
  return {
    ref: web,
    around: known(aroundOf(given)),
    named: known(named),
    rules,
    maxUnavailable: 1,
    giveWayMs: 600_000,
    withheld: undefined,
    now: Date.parse('2026-11-21T04:00:00Z'),
    apiVersion: 'apps/v1'
  }
}
