import type { Api } from '../cluster/api.ts'
import { ApiError } from '../cluster/api-error.ts'
import { type Budget, parseBudget } from '../kube/budget.ts'
import { type Metadata, metadata } from '../kube/metadata.ts'
import type { ResourceKind } from '../kube/resource-kind.ts'
import { expectShape, object } from '../kube/shape.ts'
import type { WorkloadRef } from '../kube/workload-key.ts'
import { claimOf } from './claim.ts'
import type { CompanionManifest } from './manifest.ts'

const fieldManager = 'holdfast'
const timeoutMs = 10_000
const attempts = 4
const workloadShape = object({ metadata })

/** A workload, by what the API server is asked for it. */
export interface Owner {
  ref: WorkloadRef
  kind: ResourceKind
  uid: string | undefined
}

/** What is asked of the API server for companions. All throw ApiError where it refuses. */
export interface CompanionApi {
  /** Whether the workload is there, the same that was seen, and is to stay. */
  isThere(owner: Owner, signal: AbortSignal): Promise<boolean>
  /** Throws a conflict where another object of that name has been made. */
  create(manifest: CompanionManifest, signal: AbortSignal): Promise<void>
  /** False where it is gone or somebody else's by now. */
  update(manifest: CompanionManifest, live: Budget, owner: Owner, signal: AbortSignal): Promise<boolean>
  /** False where it was gone or somebody else's by now. */
  remove(live: Budget, owner: Owner, signal: AbortSignal): Promise<boolean>
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status
}

function collectionPath(namespace: string): string {
  return `/apis/policy/v1/namespaces/${encodeURIComponent(namespace)}/poddisruptionbudgets`
}

function pathOf({
  metadata: { namespace = '', name = '' }
}: {
  metadata: Pick<Metadata, 'namespace' | 'name'>
}): string {
  return `${collectionPath(namespace)}/${encodeURIComponent(name)}`
}

/** Which state of which object a write is meant for. */
interface State {
  uid: string
  resourceVersion: string
}

/** Without one of them a write would be to whatever is there. */
function stateOf({ metadata: { uid = '', resourceVersion = '' } }: Budget): State {
  if (uid === '' || resourceVersion === '') throw new Error('a budget without uid or resourceVersion')
  return { uid, resourceVersion }
}

/** Undefined where the API server says that there is none. */
async function orGone<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (error) {
    if (hasStatus(error, 404)) return undefined
    throw error
  }
}

class RealCompanionApi implements CompanionApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  async isThere({ ref, kind, uid }: Owner, signal: AbortSignal): Promise<boolean> {
    const place = `/apis/${kind.group}/${kind.version}/namespaces/${encodeURIComponent(ref.namespace)}/${kind.resource}`
    const path = `${place}/${encodeURIComponent(ref.name)}`
    const found = await orGone(this.#api.send({ path, signal, timeoutMs }))
    if (found === undefined) return false
    expectShape(workloadShape, found)
    return found.metadata?.uid === uid && found.metadata?.deletionTimestamp === undefined
  }

  /** Not by force: an object of that name that nobody has told us of is not ours. */
  async create(manifest: CompanionManifest, signal: AbortSignal): Promise<void> {
    await this.#apply(manifest, { fieldManager }, signal)
  }

  update(manifest: CompanionManifest, live: Budget, owner: Owner, signal: AbortSignal): Promise<boolean> {
    return this.#whileOurs(live, owner, signal, async (state) => {
      const seen = { ...manifest, metadata: { ...manifest.metadata, ...state } }
      await this.#apply(seen, { fieldManager, force: 'true' }, signal)
    })
  }

  remove(live: Budget, owner: Owner, signal: AbortSignal): Promise<boolean> {
    return this.#whileOurs(live, owner, signal, async (preconditions) => {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions }
      await this.#api.send({ method: 'DELETE', path: pathOf(live), body, signal, timeoutMs })
    })
  }

  /**
   * Writes to the very state that was judged. The disruption controller writes its status all the time, so the version that was seen is
   * often gone: then the present one is read, and written to if it is still ours.
   */
  async #whileOurs(
    live: Budget,
    { ref, uid }: Owner,
    signal: AbortSignal,
    write: (seen: State) => Promise<void>
  ): Promise<boolean> {
    let seen = live
    for (let left = attempts; ; left--) {
      try {
        await write(stateOf(seen))
        return true
      } catch (error) {
        if (hasStatus(error, 404)) return false
        if (!hasStatus(error, 409) || left === 1) throw error
      }
      const found = await orGone(this.#api.send({ path: pathOf(live), signal, timeoutMs }))
      if (found === undefined) return false
      seen = parseBudget(found)
      if (seen.metadata.uid !== live.metadata.uid || claimOf(seen, ref, uid) === 'foreign') return false
    }
  }

  #apply(manifest: CompanionManifest, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown> {
    return this.#api.send({
      method: 'PATCH',
      path: pathOf(manifest),
      query,
      contentType: 'application/apply-patch+yaml',
      body: manifest,
      signal,
      timeoutMs
    })
  }
}

export function buildCompanionApi(api: Api): CompanionApi {
  return new RealCompanionApi(api)
}
