// oxlint-disable-next-line import/no-unassigned-import -- the certificate library needs this shim to be there before it loads
import 'reflect-metadata'
import { randomBytes, type webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { clockSkewMs } from './keyring.ts'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const
const dayMs = 24 * 60 * 60_000

export interface Names {
  /** DNS names, such as `holdfast.holdfast-system.svc`; the API server checks this one, and no common name. */
  names: readonly string[]
  /** IPv4 and IPv6 addresses. */
  addresses: readonly string[]
}

export interface ServingCertificateRequest extends Names {
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

function periodOf(lifeMs: number, latest = Infinity): Period {
  const now = Date.now()
  return { notBefore: new Date(now - clockSkewMs), notAfter: new Date(Math.min(now + lifeMs, latest)) }
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

async function signAuthority(keys: webcrypto.CryptoKeyPair, period: Period): Promise<x509.X509Certificate> {
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

function alternativeNames({ names, addresses }: Names): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension([
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value }))
  ])
}

interface Issuer {
  authority: x509.X509Certificate
  key: webcrypto.CryptoKey
  period: Period
}

async function signLeaf(request: Names, publicKey: webcrypto.CryptoKey, issuer: Issuer): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    ...issuer.period,
    serialNumber: serialNumber(),
    // A fixed text: a common name is at most 64 characters long, and nobody reads it.
    subject: [{ CN: ['holdfast'] }],
    issuer: issuer.authority.subject,
    publicKey,
    signingKey: issuer.key,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      alternativeNames(request),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.authority.publicKey)
    ]
  })
}

function expectName({ names, addresses }: Names): void {
  if (names.length + addresses.length === 0) throw new Error('a certificate needs a name or an address')
}

/**
 * Makes an authority and one serving certificate under it, EC P-256. The authority's key is thrown away, so nothing else can ever
 * be signed in its name: renewing means a new authority, and a bundle that holds both for a while.
 */
export async function issueServingCertificate(request: ServingCertificateRequest): Promise<ServingCertificate> {
  expectName(request)
  const period = periodOf(request.days * dayMs)
  const [authorityKeys, keys] = await Promise.all([generateKeys(), generateKeys()])
  const authority = await signAuthority(authorityKeys, period)
  const leaf = await signLeaf(request, keys.publicKey, { authority, key: authorityKeys.privateKey, period })
  return { caCertificate: toPem(authority), certificate: toPem(leaf), key: await keyToPem(keys) }
}

/** A certificate and its key, PEM. */
export interface KeyPair {
  certificate: string
  key: string
}

/** Makes an authority, EC P-256, that is good for so many milliseconds. */
export async function issueAuthority(lifeMs: number): Promise<KeyPair> {
  const keys = await generateKeys()
  return { certificate: toPem(await signAuthority(keys, periodOf(lifeMs))), key: await keyToPem(keys) }
}

/** Makes a serving certificate under an authority, EC P-256, that is good for so many milliseconds, but not for longer than the authority. */
export async function issueUnder(authority: KeyPair, request: Names, lifeMs: number): Promise<KeyPair> {
  expectName(request)
  const signer = new x509.X509Certificate(authority.certificate)
  const pkcs8 = x509.PemConverter.decodeFirst(authority.key)
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, keyAlgorithm, false, ['sign'])
  const period = periodOf(lifeMs, signer.notAfter.getTime())
  const keys = await generateKeys()
  const leaf = await signLeaf(request, keys.publicKey, { authority: signer, key, period })
  return { certificate: toPem(leaf), key: await keyToPem(keys) }
}

async function keyToPem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return toPem(await crypto.subtle.exportKey('pkcs8', privateKey))
}

function toPem(value: x509.X509Certificate | ArrayBuffer): string {
  const text = value instanceof ArrayBuffer ? x509.PemConverter.encode(value, 'PRIVATE KEY') : value.toString('pem')
  return `${text}\n`
}
