import { toMicroTime } from '../../kube/micro-time.ts'
import { isObject } from '../../kube/shape.ts'

const mostTransitions = 2 ** 31 - 1
const longestSeconds = 3600

/** What the spec of a Lease says of its holder, as far as it makes sense. */
export interface LeaseRecord {
  /** Empty where nobody holds it. */
  holder: string
  /** How long it is the holder's after each renewal; undefined where it does not say. */
  durationMs: number | undefined
  acquireTime: string | undefined
  transitions: number
}

export function parseLeaseRecord(spec: unknown): LeaseRecord {
  const fields = isObject(spec) ? spec : {}
  const { holderIdentity, leaseDurationSeconds, acquireTime, leaseTransitions } = fields
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: isWhole(leaseDurationSeconds, 1, longestSeconds) ? leaseDurationSeconds * 1000 : undefined,
    acquireTime: typeof acquireTime === 'string' ? acquireTime : undefined,
    transitions: isWhole(leaseTransitions, 0, mostTransitions) ? leaseTransitions : 0
  }
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
}

/** The wall clock, for people: nobody judges a lease by it. */
function nowForPeople(): string {
  return toMicroTime(new Date())
}

/** The spec with which `identity` takes the lease from its last holder, or renews what it holds. */
export function toHeldSpec(last: LeaseRecord | undefined, identity: string, durationMs: number): object {
  const now = nowForPeople()
  const common = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(durationMs / 1000), renewTime: now }
  if (last === undefined) return { ...common, acquireTime: now, leaseTransitions: 0 }
  const { holder, acquireTime = now, transitions } = last
  if (holder === identity) return { ...common, acquireTime, leaseTransitions: transitions }
  return { ...common, acquireTime: now, leaseTransitions: Math.min(transitions + 1, mostTransitions) }
}

/** The spec that lets the next candidate acquire the lease at once. */
export function toReleasedSpec({ transitions }: LeaseRecord): object {
  const now = nowForPeople()
  return {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    renewTime: now,
    acquireTime: now,
    leaseTransitions: transitions
  }
}
