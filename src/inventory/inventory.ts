import { type Autoscaler, autoscalerKinds } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import type { Claim } from '../kube/claim.ts'
import { type Kind, kinds } from '../kube/kinds.ts'
import type { LimitRange } from '../kube/limit-range.ts'
import { type Metadata, metadata } from '../kube/metadata.ts'
import type { ApiService } from '../kube/api-service.ts'
import type { PriorityClass } from '../kube/priority-class.ts'
import type { Quota } from '../kube/quota.ts'
import type { ResourceKind } from '../kube/resource-kind.ts'
import { expectShape, MalformedObject, object, string } from '../kube/shape.ts'
import type { VerticalAutoscaler } from '../kube/vertical-autoscaler.ts'
import type { Volume } from '../kube/volume.ts'
import { groupOf } from '../kube/workload-key.ts'
import { Autoscalers, lowest } from './autoscalers.ts'
import { BoundedStore } from './bounded-store.ts'
import { Budgets } from './budgets.ts'
import { EqualParts, type Once } from './equal-parts.ts'
import { IndexedObjects } from './indexed-objects.ts'
import { Jobs } from './jobs.ts'
import { NodeSet } from './node-set.ts'
import { ObjectStore, type OnChange, type Store } from './object-store.ts'
import { knownOf } from './revisions.ts'
import { Room, type RoomLimits } from './room.ts'
import { Services } from './services.ts'
import { Steps } from './steps.ts'
import { type Source, sourceKinds } from './source.ts'
import * as transform from './transform.ts'
import { type ExistingWorkload, keyOfWorkload, type KeptWorkload, Workloads } from './workloads.ts'

/** A store, whatever it holds. */
interface Kept {
  resource: string
  store: Pick<BoundedStore<never>, 'leftOut' | 'lacks' | 'leaveOutAll'>
}

/** What adds the objects of one kind, by their keys. */
interface Adder {
  add: (key: string, raw: unknown) => void
  leaveOut: (key: string) => void
}

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
  /** A process without the right to read it does not wait for it. */
  dispensable: boolean
  /** Throws MalformedObject, which names the field. */
  transform: (raw: unknown) => T
  store: Store<T> & Pick<BoundedStore<T>, 'leftOut'>
}

export interface InventoryOptions {
  /** Custom workloads have a scale subresource, and a pod template at spec.template. */
  customWorkloads?: readonly ResourceKind[] | undefined
  /** How much it may keep; everything by default. */
  limits?: RoomLimits | undefined
  /** Whether a namespace has opted in. If there is too little room, objects of other namespaces are dropped first. By default all have. */
  isOptedIn?: ((name: string, namespace: transform.ExistingNamespace) => boolean) | undefined
}

const unlimited: RoomLimits = { object: Infinity, namespace: Infinity, all: Infinity }

type VisitKind = <T>(kept: KeptKind<T>) => void

/**
 * The parts of objects that facts are derived from, of a cluster or of files. Watches fill the stores of its kinds; other feeders call
 * `add`. Readiness says whether the content is complete and fresh.
 */
