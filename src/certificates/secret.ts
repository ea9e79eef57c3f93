import { isObject, type JsonObject } from '../kube/shape.ts'
import {
  type Authority,
  bundleOf,
  type Former,
  type Issued,
  type Keyring,
  type Successor,
  withTrusted
} from './keyring.ts'
import { parseAuthority, parseServing, readAuthorities } from './parse.ts'

const longestValue = 512 * 1024

/** What a keyring is in a Secret. The keys of the authorities are for nobody but the controller: mount the first two alone. */
const keys = {
  certificate: 'tls.crt',
  key: 'tls.key',
  bundle: 'ca.crt',
  authority: 'authority.crt',
  authorityKey: 'authority.key',
  next: 'next-authority.crt',
  nextKey: 'next-authority.key',
  rotation: 'rotation.json'
} as const

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

function decode(data: JsonObject, key: string): string {
  const value = Object.hasOwn(data, key) ? data[key] : undefined
  return typeof value === 'string' && value.length <= longestValue ? Buffer.from(value, 'base64').toString() : ''
}

function toTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString()
}

function fromTime(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

/** What certificates do not say of themselves. Times as text, since people read them. */
function toRotation({ authority, next, former }: Keyring): object {
  return {
    leavesUntil: toTime(authority?.leavesUntil),
    trustedSince: toTime(next?.trustedSince),
    former: former.map(({ certificate, until }) => ({ certificate, until: toTime(until) }))
  }
}

/** The `data` of the Secret. */
export function toData(keyring: Keyring): Readonly<Record<string, string>> {
  const { authority, serving, next } = keyring
  const texts = {
    ...(serving === undefined ? {} : { [keys.certificate]: serving.certificate, [keys.key]: serving.key }),
    ...(authority === undefined ? {} : { [keys.authority]: authority.certificate, [keys.authorityKey]: authority.key }),
    ...(next === undefined ? {} : { [keys.next]: next.certificate, [keys.nextKey]: next.key }),
    [keys.bundle]: bundleOf(keyring),
    [keys.rotation]: JSON.stringify(toRotation(keyring))
  }
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encode(text)]))
}

function parseRotation(text: string): JsonObject {
  try {
    const rotation: unknown = JSON.parse(text)
    return isObject(rotation) ? rotation : {}
  } catch {
    return {}
  }
}

/** Expired or not: that it is let go is a change like any other, which is written. */
function toFormer(value: unknown): readonly Former[] {
  if (!isObject(value) || typeof value['certificate'] !== 'string') return []
  const until = fromTime(value['until'])
  return readAuthorities(value['certificate'], -Infinity).map((certificate) => ({ certificate, until }))
}

export interface Reading {
  names: readonly string[]
  /** Milliseconds of Unix time. */
  now: number
}

/**
 * The keyring in the `data` of a Secret, whatever somebody else made of it: what cannot be read is not there. Where that is the
 * authority, all that the bundle holds may have signed what is served.
 */
export function fromData(data: unknown, { names, now }: Reading): Keyring {
  const fields = isObject(data) ? data : {}
  const pair = (certificate: string, key: string) => ({
    certificate: decode(fields, certificate),
    key: decode(fields, key)
  })
  const { former, ...rotation } = parseRotation(decode(fields, keys.rotation))
  const authority = parseAuthority(pair(keys.authority, keys.authorityKey))
  const next = parseAuthority(pair(keys.next, keys.nextKey))
  const keyring = {
    authority: authority === undefined ? undefined : toAuthority(authority, rotation),
    serving: parseServing(pair(keys.certificate, keys.key), { names, authority }),
    next: next === undefined ? undefined : toSuccessor(next, rotation),
    former: Array.isArray(former) ? former.flatMap(toFormer) : []
  }
  return authority === undefined ? withTrusted(keyring, readAuthorities(decode(fields, keys.bundle), now)) : keyring
}

function toAuthority(issued: Issued, { leavesUntil }: JsonObject): Authority {
  return { ...issued, leavesUntil: fromTime(leavesUntil) ?? issued.notAfter }
}

function toSuccessor(issued: Issued, { trustedSince }: JsonObject): Successor {
  return { ...issued, trustedSince: fromTime(trustedSince) }
}
