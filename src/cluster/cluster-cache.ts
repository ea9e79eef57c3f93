import { Followed } from './followed.ts'
import { Inventory } from '../inventory/inventory.ts'
import type { Store } from '../inventory/object-store.ts'
import type { Problem, Reflector, ReflectorOptions } from './reflector/reflector.ts'
import { type CustomWorkload, type Resource, type Sort, sorts, visitResources } from './resources.ts'

/**
 * A watch that says nothing for 90 s is opened anew, and opening it is a sign of life; so of a quiet resource what is known is never much
 * older than that while all is well. Twice as long leaves room for a failed attempt. What was not confirmed for longer is not judged by.
 */
const defaultStaleAfterSeconds = 180

/** Starts a reflector on the way to the API server. */
export type Follow = <T>(options: Omit<ReflectorOptions<T>, 'api'>) => Reflector

export interface CacheOptions {
  follow: Follow
  onProblem: (problem: Problem) => void
  /** What is asked for; all of it where it is left out. */
  sorts?: readonly Sort[]
  customWorkloads?: readonly CustomWorkload[]
  staleAfterSeconds?: number
  /** Called after every whole list. */
  onList?: () => void
}

/** What is known of the cluster, and how well. */
export class ClusterCache {
  readonly inventory = new Inventory()
  readonly #options: CacheOptions
  readonly #staleAfterSeconds: number
  readonly #followed: Followed[] = []
  readonly #reflectors: Reflector[] = []

  /** Begins to follow at once. */
  constructor(options: CacheOptions) {
    this.#options = options
    this.#staleAfterSeconds = options.staleAfterSeconds ?? defaultStaleAfterSeconds
    const wanted = new Set(options.sorts ?? sorts)
    visitResources(this.inventory, options.customWorkloads ?? [], (resource) => {
      if (wanted.has(resource.sort)) this.#follow(resource)
    })
  }

  /** Why no call is to be served yet: the first list that is still awaited. Undefined once all were there. */
  get unsynced(): string | undefined {
    const awaited = this.#reflectors.findIndex(({ synced }) => !synced)
    return this.#followed[awaited]?.doubt(Infinity)
  }

  /** Settles when every list has been there once, or with `stop`. */
  async firstSync(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.firstSync))
  }

  /** Seconds since each resource was last confirmed, by name; Infinity before it ever was. */
  *staleness(): Iterable<[resource: string, seconds: number]> {
    for (const { name, staleness } of this.#followed) yield [name, staleness]
  }

  /** Why facts that take all of these sorts cannot be given; undefined where they can. */
  doubtOf(...needed: readonly Sort[]): string | undefined {
    for (const sort of needed) {
      let watched = false
      for (const followed of this.#followed) {
        if (followed.sort !== sort) continue
        watched = true
        const doubt = followed.doubt(this.#staleAfterSeconds)
        if (doubt !== undefined) return doubt
      }
      if (!watched) return `the ${sort} are not watched`
    }
    return undefined
  }

  stop(): void {
    for (const reflector of this.#reflectors) reflector.stop()
  }

  #follow<T>({ sort, name, path, transform, store, optional }: Resource<T>): void {
    const { follow, onProblem } = this.#options
    const reflector = follow({
      path,
      transform,
      optional,
      store: this.#telling(store, () => followed.note(undefined)),
      onProblem: (problem) => {
        if (problem.in === 'list' || problem.in === 'watch') followed.note(problem.error)
        onProblem(problem)
      }
    })
    const followed = new Followed(sort, name, reflector)
    this.#followed.push(followed)
    this.#reflectors.push(reflector)
  }

  #telling<T>(store: Store<T>, onLife: () => void): Store<T> {
    return {
      replace: (items) => {
        onLife()
        store.replace(items)
        this.#options.onList?.()
      },
      set: (key, item) => {
        onLife()
        store.set(key, item)
      },
      delete: (key) => {
        onLife()
        store.delete(key)
      }
    }
  }
}
