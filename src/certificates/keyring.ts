/** How far clocks may be apart: a certificate is valid from that long before it was issued, and is accepted that much too early. */
export const clockSkewMs = 5 * 60_000

/** A certificate with its key, PEM texts, and the time that it was made for; milliseconds of Unix time. */
export interface Issued {
  certificate: string
  key: string
  /** When it was made. It is valid from `clockSkewMs` before that, for clocks that are behind. */
  issuedAt: number
  notAfter: number
}

export interface Authority extends Issued {
  /** When the last certificate that it signed expires. */
  leavesUntil: number
}

/** An authority that is to sign next. */
export interface Successor extends Issued {
  /** Since when every webhook configuration names it; undefined while one does not. */
  trustedSince: number | undefined
}

/** An authority that signs no more; its key is gone. */
export interface Former {
  certificate: string
  /** Until when something that it signed may be served; undefined while nothing of ours has been served since. */
  until: number | undefined
}

/** All that is kept of self-managed certificates. */
export interface Keyring {
  /** It signed what is served. */
  authority: Authority | undefined
  serving: Issued | undefined
  next: Successor | undefined
  former: readonly Former[]
}

export const emptyKeyring: Keyring = { authority: undefined, serving: undefined, next: undefined, former: [] }

/** Every authority whose certificates may be served now or next, PEM; what belongs into a `caBundle`. In an order that roles do not change. */
export function bundleOf({ authority, next, former }: Keyring): string {
  const present = [authority, next].flatMap((one) => (one === undefined ? [] : [one.certificate]))
  return [...new Set([...present, ...former.map(({ certificate }) => certificate)])].sort().join('')
}

/** Whether something may be served that is not signed by the next authority. */
export function servesBesides({ authority, former }: Keyring, now: number): boolean {
  return (
    (authority !== undefined && authority.leavesUntil > now) ||
    former.some(({ until }) => until === undefined || until > now)
  )
}

/** With authorities of which nothing is known but that they are trusted; each once. */
export function withTrusted(keyring: Keyring, trusted: readonly string[]): Keyring {
  const known = bundleOf(keyring)
  const found = trusted.filter((certificate) => !known.includes(certificate))
  return { ...keyring, former: [...keyring.former, ...found.map((certificate) => ({ certificate, until: undefined }))] }
}

/** Names the authority that is to sign next. */
export function introduce(keyring: Keyring, next: Issued): Keyring {
  return { ...keyring, next: { ...next, trustedSince: undefined } }
}

/** Notes since when every webhook configuration names the next authority; undefined where one does not. */
export function trust(keyring: Keyring, trustedSince: number | undefined): Keyring {
  return keyring.next === undefined ? keyring : { ...keyring, next: { ...keyring.next, trustedSince } }
}

/** Lets the next authority sign. What nothing is known of is served for `overlapMs` more at most. */
export function promote(
  keyring: Keyring,
  serving: Issued,
  { now, overlapMs }: { now: number; overlapMs: number }
): Keyring {
  const { authority, next } = keyring
  if (next === undefined) throw new Error('there is no next authority')
  const { trustedSince: _, ...signer } = next
  const former = keyring.former.map(({ certificate, until = now + overlapMs }) => ({ certificate, until }))
  const last = authority === undefined ? [] : [{ certificate: authority.certificate, until: authority.leavesUntil }]
  return {
    authority: { ...signer, leavesUntil: serving.notAfter },
    serving,
    next: undefined,
    former: [...last, ...former]
  }
}

/** Serves another certificate of the same authority. */
export function renew(keyring: Keyring, serving: Issued): Keyring {
  const { authority } = keyring
  if (authority === undefined) throw new Error('there is no authority')
  const leavesUntil = Math.max(authority.leavesUntil, serving.notAfter)
  return { ...keyring, authority: { ...authority, leavesUntil }, serving }
}

/** Drops the authorities that can no longer have signed what is served. */
export function forget(keyring: Keyring, now: number): Keyring {
  return { ...keyring, former: keyring.former.filter(({ until }) => until === undefined || until > now) }
}
