import type { Budget } from '../kube/budget.ts'
import { selectorCouldMatch } from '../kube/label-selector.ts'
import { isCompanion } from '../engine/api.ts'
import type { Inventory } from './inventory.ts'
import type { KeptWorkload } from './workloads.ts'

/**
 * Finds out which budgets may select pods of which workloads by labels that pods get only at run time: such as the role of a database
 * primary, or the name of one pod of a StatefulSet.
 */
export class RuntimeLabels {
  readonly #inventory: Inventory
  /** Whether a budget selects the pods of any template, and by which version of the templates. */
  readonly #isForSome = new WeakMap<Budget, { version: number; isForSome: boolean }>()

  constructor(inventory: Inventory) {
    this.#inventory = inventory
  }

  /** Budgets that are not companions, whose selector no template in the namespace satisfies, and that may select pods of this workload. */
  budgetsReaching({ metadata, podLabels }: KeptWorkload): Budget[] {
    const reaching: Budget[] = []
    for (const budget of this.#inventory.budgets.foreignIn(metadata.namespace ?? '')) {
      if (selectorCouldMatch(budget.spec.selector, podLabels) && !this.#selectsTemplate(budget)) reaching.push(budget)
    }
    return reaching
  }

  /** The workloads that such a budget may reach. */
  *workloadsReached({ metadata, spec }: Budget): Iterable<KeptWorkload> {
    if (isCompanion(metadata)) return
    for (const workload of this.#inventory.workloads.matching(metadata.namespace ?? '', {})) {
      if (selectorCouldMatch(spec.selector, workload.podLabels)) yield workload
    }
  }

  /** Each of thousands of workloads asks this about each of thousands of budgets. */
  #selectsTemplate(budget: Budget): boolean {
    const { workloads } = this.#inventory
    const {
      metadata: { namespace = '' },
      spec: { selector }
    } = budget
    const version = workloads.templatesIn(namespace)
    const found = this.#isForSome.get(budget)
    if (found?.version === version) return found.isForSome
    const [some] = workloads.matching(namespace, selector)
    this.#isForSome.set(budget, { version, isForSome: some !== undefined })
    return some !== undefined
  }
}
