import type { Labels, LabelSelector } from '../kube/label-selector.ts'
import { LabelIndex } from './label-index.ts'
import { ObjectStore } from './object-store.ts'
import { PerNamespace } from './per-namespace.ts'

/** A Job or a CronJob: which pods may be its own, and nothing else. A cluster may have thousands of ended ones. */
export interface KeptJob {
  kind: string
  name: string
  namespace: string
  /** With the labels that the API server generates, whose values are left out. */
  podLabels: Labels
}

/** The Jobs and CronJobs, by the labels of their pods. */
export class Jobs {
  readonly #byPodLabels: PerNamespace<KeptJob, LabelIndex<KeptJob>>

  /** `spend` is called for each one that a look-up visits. */
  constructor(spend: () => void) {
    this.#byPodLabels = new PerNamespace(() => new LabelIndex(({ podLabels }) => podLabels, spend))
  }

  /** The store of one kind. */
  open(): ObjectStore<KeptJob> {
    return new ObjectStore<KeptJob>((_key, before, after) => this.#reindex(before, after))
  }

  /** The Jobs and CronJobs of a namespace whose pods the selector matches. */
  matching(namespace: string, selector: LabelSelector | undefined): Iterable<KeptJob> {
    return this.#byPodLabels.in(namespace)?.matching(selector) ?? []
  }

  #reindex(before: KeptJob | undefined, after: KeptJob | undefined): void {
    if (before !== undefined) this.#byPodLabels.delete(before.namespace, before)
    if (after !== undefined) this.#byPodLabels.add(after.namespace, after)
  }
}
