import { isCompanion } from '../engine/api.ts'
import type { Budget } from '../kube/budget.ts'
import type { Labels } from '../kube/label-selector.ts'
import { controllerOf } from '../kube/metadata.ts'
import { groupOf, type WorkloadKey, workloadKey } from '../kube/workload-key.ts'
import { ObjectStore, type OnChange } from './object-store.ts'
import { PerNamespace } from './per-namespace.ts'
import { SelectorIndex } from './selector-index.ts'

/**
 * The workload that a companion names as its controller; undefined for any other budget. The labels of a companion alone make none: nobody
 * would remove it.
 */
export function ownerKeyOf({ metadata }: Budget): WorkloadKey | undefined {
  if (!isCompanion(metadata)) return undefined
  const owner = controllerOf(metadata)
  if (owner === undefined) return undefined
  const { apiVersion = '', kind = '', name = '' } = owner
  return workloadKey({ group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? '', name })
}

/** The budgets, by name, by selector, and by the workload of a companion. */
export class Budgets {
  readonly store: ObjectStore<Budget>
  readonly #bySelector: PerNamespace<Budget, SelectorIndex<Budget>>
  readonly #byOwner = new Map<WorkloadKey, readonly Budget[]>()
  readonly #foreign = new Map<string, Set<Budget>>()

  /** `spend` is called for each budget that a look-up visits. */
  constructor(told: OnChange<Budget>, spend: () => void) {
    this.#bySelector = new PerNamespace(() => new SelectorIndex(({ spec }) => spec.selector, spend))
    this.store = new ObjectStore<Budget>((_key, before, after) => this.#reindex(before, after), told)
  }

  get(namespace: string, name: string): Budget | undefined {
    return this.store.get(`${namespace}/${name}`)
  }

  /** The budgets of a namespace that select pods with these labels. */
  selecting(namespace: string, podLabels: Labels): Iterable<Budget> {
    return this.#bySelector.in(namespace)?.selecting(podLabels) ?? []
  }

  /** The budgets of a namespace that may select pods with these labels: candidates to try, with possible duplicates. */
  candidates(namespace: string, podLabels: Labels): Iterable<Budget> {
    return this.#bySelector.in(namespace)?.candidates(podLabels) ?? []
  }

  /** The budgets of a namespace that are not companions: nothing removes them for another. */
  foreignIn(namespace: string): Iterable<Budget> {
    return this.#foreign.get(namespace) ?? []
  }

  /** The workloads that companions name as their controllers. */
  owners(): Iterable<WorkloadKey> {
    return this.#byOwner.keys()
  }

  companionsOf(owner: WorkloadKey): readonly Budget[] {
    return this.#byOwner.get(owner) ?? []
  }

  #reindex(before: Budget | undefined, after: Budget | undefined): void {
    if (before !== undefined) {
      this.#bySelector.delete(before.metadata.namespace ?? '', before)
      this.#foreign.get(before.metadata.namespace ?? '')?.delete(before)
      this.#own(before, (budgets) => budgets.filter((each) => each !== before))
    }
    if (after === undefined) return
    this.#bySelector.add(after.metadata.namespace ?? '', after)
    if (ownerKeyOf(after) === undefined) this.#addForeign(after)
    this.#own(after, (budgets) => [...budgets, after])
  }

  #addForeign(budget: Budget): void {
    const { namespace = '' } = budget.metadata
    const there = this.#foreign.get(namespace)
    if (there === undefined) this.#foreign.set(namespace, new Set([budget]))
    else there.add(budget)
  }

  #own(budget: Budget, change: (budgets: readonly Budget[]) => readonly Budget[]): void {
    const owner = ownerKeyOf(budget)
    if (owner === undefined) return
    const budgets = change(this.companionsOf(owner))
    if (budgets.length === 0) this.#byOwner.delete(owner)
    else this.#byOwner.set(owner, budgets)
  }
}
