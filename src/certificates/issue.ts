// oxlint-disable-next-line import/no-unassigned-import -- the certificate library needs this shim to be there before it loads
import 'reflect-metadata'
import { randomBytes, type webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const
// A node whose clock is behind by less than this takes a certificate that was issued just now.
const clockSkewMs = 5 * 60_000
const dayMs = 24 * 60 * 60_000

export interface ServingCertificateRequest {
  /** DNS names, such as `holdfast.holdfast-system.svc`; the API server checks this one, and no common name. */
  names: readonly string[]
  /** IPv4 and IPv6 addresses. */
  addresses: readonly string[]
  days: number
}

/** PEM texts. `caCertificate` is what a `caBundle` holds. */
export interface ServingCertificate {
  caCertificate: string
  certificate: string
  key: string
}

interface Period {
  notBefore: Date
  notAfter: Date
}

function periodOf(days: number): Period {
  const now = Date.now()
  return { notBefore: new Date(now - clockSkewMs), notAfter: new Date(now + days * dayMs) }
}

/** 127 bits: positive in DER, and never zero. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8() & 0x7f) | 0x40)
  return bytes.toString('hex')
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

async function issueAuthority(keys: webcrypto.CryptoKeyPair, period: Period): Promise<x509.X509Certificate> {
  const serial = serialNumber()
  return x509.X509CertificateGenerator.createSelfSigned({
    ...period,
    serialNumber: serial,
    // Its own name for each, so that a bundle can hold the old and the new during a rotation.
    name: [{ CN: [`holdfast authority ${serial.slice(0, 12)}`] }],
    keys,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
    ]
  })
}

function alternativeNames({ names, addresses }: ServingCertificateRequest): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension([
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value }))
  ])
}

interface Issuer {
  authority: x509.X509Certificate
  keys: webcrypto.CryptoKeyPair
  period: Period
}

async function issueLeaf(
  request: ServingCertificateRequest,
  publicKey: webcrypto.CryptoKey,
  issuer: Issuer
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    ...issuer.period,
    serialNumber: serialNumber(),
    // A fixed text: a common name is at most 64 characters long, and nobody reads it.
    subject: [{ CN: ['holdfast'] }],
    issuer: issuer.authority.subject,
    publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      alternativeNames(request),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey)
    ]
  })
}

/**
 * Makes an authority and one serving certificate under it, EC P-256. The authority's key is thrown away, so nothing else can ever
 * be signed in its name: renewing means a new authority, and a bundle that holds both for a while.
 */
export async function issueServingCertificate(request: ServingCertificateRequest): Promise<ServingCertificate> {
  if (request.names.length + request.addresses.length === 0) throw new Error('a certificate needs a name or an address')
  const period = periodOf(request.days)
  const [authorityKeys, keys] = await Promise.all([generateKeys(), generateKeys()])
  const authority = await issueAuthority(authorityKeys, period)
  const leaf = await issueLeaf(request, keys.publicKey, { authority, keys: authorityKeys, period })
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { caCertificate: toPem(authority), certificate: toPem(leaf), key: toPem(pkcs8) }
}

function toPem(value: x509.X509Certificate | ArrayBuffer): string {
  const text = value instanceof ArrayBuffer ? x509.PemConverter.encode(value, 'PRIVATE KEY') : value.toString('pem')
  return `${text}\n`
}
