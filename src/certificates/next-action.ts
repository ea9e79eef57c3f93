import { bundleOf, clockSkewMs, type Issued, type Keyring, servesBesides } from './keyring.ts'

/** What the controller does about the certificates next, and when. */
export type Action =
  | { do: 'distrust' | 'heal' | 'introduce' | 'promote' | 'renew' | 'trust' | 'forget' }
  /** Milliseconds of Unix time. */
  | { do: 'wait'; until: number }

/** What an action is chosen by, beside the keyring. */
export interface Observation {
  /** Milliseconds of Unix time. */
  now: number
  /** How long an API server may take to learn of an authority. */
  overlapMs: number
  /** Whether every webhook configuration names the keyring's authorities, and no others; `refused` where that cannot be had for now. */
  bundled: 'yes' | 'no' | 'refused'
  /** Whether somebody requested another authority. */
  rotationRequested: boolean
}

/** Chooses the next action. After it the observation is another one, and so the next action is chosen then. */
export function nextAction(keyring: Keyring, observed: Observation): Action {
  const { next, former } = keyring
  const { now, bundled } = observed
  // Before it is healed: the next leader must not count the time before that as time in which it was trusted.
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

const share = 2 / 3
const jitter = 0.1

/** From 0 to 1; always the same for a certificate, so that every controller chooses alike. */
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
  // Nothing is served that a client accepts: to wait would only prolong that.
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
function introductionAt({ authority, next }: Keyring, { now, rotationRequested }: Observation): number {
  const last = next ?? authority
  if (last === undefined || rotationRequested || isDue(last, now)) return now
  return dueAt(last)
}
