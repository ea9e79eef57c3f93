import type { Api } from '../cluster/api/api.ts'
import { hasStatus } from '../cluster/api/api-error.ts'
import { type Budget, parseBudget } from '../kube/budget.ts'
import { type Metadata, metadata } from '../kube/metadata.ts'
import type { ResourceKind } from '../kube/resource-kind.ts'
import { expectShape, object } from '../kube/shape.ts'
import type { WorkloadRef } from '../kube/workload-key.ts'
import { claimOf } from './claim.ts'
import type { CompanionManifest } from './manifest.ts'

const fieldManager = 'holdfast'
const timeoutMs = 10_000
const attempts = 8
const workloadShape = object({ metadata })

/** The workload that a companion is for, as the cache has it. */
export interface Owner {
  ref: WorkloadRef
  /** Undefined once it is gone. */
  uid: string | undefined
}

/** The calls to the API server about companions. All throw ApiError where it refuses. */
export interface CompanionApi {
  /** Whether the workload exists, is the same that was seen, and is not being deleted. */
  isThere(owner: Owner, kind: ResourceKind): Promise<boolean>
  /** Throws a conflict where another object has that name. */
  create(manifest: CompanionManifest): Promise<void>
  /** False if the budget is gone or no longer ours. */
  update(manifest: CompanionManifest, live: Budget, owner: Owner): Promise<boolean>
  /** False if the budget was gone or no longer ours. */
  remove(live: Budget, owner: Owner): Promise<boolean>
}

/** Which version of which object a write is meant for. */
interface Precondition {
  uid: string
  resourceVersion: string
}

/** Without one of them a write would be to whatever is there. */
function preconditionOf({ metadata: { uid = '', resourceVersion = '' } }: Budget): Precondition {
  if (uid === '' || resourceVersion === '') throw new Error('a budget without uid or resourceVersion')
  return { uid, resourceVersion }
}

function pathOf({ metadata: { namespace = '', name = '' } }: { metadata: Metadata }): string {
  return `/apis/policy/v1/namespaces/${encodeURIComponent(namespace)}/poddisruptionbudgets/${encodeURIComponent(name)}`
}

/** Undefined where the API server answers that it does not exist. */
async function orGone<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (error) {
    if (hasStatus(error, 404)) return undefined
    throw error
  }
}

class RealCompanionApi implements CompanionApi {
  readonly #api: Pick<Api, 'send'>

  constructor(api: Pick<Api, 'send'>) {
    this.#api = api
  }

  async isThere({ ref, uid }: Owner, { group, version, resource }: ResourceKind): Promise<boolean> {
    const [namespace, name] = [ref.namespace, ref.name].map(encodeURIComponent)
    const path = `/apis/${group}/${version}/namespaces/${namespace}/${resource}/${name}`
    const found = await orGone(this.#api.send({ path, timeoutMs }))
    if (found === undefined) return false
    expectShape(workloadShape, found)
    return found.metadata?.uid === uid && found.metadata?.deletionTimestamp === undefined
  }

  /** Without force: an object of that name that the cache does not have is not ours. */
  async create(manifest: CompanionManifest): Promise<void> {
    await this.#apply(manifest, { fieldManager })
  }

  update(manifest: CompanionManifest, live: Budget, owner: Owner): Promise<boolean> {
    return this.#whileOurs(live, owner, async (precondition) => {
      const seen = { ...manifest, metadata: { ...manifest.metadata, ...precondition } }
      await this.#apply(seen, { fieldManager, force: 'true' })
    })
  }

  remove(live: Budget, owner: Owner): Promise<boolean> {
    return this.#whileOurs(live, owner, async (preconditions) => {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions }
      await this.#api.send({ method: 'DELETE', path: pathOf(live), body, timeoutMs })
    })
  }

  /**
   * Writes to the very version that was judged. The disruption controller writes its status all the time, so that one is
   * often gone: then the present one is read, and written to if it is still ours.
   */
  async #whileOurs(live: Budget, { ref, uid }: Owner, write: (seen: Precondition) => Promise<void>): Promise<boolean> {
    let seen = live
    for (let left = attempts; ; left--) {
      try {
        await write(preconditionOf(seen))
        return true
      } catch (error) {
        if (hasStatus(error, 404)) return false
        if (!hasStatus(error, 409) || left === 1) throw error
      }
      const found = await orGone(this.#api.send({ path: pathOf(live), timeoutMs }))
      if (found === undefined) return false
      seen = parseBudget(found)
      if (seen.metadata.uid !== live.metadata.uid || claimOf(seen, ref, uid) === 'foreign') return false
    }
  }

  #apply(manifest: CompanionManifest, query: Readonly<Record<string, string>>): Promise<unknown> {
    const contentType = 'application/apply-patch+yaml'
    return this.#api.send({ method: 'PATCH', path: pathOf(manifest), query, contentType, body: manifest, timeoutMs })
  }
}

export function buildCompanionApi(api: Pick<Api, 'send'>): CompanionApi {
  return new RealCompanionApi(api)
}
