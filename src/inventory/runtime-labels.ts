import type { Budget } from '../kube/budget.ts'
import { getsLabel, namesApplication } from '../kube/controller-labels.ts'
import { type Labels, labelsRequiredBy, selectorContradicts, selectorMatches } from '../kube/label-selector.ts'
import { controllerOf } from '../kube/metadata.ts'
import { ownerKeyOf } from './budgets.ts'
import type { Inventory } from './inventory.ts'
import { requiredLabelsOf } from './required-labels.ts'
import { knownOf } from './revisions.ts'
import { type KeptWorkload, refOf } from './workloads.ts'

/**
 * Finds out which budgets may select pods of which workloads by labels that the template does not have: those that controllers give pods,
 * such as the name of one pod of a StatefulSet or the role of a database primary; and those of an older template while its pods run.
 */
export class RuntimeLabels {
  readonly #inventory: Inventory
  /** Whether a budget selects the pods of any template, and by which version of the templates. */
  readonly #isForSome = new WeakMap<Budget, { version: number; isForSome: boolean }>()

  constructor(inventory: Inventory) {
    this.#inventory = inventory
  }

  /** Budgets that are not companions and do not select pods by the template of this workload, but may select some all the same. */
  budgetsReaching(workload: KeptWorkload): Budget[] {
    const reaching: Budget[] = []
    for (const budget of this.#inventory.budgets.foreignIn(workload.metadata.namespace ?? '')) {
      if (selectorMatches(budget.spec.selector, workload.podLabels)) continue
      if (this.#selectsOlder(budget, workload)) reaching.push(budget)
      else if (this.#isByRuntimeLabels(budget, workload) && !this.#selectsTemplate(budget)) reaching.push(budget)
    }
    return reaching
  }

  /** The workloads that such a budget may reach. */
  *workloadsReached(budget: Budget): Iterable<KeptWorkload> {
    if (ownerKeyOf(budget) !== undefined) return
    for (const workload of this.#inventory.workloads.matching(budget.metadata.namespace ?? '', {})) {
      if (this.#selectsOlder(budget, workload) || this.#isByRuntimeLabels(budget, workload)) yield workload
    }
  }

  /** Of an older template that nobody has seen only those labels are sure that the selector of the workload requires. */
  #selectsOlder({ spec }: Budget, workload: KeptWorkload): boolean {
    const older = this.#inventory.workloads.olderLabels(workload)
    if (older !== 'unknown') return older.some((labels) => selectorMatches(spec.selector, labels))
    return !selectorContradicts(spec.selector, labelsRequiredBy(workload.selector ?? {}))
  }

  #isByRuntimeLabels(budget: Budget, workload: KeptWorkload): boolean {
    const older = knownOf(this.#inventory.workloads.olderLabels(workload))
    return [workload.podLabels, ...older].some((labels) => mayGetLabelsOf(budget, workload, labels))
  }

  /** Each of thousands of workloads asks this about each of thousands of budgets. */
  #selectsTemplate(budget: Budget): boolean {
    const { workloads } = this.#inventory
    const { metadata, spec } = budget
    const namespace = metadata.namespace ?? ''
    const version = workloads.templatesIn(namespace)
    const found = this.#isForSome.get(budget)
    if (found?.version === version) return found.isForSome
    const [some] = workloads.matching(namespace, spec.selector)
    this.#isForSome.set(budget, { version, isForSome: some !== undefined })
    return some !== undefined
  }
}

/** Whether pods of the workload, with what controllers may add to the labels of a template, may be those that a budget is for. */
function mayGetLabelsOf(budget: Budget, workload: KeptWorkload, podLabels: Labels): boolean {
  const { selector } = budget.spec
  if (selector === undefined || selectorContradicts(selector, podLabels)) return false
  const ref = refOf(workload)
  let isNamed = false
  for (const { key, values } of requiredLabelsOf(selector)) {
    const gets = Object.hasOwn(podLabels, key) ? 'sure' : getsLabel(ref, key, values)
    if (gets === 'never') return false
    if (gets === 'sure') isNamed = true
  }
  return isNamed || mayBeFor(budget, workload)
}

/**
 * Whether a budget that asks for nothing that is known of the pods may be for them. Nobody gives running pods the name of an application,
 * and an operator makes its own budgets for the pods of its own objects.
 */
function mayBeFor({ metadata, spec: { selector = {} } }: Budget, workload: KeptWorkload): boolean {
  if (requiredLabelsOf(selector).some(({ key }) => namesApplication(key))) return false
  const owner = controllerOf(metadata)
  return owner === undefined || workload.metadata.ownerReferences?.some(({ uid }) => uid === owner.uid) === true
}
