import { Inventory, type InventoryOptions, type KeptKind } from '../inventory/inventory.ts'
import type { Store } from '../inventory/object-store.ts'
import type { Readiness } from '../inventory/readiness.ts'
import { type Source, sources } from '../inventory/source.ts'
import { collectionPath } from '../kube/resource-kind.ts'
import { Followed } from './followed.ts'
import type { Problem, Reflector, ReflectorOptions } from './reflector/reflector.ts'

/**
 * A watch that says nothing for 90 s is opened again, and opening it is a sign of life; so of a quiet resource what is known is never much
 * older than that while all is well. Twice as long leaves room for a failed attempt. What was not confirmed for longer is not judged by.
 */
const defaultStaleAfterSeconds = 180

/** Starts a reflector on the way to the API server. */
export type Follow = <T>(options: Omit<ReflectorOptions<T>, 'api'>) => Reflector

export interface CacheOptions extends InventoryOptions {
  follow: Follow
  onProblem: (problem: Problem) => void
  /** The sources to watch; by default all sources of facts. */
  sources?: readonly Source[]
  staleAfterSeconds?: number
  /** Called after every whole list. */
  onList?: () => void
}

/** An inventory of the cluster that watches fill, and its freshness. */
export class ClusterCache implements Readiness {
  readonly inventory: Inventory
  readonly #options: CacheOptions
  readonly #staleAfterSeconds: number
  readonly #bySource = new Map<Source, Followed[]>()
  readonly #followed: Followed[] = []
  readonly #reflectors: Reflector[] = []

  /** Begins to follow at once. */
  constructor(options: CacheOptions) {
    this.#options = options
    this.#staleAfterSeconds = options.staleAfterSeconds ?? defaultStaleAfterSeconds
    this.inventory = new Inventory(options)
    const wanted = new Set(options.sources ?? sources)
    this.inventory.visitKinds((kept) => {
      if (wanted.has(kept.source)) this.#follow(kept)
    })
  }

  /** Why the process serves no call yet: the first list that it still waits for. Undefined once it waits for none. */
  get unsynced(): string | undefined {
    return this.#followed.find(({ awaited }) => awaited)?.whyUnready(Infinity)
  }

  /** Settles when no list is awaited, or with `stop`. */
  async firstSync(): Promise<void> {
    await Promise.all(this.#followed.map((followed) => followed.settled()))
  }

  /** Seconds since each resource was last confirmed, by name; Infinity before the first time. Resources that are dispensed with are left out. */
  *staleness(): Iterable<[resource: string, seconds: number]> {
    for (const { name, staleness, isDispensedWith } of this.#followed) if (!isDispensedWith) yield [name, staleness]
  }

  whyUnready(source: Source): string | undefined {
    const followed = this.#bySource.get(source)
    if (followed === undefined) return `the ${source} are not watched`
    for (const one of followed) {
      const why = one.whyUnready(this.#staleAfterSeconds)
      if (why !== undefined) return why
    }
    return undefined
  }

  stop(): void {
    for (const reflector of this.#reflectors) reflector.stop()
  }

  #follow<T>({ source, kind, transform, store, optional, dispensable }: KeptKind<T>): void {
    const { follow, onProblem } = this.#options
    const reflector = follow({
      path: collectionPath(kind),
      transform,
      optional,
      store: this.#telling(store, collectionPath(kind), () => followed.note(undefined)),
      onProblem: (problem) => {
        // A resource that is dispensed with is tried again for as long as the process runs, but its problem is reported once.
        const isSaid = followed.isDispensedWith
        if (problem.in === 'list' || problem.in === 'watch') followed.note(problem.error)
        if (!isSaid) onProblem(problem)
      }
    })
    const followed = new Followed(kind.resource, reflector, dispensable)
    this.#followed.push(followed)
    this.#reflectors.push(reflector)
    const ofSource = this.#bySource.get(source)
    if (ofSource === undefined) this.#bySource.set(source, [followed])
    else ofSource.push(followed)
  }

  #telling<T>(store: KeptKind<T>['store'], path: string, onLife: () => void): Store<T> {
    const noRoom = (key?: string) => {
      const about = key === undefined ? {} : { key }
      this.#options.onProblem({ path, in: 'room', ...about })
    }
    return {
      replace: (items) => {
        onLife()
        store.replace(items)
        if (store.leftOut > 0) noRoom()
        this.#options.onList?.()
      },
      set: (key, item) => {
        onLife()
        const before = store.leftOut
        store.set(key, item)
        // Only the first one is reported; a metric counts them all.
        if (before === 0 && store.leftOut > 0) noRoom(key)
      },
      delete: (key) => {
        onLife()
        store.delete(key)
      }
    }
  }
}
