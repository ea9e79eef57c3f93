import { isCompanion } from '../engine/api.ts'
import { type CompanionRules, wantsCompanion, type Wishing } from '../engine/companion-wish.ts'
import { type ExistingBudget, type Fact, known, type Nodes, unknown } from '../engine/facts.ts'
import type { Autoscaler } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import { type Labels, selectorMatches } from '../kube/label-selector.ts'
import type { ServerVersion } from '../kube/server-version.ts'
import { workloadKey, type WorkloadRef } from '../kube/workload-key.ts'
import type { ClusterCache } from '../cluster/cluster-cache.ts'
import type { Inventory } from './inventory.ts'
import type { Sort } from '../cluster/resources.ts'

/**
 * Pairs of a workload and a budget that one look-up compares: some 20 ms of them. There are as many only where thousands of each share
 * their labels, and no other review waits longer for whoever made them.
 */
const mostTried = 200_000

export interface Surveyed {
  cache: ClusterCache
  serverVersion: () => Fact<ServerVersion>
  companions: CompanionRules
}

function existing({ metadata, spec }: Budget): ExistingBudget {
  return { name: metadata.name ?? '', spec, companion: isCompanion(metadata) }
}

/** Single facts, each known only while all that it is taken from is fresh. */
export class FactReader {
  readonly inventory: Inventory
  readonly #surveyed: Surveyed

  constructor(surveyed: Surveyed) {
    this.inventory = surveyed.cache.inventory
    this.#surveyed = surveyed
  }

  /** What is found in a namespace, from resources of these sorts. */
  within<T>(namespace: string, sorts: readonly Sort[], find: () => T): Fact<T> {
    if (namespace === '') return unknown('the object does not say its namespace')
    return this.#from(sorts, find)
  }

  serverVersion(): Fact<ServerVersion> {
    return this.#surveyed.serverVersion()
  }

  nodes(): Fact<Nodes> {
    return this.#from(['nodes'], () => this.inventory.nodes.snapshot)
  }

  autoscalersOf(target: WorkloadRef): Fact<readonly Autoscaler[]> {
    return this.within(target.namespace, ['autoscalers'], () => this.inventory.autoscalers.of(workloadKey(target)))
  }

  budgetsSelecting(namespace: string, podLabels: Labels): Fact<readonly ExistingBudget[]> {
    const { budgets } = this.inventory
    return this.within(namespace, ['budgets'], () => Array.from(budgets.selecting(namespace, podLabels), existing))
  }

  /** The budgets but the one of this name that select a pod of a workload that it selects. */
  budgetsBeside({ metadata: { namespace = '', name }, spec: { selector } }: Budget): Fact<readonly ExistingBudget[]> {
    const found = this.within(namespace, ['workloads', 'budgets'], () => {
      const { workloads, budgets } = this.inventory
      const beside = new Set<Budget>()
      let tried = 0
      for (const { podLabels } of workloads.matching(namespace, selector)) {
        for (const budget of budgets.candidates(namespace, podLabels)) {
          if (++tried > mostTried) return undefined
          if (beside.has(budget) || budget.metadata.name === name) continue
          if (selectorMatches(budget.spec.selector, podLabels)) beside.add(budget)
        }
      }
      return beside
    })
    if (!found.known) return found
    if (found.value === undefined)
      return unknown('its namespace has too many workloads and budgets to compare them all')
    return known(Array.from(found.value, existing))
  }

  /** By what was last known of the namespace: whether its owner wants companions outlasts a silence of the API server. */
  companionOf(workload: Wishing): Fact<boolean> {
    const labels = this.namespaceLabels(workload.metadata.namespace ?? '')
    return labels.known ? known(wantsCompanion(workload, labels.value, this.#surveyed.companions)) : labels
  }

  namespaceLabels(name: string): Fact<Labels> {
    const namespace = this.inventory.namespaces.get(name)
    if (namespace !== undefined) return known(namespace.labels)
    return unknown(this.#surveyed.cache.doubtOf('namespaces') ?? 'its namespace has not been seen yet')
  }

  #from<T>(sorts: readonly Sort[], find: () => T): Fact<T> {
    const doubt = this.#surveyed.cache.doubtOf(...sorts)
    return doubt === undefined ? known(find()) : unknown(doubt)
  }
}
