import type { Autoscaler } from '../kube/autoscaler.ts'
import { sameJson } from '../kube/json.ts'
import { type Labels, type LabelSelector, selectorMatches } from '../kube/label-selector.ts'
import type { Metadata } from '../kube/metadata.ts'
import type { Requesting } from '../kube/requests.ts'
import { type WorkloadKey, workloadKey, type WorkloadRef } from '../kube/workload-key.ts'
import { LabelIndex } from './label-index.ts'
import { ObjectStore, type OnChange } from './object-store.ts'
import { PerNamespace } from './per-namespace.ts'
import { knownOf, type OlderLabels, Revisions } from './revisions.ts'
import { SelectorIndex } from './selector-index.ts'

/** The part of a workload that an inventory keeps: what facts about its surroundings need. */
export interface KeptWorkload {
  /** The API group: `apps`. */
  group: string
  kind: string
  /** Without managedFields; of the annotations only our own. */
  metadata: Metadata
  /** Undefined for kinds without. */
  replicas: number | undefined
  podLabels: Labels
  selector: LabelSelector | undefined
  /** Pods of an older template may run. */
  rolling?: true
  /** What Holdfast has added to it by its record, in words: `['readinessProbe', '2 spread constraints']`. */
  added?: readonly string[]
  /** Its containers by what they request: `{ name: 'web', requests: ['cpu', 'memory'] }`. A limit counts as a request. */
  containers: readonly Requesting[]
}

/** An existing workload. */
export interface ExistingWorkload extends KeptWorkload {
  /** The autoscaler that drives it, or null if there is none. */
  autoscaler: Autoscaler | null
  /** The labels of pods of older templates that may run; as far as they are known. */
  olderLabels?: readonly Labels[]
}

export function refOf({ group, kind, metadata }: KeptWorkload): WorkloadRef {
  return { group, kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}

export function keyOfWorkload(workload: KeptWorkload): WorkloadKey {
  return workloadKey(refOf(workload))
}

/** The workloads of all kinds that are watched, by name, by the labels of their pods, and by what they select. */
export class Workloads {
  readonly #stores = new Map<string, ObjectStore<KeptWorkload>>()
  readonly #byPodLabels: PerNamespace<KeptWorkload, LabelIndex<KeptWorkload>>
  /** Of kinds without replicas alone. */
  readonly #unscaled: PerNamespace<KeptWorkload, LabelIndex<KeptWorkload>>
  readonly #bySelector: PerNamespace<KeptWorkload, SelectorIndex<KeptWorkload>>
  readonly #templates = new Map<string, number>()
  readonly #revisions = new Revisions()
  /** By namespace, those of which labels of older templates are known. */
  readonly #relabelled = new Map<string, Set<KeptWorkload>>()

  /** `spend` is called for each workload that a look-up visits. */
  constructor(spend: () => void) {
    const byPodLabels = () => new LabelIndex<KeptWorkload>(({ podLabels }) => podLabels, spend)
    this.#byPodLabels = new PerNamespace(byPodLabels)
    this.#unscaled = new PerNamespace(byPodLabels)
    this.#bySelector = new PerNamespace(() => new SelectorIndex(({ selector }) => selector, spend))
  }

  /** The store of one kind. */
  open({ group, kind }: { group: string; kind: string }, told: OnChange<KeptWorkload>): ObjectStore<KeptWorkload> {
    const store = new ObjectStore<KeptWorkload>((_key, before, after) => this.#reindex(before, after), told)
    this.#stores.set(`${group}/${kind}`, store)
    return store
  }

  has({ group, kind }: { group: string; kind: string }): boolean {
    return this.#stores.has(`${group}/${kind}`)
  }

  get({ group, kind, namespace, name }: WorkloadRef): KeptWorkload | undefined {
    return this.#stores.get(`${group}/${kind}`)?.get(`${namespace}/${name}`)
  }

  *all(): Iterable<KeptWorkload> {
    for (const store of this.#stores.values()) for (const [, workload] of store.entries()) yield workload
  }

  /** The workloads of a namespace whose pods the selector matches. */
  matching(namespace: string, selector: LabelSelector | undefined): Iterable<KeptWorkload> {
    return this.#byPodLabels.in(namespace)?.matching(selector) ?? []
  }

  /** Those of kinds without replicas. Most namespaces have none, so it costs next to nothing. */
  unscaledMatching(namespace: string, selector: LabelSelector | undefined): Iterable<KeptWorkload> {
    return this.#unscaled.in(namespace)?.matching(selector) ?? []
  }

  /** Another number after each change of the labels of any template in the namespace. */
  templatesIn(namespace: string): number {
    return this.#templates.get(namespace) ?? 0
  }

  /** The labels of the older templates of a workload, while their pods may run. */
  olderLabels(workload: KeptWorkload): OlderLabels {
    return this.#revisions.olderLabels(workload)
  }

  /** The other workloads that share pods with this one: one selector matches the pods of the other, also of an older template. */
  overlapping(workload: KeptWorkload): Set<KeptWorkload> {
    const { metadata, selector, podLabels } = workload
    const { namespace = '' } = metadata
    const found = new Set(this.matching(namespace, selector))
    for (const labels of [podLabels, ...knownOf(this.olderLabels(workload))]) {
      for (const other of this.#bySelector.in(namespace)?.selecting(labels) ?? []) found.add(other)
    }
    for (const other of this.#relabelled.get(namespace) ?? []) {
      if (knownOf(this.olderLabels(other)).some((labels) => selectorMatches(selector, labels))) found.add(other)
    }
    const own = keyOfWorkload(workload)
    for (const other of found) if (keyOfWorkload(other) === own) found.delete(other)
    return found
  }

  #reindex(before: KeptWorkload | undefined, after: KeptWorkload | undefined): void {
    const { namespace = '' } = (after ?? before)?.metadata ?? {}
    if (!sameJson(before?.podLabels, after?.podLabels)) this.#templates.set(namespace, this.templatesIn(namespace) + 1)
    if (before !== undefined) {
      this.#relabelled.get(namespace)?.delete(before)
      this.#byPodLabels.delete(before.metadata.namespace ?? '', before)
      this.#bySelector.delete(before.metadata.namespace ?? '', before)
      if (before.replicas === undefined) this.#unscaled.delete(before.metadata.namespace ?? '', before)
    }
    if (after === undefined) return
    this.#revisions.note(before, after)
    if (knownOf(this.olderLabels(after)).length > 0) {
      const relabelled = this.#relabelled.get(namespace) ?? new Set()
      this.#relabelled.set(namespace, relabelled.add(after))
    }
    this.#byPodLabels.add(after.metadata.namespace ?? '', after)
    this.#bySelector.add(after.metadata.namespace ?? '', after)
    if (after.replicas === undefined) this.#unscaled.add(after.metadata.namespace ?? '', after)
  }
}
