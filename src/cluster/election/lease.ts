import { isObject, type JsonObject } from '../../kube/shape.ts'
import type { Api } from '../api/api.ts'
import { hasStatus } from '../api/api-error.ts'
import { parseLeaseRecord, toHeldSpec, toReleasedSpec } from './lease-record.ts'

export interface LeaseOptions {
  api: Api
  namespace: string
  name: string
  /** Of this process and no other, not even of its own successor. */
  identity: string
  /** How long the lease is ours for others after they saw it renewed. */
  durationMs: number
  /** A clock that neither jumps nor stands still while the process is suspended; in milliseconds. */
  now: () => number
}

/** Who holds the lease: this process, or another for at least `leftMs` more. */
export type Holding = { held: true } | { held: false; holder: string; leftMs: number }

/** A Lease of coordination.k8s.io/v1, held by at most one process at a time, as client-go's leader election holds it. */
export class Lease {
  readonly #options: LeaseOptions
  readonly #path: string
  /** The object as we last wrote it, while it is ours. */
  #ours: JsonObject | undefined
  /** Another's record, and since when it has been seen not to change. Its own times are of another clock. */
  #seen: { text: string; at: number } | undefined

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`
  }

  /** Renews the lease, or acquires it where it is free. Throws where that cannot be told: then it may be ours or not. */
  async acquireOrRenew(signal: AbortSignal): Promise<Holding> {
    if (this.#ours !== undefined) {
      try {
        return await this.#update(this.#ours, signal)
      } catch (error) {
        if (!hasStatus(error, 404, 409)) throw error
      }
    }
    const lease = await this.#read(signal)
    const other = lease === undefined ? undefined : this.#otherHolder(lease)
    if (other !== undefined) {
      this.#ours = undefined
      return other
    }
    return lease === undefined ? this.#create(signal) : this.#update(lease, signal)
  }

  /** Releases the lease, if it still is as we wrote it. */
  async release(signal: AbortSignal): Promise<void> {
    const ours = this.#ours
    this.#ours = undefined
    if (ours !== undefined) await this.#replace(ours, toReleasedSpec(parseLeaseRecord(ours['spec'])), signal)
  }

  async #read(signal: AbortSignal): Promise<JsonObject | undefined> {
    try {
      return toLease(await this.#options.api.send({ path: `${this.#path}/${this.#options.name}`, signal }))
    } catch (error) {
      if (hasStatus(error, 404)) return undefined
      throw error
    }
  }

  async #create(signal: AbortSignal): Promise<Holding> {
    const { api, namespace, name, identity, durationMs } = this.#options
    const metadata = { namespace, name }
    const spec = toHeldSpec(undefined, identity, durationMs)
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
    this.#ours = toLease(await api.send({ method: 'POST', path: this.#path, body, signal }))
    return { held: true }
  }

  async #update(lease: JsonObject, signal: AbortSignal): Promise<Holding> {
    const { identity, durationMs } = this.#options
    const spec = toHeldSpec(parseLeaseRecord(lease['spec']), identity, durationMs)
    this.#ours = await this.#replace(lease, spec, signal)
    return { held: true }
  }

  /** Refused with 409 where the lease was changed since. */
  async #replace(lease: JsonObject, spec: object, signal: AbortSignal): Promise<JsonObject> {
    const { api, name } = this.#options
    return toLease(await api.send({ method: 'PUT', path: `${this.#path}/${name}`, body: { ...lease, spec }, signal }))
  }

  #otherHolder(lease: JsonObject): Holding | undefined {
    const { identity, durationMs, now } = this.#options
    const record = parseLeaseRecord(lease['spec'])
    if (record.holder === '' || record.holder === identity) return undefined
    const leftMs = this.#unchangedSince(lease) + (record.durationMs ?? durationMs) - now()
    return leftMs > 0 ? { held: false, holder: record.holder, leftMs } : undefined
  }

  #unchangedSince(lease: JsonObject): number {
    const text = JSON.stringify(lease['spec'])
    if (this.#seen?.text !== text) this.#seen = { text, at: this.#options.now() }
    return this.#seen.at
  }
}

function toLease(answer: unknown): JsonObject {
  if (!isObject(answer) || !isObject(answer['metadata'])) throw new Error('the answer is no Lease')
  return answer
}
