import type { Autoscaler } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import { sameJson } from '../kube/json.ts'
import type { WorkloadKey } from '../kube/workload-key.ts'
import { targetKeyOf } from './autoscalers.ts'
import { ownerKeyOf } from './budgets.ts'
import type { Inventory, Listener } from './inventory.ts'
import type { RuntimeLabels } from './runtime-labels.ts'
import type { ExistingNamespace } from './transform.ts'
import { keyOfWorkload, type KeptWorkload } from './workloads.ts'

/** Whether a workload of a namespace may have a companion. */
export type IsAsked = (name: string, namespace: ExistingNamespace) => boolean

export interface AffectedOptions {
  inventory: Inventory
  runtimeLabels: RuntimeLabels
  isAsked: IsAsked
  /** Given the workloads of one namespace, which are found while it goes through them. */
  tell: (keys: Iterable<WorkloadKey>, namespace: string) => void
}

/**
 * Finds the workloads that a change affects. If thousands of them share labels, that takes a while: so it is done bit by bit, and only where
 * somebody asks for companions. Elsewhere a change affects its own workload alone.
 */
export class AffectedWorkloads implements Listener {
  readonly #options: AffectedOptions

  constructor(options: AffectedOptions) {
    this.#options = options
  }

  workload(_key: string, before: KeptWorkload | undefined, after: KeptWorkload | undefined): void {
    const versions = present(before, after)
    const keys = new Set(versions.map(keyOfWorkload))
    const others = this.#isSameToOthers(before, after) ? [] : this.#sharing(versions)
    this.#tell(versions[0], distinct(keys, others))
  }

  autoscaler(_key: string, ...given: readonly [Autoscaler | undefined, Autoscaler | undefined]): void {
    const versions = present(...given)
    this.#tell(versions[0], new Set(versions.map(targetKeyOf)))
  }

  budget(_key: string, before: Budget | undefined, after: Budget | undefined): void {
    if (before !== undefined && after !== undefined && saysTheSame(before, after)) return
    const versions = present(before, after)
    const owners = versions.map(ownerKeyOf).filter((owner) => owner !== undefined)
    this.#tell(versions[0], distinct(owners, this.#reached(versions)))
  }

  namespace(name: string, before: ExistingNamespace | undefined, after: ExistingNamespace | undefined): void {
    const { inventory, isAsked, tell } = this.#options
    const known = present(before, after)
    // A label that has nothing to do with companions changes nothing about them.
    if (known.length === 2 && !known.some((version) => isAsked(name, version))) return
    tell(keysIn(inventory, name), name)
  }

  #tell(of: { metadata: { namespace?: string } } | undefined, keys: Iterable<WorkloadKey>): void {
    this.#options.tell(keys, of?.metadata.namespace ?? '')
  }

  #isAskedIn(namespace: string): boolean {
    const existing = this.#options.inventory.namespaces.get(namespace)
    return existing !== undefined && this.#options.isAsked(namespace, existing)
  }

  #isSameToOthers(before: KeptWorkload | undefined, after: KeptWorkload | undefined): boolean {
    if (before === undefined || after === undefined) return false
    return sameJson(this.#shownToOthers(before), this.#shownToOthers(after))
  }

  /** The part of a workload that matters to other workloads that share its pods. */
  #shownToOthers(workload: KeptWorkload): unknown {
    const { podLabels, selector, metadata } = workload
    const older = this.#options.inventory.workloads.olderLabels(workload)
    return [podLabels, selector ?? 'none', metadata.ownerReferences ?? [], older]
  }

  *#sharing(versions: readonly KeptWorkload[]): Iterable<WorkloadKey> {
    for (const workload of versions) {
      if (!this.#isAskedIn(workload.metadata.namespace ?? '')) continue
      for (const other of this.#options.inventory.workloads.overlapping(workload)) yield keyOfWorkload(other)
    }
  }

  *#reached(versions: readonly Budget[]): Iterable<WorkloadKey> {
    const { inventory, runtimeLabels } = this.#options
    for (const budget of versions) {
      const { namespace = '' } = budget.metadata
      if (!this.#isAskedIn(namespace)) continue
      const selected = inventory.workloads.matching(namespace, budget.spec.selector)
      for (const workload of selected) yield keyOfWorkload(workload)
      for (const workload of runtimeLabels.workloadsReached(budget)) yield keyOfWorkload(workload)
    }
  }
}

function* keysIn({ workloads }: Inventory, namespace: string): Iterable<WorkloadKey> {
  for (const workload of workloads.matching(namespace, {})) yield keyOfWorkload(workload)
}

function* distinct(...all: readonly Iterable<WorkloadKey>[]): Iterable<WorkloadKey> {
  const seen = new Set<WorkloadKey>()
  for (const keys of all) {
    for (const key of keys) {
      if (seen.has(key)) continue
      seen.add(key)
      yield key
    }
  }
}

/** Ignores the resourceVersion, which every status change moves. */
function saysTheSame(before: Budget, after: Budget): boolean {
  const { resourceVersion } = after.metadata
  if (resourceVersion === undefined) return sameJson(before, after)
  return sameJson({ ...before, metadata: { ...before.metadata, resourceVersion } }, after)
}

function present<T>(...things: readonly (T | undefined)[]): T[] {
  return things.filter((thing) => thing !== undefined)
}
