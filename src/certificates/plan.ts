import { bundleOf, type Issued, type Keyring, servesBesides } from './keyring.ts'
import { clockSkewMs } from './skew.ts'

/** What is to be done about the certificates, and when. */
export type Step =
  | { do: 'distrust' | 'heal' | 'introduce' | 'promote' | 'renew' | 'trust' | 'forget' }
  /** Milliseconds of Unix time. */
  | { do: 'wait'; until: number }

export interface Observation {
  /** Milliseconds of Unix time. */
  now: number
  /** How long an API server may take to learn of an authority. */
  overlapMs: number
  /** Whether every webhook configuration names the keyring's authorities, and no others; `refused` where that cannot be had for now. */
  bundled: 'yes' | 'no' | 'refused'
  /** Whether somebody wants another authority. */
  isAsked: boolean
}

const share = 2 / 3
const jitter = 0.1

/** From 0 to 1; always the same for a certificate, so that a plan stands whoever makes it. */
function lotOf({ certificate }: Issued): number {
  let sum = 0
  for (const letter of certificate) sum = (sum * 31 + letter.charCodeAt(0)) % 9973
  return sum / 9973
}

/** When a certificate is to be replaced: at two thirds of its life or a little earlier. */
export function dueAt(issued: Issued): number {
  const life = issued.notAfter - issued.issuedAt
  return issued.issuedAt + life * share * (1 - jitter * lotOf(issued))
}

function isDue(issued: Issued, now: number): boolean {
  // Made by a clock that is ahead of ours: perhaps by so much that nobody takes it yet.
  return dueAt(issued) <= now || issued.issuedAt - clockSkewMs > now
}

/** When the next authority may sign; undefined where it has yet to be trusted. */
function promotionAt(keyring: Keyring, { now, overlapMs, bundled }: Observation): number | undefined {
  if (keyring.next === undefined) return undefined
  // Nothing is served that anybody takes: whoever waited would only prolong that.
  if (!servesBesides(keyring, now)) return now
  const { trustedSince } = keyring.next
  if (bundled !== 'yes' || trustedSince === undefined || trustedSince > now) return undefined
  return trustedSince + overlapMs
}

/** When what is served is to be replaced under the present authority. None outlives it, so that may gain nothing. */
function renewalAt({ authority, serving }: Keyring, now: number): number {
  if (authority === undefined || authority.notAfter <= now) return Infinity
  if (serving === undefined) return now
  if (serving.notAfter >= authority.notAfter) return Infinity
  return isDue(serving, now) ? now : dueAt(serving)
}

/** When the next authority is to be made. Until one signs that is made, it can be replaced. */
function introductionAt({ authority, next }: Keyring, { now, isAsked }: Observation): number {
  const last = next ?? authority
  if (last === undefined || isAsked || isDue(last, now)) return now
  return dueAt(last)
}

/** The next step. After it the observed are others, so there is another plan then. */
export function plan(keyring: Keyring, observed: Observation): Step {
  const { next, former } = keyring
  const { now, bundled } = observed
  // Before it is healed: who comes after us must not take the time before that for time in which it was trusted.
  if (bundled !== 'yes' && next?.trustedSince !== undefined) return { do: 'distrust' }
  if (bundled === 'no' && bundleOf(keyring) !== '') return { do: 'heal' }
  const introduction = introductionAt(keyring, observed)
  if (introduction <= now) return { do: 'introduce' }
  const promotion = promotionAt(keyring, observed)
  if (promotion !== undefined && promotion <= now) return { do: 'promote' }
  const renewal = renewalAt(keyring, now)
  if (renewal <= now) return { do: 'renew' }
  if (next !== undefined && promotion === undefined && bundled === 'yes') return { do: 'trust' }
  const ends = former.flatMap(({ until }) => (until === undefined ? [] : [until]))
  if (ends.some((end) => end <= now)) return { do: 'forget' }
  return { do: 'wait', until: Math.min(introduction, promotion ?? Infinity, renewal, ...ends) }
}
