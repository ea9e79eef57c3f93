import { type Autoscaler, autoscalerKinds } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import { kinds } from '../kube/kinds.ts'
import { type Metadata, metadata } from '../kube/metadata.ts'
import type { ResourceKind } from '../kube/resource-kind.ts'
import { expectShape, MalformedObject, object, string } from '../kube/shape.ts'
import { groupOf } from '../kube/workload-key.ts'
import { Autoscalers, lowest } from './autoscalers.ts'
import { Budgets } from './budgets.ts'
import { NodeSet } from './node-set.ts'
import { ObjectStore, type OnChange, type Store } from './object-store.ts'
import { Services } from './services.ts'
import { type Source, sourceKinds } from './source.ts'
import * as transform from './transform.ts'
import { type ExistingWorkload, keyOfWorkload, type KeptWorkload, Workloads } from './workloads.ts'

/** Notified of changes, once they are readable. */
export interface Listener {
  workload: OnChange<KeptWorkload>
  autoscaler: OnChange<Autoscaler>
  budget: OnChange<Budget>
  namespace: OnChange<transform.ExistingNamespace>
}

/** A kind of object that an inventory keeps: the part of each object that it keeps, and the store. */
export interface KeptKind<T> {
  source: Source
  kind: ResourceKind
  /** Clusters may be without it. */
  optional: boolean
  /** Throws MalformedObject, which names the field. */
  transform: (raw: unknown) => T
  store: Store<T>
}

type VisitKind = <T>(kept: KeptKind<T>) => void

/**
 * The parts of objects that facts are derived from, of a cluster or of files. Watches fill the stores of its kinds; other feeders call
 * `add`. Readiness says whether the content is complete and fresh.
 */
export class Inventory {
  readonly listeners = new Set<Listener>()
  readonly namespaces = new ObjectStore<transform.ExistingNamespace>(this.#telling('namespace'))
  readonly budgets = new Budgets(this.#telling('budget'))
  readonly services = new Services()
  readonly nodes = new NodeSet()
  readonly workloads = new Workloads()
  readonly autoscalers = new Autoscalers()
  readonly #kinds: ((visit: VisitKind) => void)[] = []
  readonly #adders = new Map<string, (key: string, raw: unknown) => void>()

  /** Custom workloads have a scale subresource, and a pod template at spec.template. */
  constructor(customWorkloads: readonly ResourceKind[] = []) {
    this.#keep('namespaces', kinds.Namespace, transform.transformNamespace, this.namespaces)
    this.#keep('budgets', kinds.PodDisruptionBudget, transform.transformBudget, this.budgets.store)
    for (const kind of autoscalerKinds) {
      const store = this.autoscalers.open(this.#telling('autoscaler'))
      this.#keep('autoscalers', kinds[kind], (raw) => transform.transformAutoscaler(kind, raw), store)
    }
    this.#keep('services', kinds.Service, transform.transformService, this.services.store)
    this.#keep('nodes', kinds.Node, transform.transformNode, this.nodes.store)
    const custom = customWorkloads.map((kind) => ({ ...kind, scales: true, optional: true }))
    for (const kind of [...sourceKinds.workloads, ...custom]) {
      const store = this.workloads.open(kind, this.#telling('workload'))
      this.#keep('workloads', kind, (raw) => transform.transformWorkload(kind, raw), store)
    }
  }

  /** Shows every kind that it keeps, to what fills them. */
  visitKinds(visit: VisitKind): void {
    for (const show of this.#kinds) show(visit)
  }

  /**
   * Adds an object, or replaces its old version. The inventory points into the object, so it must not change afterwards. False for a
   * kind that the inventory does not keep. Throws MalformedObject, which names the field.
   */
  add(raw: unknown): boolean {
    expectShape(anyObject, raw)
    const { apiVersion = '', kind = '', metadata: { namespace = '', name = '' } = {} } = raw
    const add = this.#adders.get(`${groupOf(apiVersion)}/${kind}`)
    if (add === undefined) return false
    if (name === '') throw new MalformedObject('metadata.name: expected a string')
    add(namespace === '' ? name : `${namespace}/${name}`, raw)
    return true
  }

  /** The metadata of the workloads, budgets and autoscalers: whatever a person may exempt. */
  *judged(): Iterable<Metadata> {
    for (const workload of this.workloads.all()) yield workload.metadata
    for (const [, budget] of this.budgets.store.entries()) yield budget.metadata
    for (const autoscaler of this.autoscalers.all()) yield autoscaler.metadata
  }

  /** Adds the autoscaler that drives the workload. */
  whole(workload: KeptWorkload): ExistingWorkload {
    return { ...workload, autoscaler: lowest(this.autoscalers.of(keyOfWorkload(workload))) }
  }

  #keep<T>(
    source: Source,
    kind: ResourceKind & { optional: boolean },
    toKept: (raw: unknown) => T,
    store: Store<T>
  ): void {
    this.#kinds.push((visit) => visit({ source, kind, optional: kind.optional, transform: toKept, store }))
    this.#adders.set(`${kind.group}/${kind.kind}`, (key, raw) => store.set(key, toKept(raw)))
  }

  #telling<N extends keyof Listener>(name: N): Listener[N]
  #telling(name: keyof Listener): OnChange<never> {
    return (...change) => {
      for (const listener of this.listeners) listener[name](...change)
    }
  }
}

const anyObject = object({ apiVersion: string, kind: string, metadata })