export class Inventory {
  readonly listeners = new Set<Listener>()
  /** What searches for facts look at. */
  readonly steps = new Steps()
  readonly namespaces = new ObjectStore<transform.ExistingNamespace>(this.#telling('namespace'))
  readonly budgets = new Budgets(this.#telling('budget'), this.steps.spend)
  readonly services = new Services(this.steps.spend)
  readonly claims = new ObjectStore<Claim>()
  readonly volumes = new ObjectStore<Volume>()
  readonly priorityClasses = new ObjectStore<PriorityClass>()
  readonly quotas = new IndexedObjects<Quota>(({ namespace }) => namespace, this.steps.spend)
  readonly limitRanges = new IndexedObjects<LimitRange>(({ namespace }) => namespace, this.steps.spend)
  /** By their targets. */
  readonly verticalAutoscalers = new IndexedObjects<VerticalAutoscaler>(({ target }) => target, this.steps.spend)
  readonly apiServices = new ObjectStore<ApiService>()
  readonly nodes = new NodeSet()
  readonly workloads = new Workloads(this.steps.spend)
  readonly jobs = new Jobs(this.steps.spend)
  readonly autoscalers = new Autoscalers()
  readonly #kinds: ((visit: VisitKind) => void)[] = []
  readonly #adders = new Map<string, Adder>()
  readonly #bySource = new Map<Source, Kept[]>()
  readonly #room: Room
  readonly #parts = new EqualParts()
  readonly #isOptedIn: NonNullable<InventoryOptions['isOptedIn']>
  /** What the room had taken when there was last nothing to drop. */
  #lastTaken = -1

  constructor({ customWorkloads = [], limits = unlimited, isOptedIn = () => true }: InventoryOptions = {}) {
    this.#room = new Room(limits)
    this.#isOptedIn = isOptedIn
    this.#keep('namespaces', kinds.Namespace, transform.transformNamespace, this.namespaces)
    const once: Once = (part) => this.#parts.once(part)
    this.#keep('budgets', kinds.PodDisruptionBudget, (raw) => transform.transformBudget(raw, once), this.budgets.store)
    for (const kind of autoscalerKinds) {
      const store = this.autoscalers.open(this.#telling('autoscaler'))
      this.#keep('autoscalers', kinds[kind], (raw) => transform.transformAutoscaler(kind, raw), store)
    }
    this.#keep('services', kinds.Service, transform.transformService, this.services.store)
    this.#keep('claims', kinds.PersistentVolumeClaim, (raw) => transform.transformClaim(raw, once), this.claims)
    this.#keep('volumes', kinds.PersistentVolume, (raw) => transform.transformVolume(raw, once), this.volumes)
    this.#keep('priorityClasses', kinds.PriorityClass, transform.transformPriorityClass, this.priorityClasses)
    this.#keep('quotas', kinds.ResourceQuota, transform.transformQuota, this.quotas.store)
    this.#keep('limitRanges', kinds.LimitRange, transform.transformLimitRange, this.limitRanges.store)
    const { transformVerticalAutoscaler } = transform
    const vertical = this.verticalAutoscalers.store
    this.#keep('verticalAutoscalers', kinds.VerticalPodAutoscaler, transformVerticalAutoscaler, vertical)
    this.#keep('apiServices', kinds.APIService, transform.transformApiService, this.apiServices)
    this.#keep('nodes', kinds.Node, (raw) => transform.transformNode(raw, once), this.nodes.store)
    for (const kind of sourceKinds.jobs) {
      this.#keep('jobs', kind, (raw) => transform.transformJob(kind.kind, raw), this.jobs.open())
    }
    const custom = customWorkloads.map((kind) => ({ ...kind, scales: true, optional: true, dispensable: false }))
    for (const kind of [...sourceKinds.workloads, ...custom]) {
      const store = this.workloads.open(kind, this.#telling('workload'))
      this.#keep('workloads', kind, (raw) => transform.transformWorkload(kind, raw, once), store)
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
    const { adder, key } = this.#placeOf(raw)
    adder?.add(key, raw)
    return adder !== undefined
  }

  /**
   * Notes that an object exists whose content is not known: facts of its namespace that come from its kind are unknown, until it is added.
   * Its old version is removed. False for a kind that the inventory does not keep. Throws MalformedObject if it has no name.
   */
  leaveOut(raw: unknown): boolean {
    const { adder, key } = this.#placeOf(raw)
    adder?.leaveOut(key)
    return adder !== undefined
  }

  #placeOf(raw: unknown): { adder: Adder | undefined; key: string } {
    expectShape(anyObject, raw)
    const { apiVersion = '', kind = '', metadata: { namespace = '', name = '' } = {} } = raw
    const adder = this.#adders.get(`${groupOf(apiVersion)}/${kind}`)
    if (adder !== undefined && name === '') throw new MalformedObject('metadata.name: expected a string')
    return { adder, key: namespace === '' ? name : `${namespace}/${name}` }
  }

  /** The metadata of the workloads, budgets and autoscalers: whatever a person may exempt. */
  *judged(): Iterable<Metadata> {
    for (const workload of this.workloads.all()) yield workload.metadata
    for (const [, budget] of this.budgets.store.entries()) yield budget.metadata
    for (const autoscaler of this.autoscalers.all()) yield autoscaler.metadata
  }

  /** Adds the autoscaler that drives the workload, and the labels of its older pods. */
  whole(workload: KeptWorkload): ExistingWorkload {
    const autoscaler = lowest(this.autoscalers.of(keyOfWorkload(workload)))
    const olderLabels = knownOf(this.workloads.olderLabels(workload))
    return { ...workload, autoscaler, ...(olderLabels.length > 0 && { olderLabels }) }
  }

  #keep<T>(
    source: Source,
    kind: ResourceKind & Pick<Kind, 'optional' | 'dispensable'>,
    toKept: (raw: unknown) => T,
    all: ObjectStore<T>
  ): void {
    const store = new BoundedStore(all, this.#room, (namespace) => this.#makeRoom(namespace))
    const ofSource = this.#bySource.get(source)
    const one = { resource: kind.resource, store }
    if (ofSource === undefined) this.#bySource.set(source, [one])
    else ofSource.push(one)
    const { optional, dispensable } = kind
    this.#kinds.push((visit) => visit({ source, kind, optional, dispensable, transform: toKept, store }))
    this.#adders.set(`${kind.group}/${kind.kind}`, {
      add: (key, raw) => store.set(key, toKept(raw)),
      leaveOut: (key) => store.leaveOut(key)
    })
  }

  /** Why facts of a namespace would be incomplete: an object that they are taken from is not kept. Undefined if all are. */
  whyPartial(from: readonly Source[], namespace: string): string | undefined {
    for (const source of from) {
      for (const { resource, store } of this.#bySource.get(source) ?? []) {
        if (store.leftOut === 0) continue
        if (store.lacks(namespace)) return `its namespace has ${resource} that cannot be kept`
        if (store.lacks('')) return `the cluster has ${resource} that cannot be kept`
      }
    }
    return undefined
  }

  /** How many objects of each resource exist, but are not kept. */
  *leftOut(): Iterable<[resource: string, count: number]> {
    for (const stores of this.#bySource.values())
      for (const { resource, store } of stores) yield [resource, store.leftOut]
  }

  /** The memory that its objects take, by `sizeOf`; bytes. */
  get size(): number {
    return this.#room.used
  }

  /** Drops the objects of namespaces that have not opted in. Returns whether the namespace may keep objects then. */
  #makeRoom(namespace: string): boolean {
    const isWanted = (name: string) => {
      const existing = this.namespaces.get(name)
      return name === '' || existing === undefined || this.#isOptedIn(name, existing)
    }
    if (!isWanted(namespace)) return false
    if (this.#room.taken === this.#lastTaken) return true
    this.#lastTaken = this.#room.taken
    if (this.#room.namespaces().every(isWanted)) return true
    for (const stores of this.#bySource.values()) for (const { store } of stores) store.leaveOutAll(isWanted)
    return true
  }

  #telling<N extends keyof Listener>(name: N): Listener[N]
  #telling(name: keyof Listener): OnChange<never> {
    return (...change) => {
      for (const listener of this.listeners) listener[name](...change)
    }
  }
}

const anyObject = object({ apiVersion: string, kind: string, metadata })
