import type { Labels } from '../kube/label-selector.ts'
import { podSelectorOf, type Service } from '../kube/service.ts'
import { ObjectStore } from './object-store.ts'
import { PerNamespace } from './per-namespace.ts'
import { SelectorIndex } from './selector-index.ts'

/** The Services, by what they select. */
export class Services {
  readonly store = new ObjectStore<Service>((_key, before, after) => this.#reindex(before, after))
  readonly #bySelector: PerNamespace<Service, SelectorIndex<Service>>

  /** `spend` is called for each Service that a look-up visits. */
  constructor(spend: () => void) {
    this.#bySelector = new PerNamespace(() => new SelectorIndex<Service>(podSelectorOf, spend))
  }

  /** Those of a namespace that select pods with these labels. */
  selecting(namespace: string, podLabels: Labels): Iterable<Service> {
    return this.#bySelector.in(namespace)?.selecting(podLabels) ?? []
  }

  #reindex(before: Service | undefined, after: Service | undefined): void {
    if (before !== undefined) this.#bySelector.delete(before.metadata.namespace ?? '', before)
    if (after !== undefined) this.#bySelector.add(after.metadata.namespace ?? '', after)
  }
}
