import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyPair } from './issue.ts'
import { clockSkewMs, type Issued } from './keyring.ts'

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu
/** What a bundle holds beyond these was not put there by us, nor by anybody who means well. */
const longestText = 256 * 1024
const mostAuthorities = 8

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** With its times; undefined where the two are no certificate of ours and its key. */
function toIssued({ certificate, key }: KeyPair): { issued: Issued; parsed: X509Certificate } | undefined {
  const parsed = parse(certificate)
  try {
    const privateKey = createPrivateKey(key)
    const isOurs = privateKey.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    if (parsed === undefined || !isOurs || !parsed.checkPrivateKey(privateKey)) return undefined
  } catch {
    return undefined
  }
  const issuedAt = parsed.validFromDate.getTime() + clockSkewMs
  return { issued: { certificate, key, issuedAt, notAfter: parsed.validToDate.getTime() }, parsed }
}

/** An authority with its key; undefined where it is none. */
export function parseAuthority(pair: KeyPair): Issued | undefined {
  const read = toIssued(pair)
  return read?.parsed.ca === true ? read.issued : undefined
}

export interface Expected {
  names: readonly string[]
  /** Who must have signed it; nobody in particular where it is left out. */
  authority: Issued | undefined
}

/** A serving certificate with its key; undefined where it is not one of that authority for these names. */
export function parseServing(pair: KeyPair, { names, authority }: Expected): Issued | undefined {
  const read = toIssued(pair)
  if (read === undefined || read.parsed.ca) return undefined
  const { parsed, issued } = read
  if (names.some((name) => parsed.checkHost(name, { subject: 'never' }) === undefined)) return undefined
  if (authority === undefined) return issued
  const signer = new X509Certificate(authority.certificate)
  return parsed.checkIssued(signer) && parsed.verify(signer.publicKey) ? issued : undefined
}

/** The authorities in a text that have not expired, PEM; at most eight, each once. What cannot be read is left out. */
export function readAuthorities(text: string, now: number): readonly string[] {
  const found = (text.slice(0, longestText).match(block) ?? []).flatMap((pem) => {
    const certificate = parse(pem)
    const isGood = certificate?.ca === true && certificate.validToDate.getTime() > now
    return isGood ? [`${certificate.toString().trim()}\n`] : []
  })
  return [...new Set(found)].slice(0, mostAuthorities)
}
