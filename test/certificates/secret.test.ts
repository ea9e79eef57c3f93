import t from 'tap'
import { issueAuthority, issueServingCertificate, issueUnder } from '../../src/certificates/issue.ts'
import * as keyrings from '../../src/certificates/keyring.ts'
import { parseAuthority, parseServing, readAuthorities } from '../../src/certificates/parse.ts'
import { fromData, toData } from '../../src/certificates/secret.ts'
import { emptyKeyring, type Keyring } from '../../src/certificates/keyring.ts'

const names = ['holdfast-webhook.holdfast-system.svc']
const hour = 3_600_000
const now = Date.now()
const reading = { names, now }

const [first, second, third] = await Promise.all([1, 2, 3].map(() => issueAuthority(24 * hour)))
if (first === undefined || second === undefined || third === undefined) throw new Error('no authorities')
const leaf = await issueUnder(first, { names, addresses: [] }, hour)

function full(): Keyring {
  const authority = parseAuthority(first ?? leaf)
  const next = parseAuthority(second ?? leaf)
  if (authority === undefined || next === undefined) throw new Error('no authority')
  return {
    authority: { ...authority, leavesUntil: now + 2 * hour },
    serving: parseServing(leaf, { names, authority }),
    next: { ...next, trustedSince: now - 1000 },
    former: [{ certificate: third?.certificate ?? '', until: now + hour }]
  }
}

function edited(changes: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const data: Record<string, unknown> = { ...toData(full()) }
  for (const [key, text] of Object.entries(changes)) {
    data[key] = text === undefined ? undefined : Buffer.from(text).toString('base64')
  }
  return data
}

void t.test('what is written is read again', (test) => {
  const keyring = full()
  test.strictSame(fromData(toData(keyring), reading), keyring)
  test.strictSame(fromData(toData(emptyKeyring), reading), emptyKeyring)
  const text = (key: string) => Buffer.from(toData(keyring)[key] ?? '', 'base64').toString()
  test.equal(text('tls.crt'), leaf.certificate)
  test.equal(text('ca.crt'), keyrings.bundleOf(keyring))
  test.notMatch(text('rotation.json'), /PRIVATE KEY/)
  test.strictSame(Object.keys(toData({ ...keyring, authority: undefined, serving: undefined, next: undefined })), [
    'ca.crt',
    'rotation.json'
  ])
  test.end()
})

void t.test('what somebody else made of it is not there', (test) => {
  const cases: [what: string, changes: Record<string, string | undefined>, missing: keyof Keyring][] = [
    ['no key', { 'authority.key': undefined }, 'authority'],
    ['the key of another', { 'authority.key': second.key }, 'authority'],
    ['a leaf as authority', { 'authority.crt': leaf.certificate, 'authority.key': leaf.key }, 'authority'],
    ['no PEM', { 'next-authority.crt': 'none' }, 'next'],
    ['a leaf of another authority', { 'tls.crt': second.certificate, 'tls.key': second.key }, 'serving'],
    ['a huge text', { 'tls.key': 'x'.repeat(1_000_000) }, 'serving']
  ]
  for (const [what, changes, missing] of cases) test.equal(fromData(edited(changes), reading)[missing], undefined, what)
  for (const data of [undefined, null, 'text', [], { 'tls.crt': 7, __proto__: null }])
    test.strictSame(fromData(data, reading), emptyKeyring)
  test.end()
})

void t.test('a certificate for another name is not served', (test) => {
  const keyring = fromData(toData(full()), { now, names: ['other.holdfast-system.svc'] })
  test.equal(keyring.serving, undefined)
  test.ok(keyring.authority)
  test.end()
})

void t.test('without the authority all in the bundle is trusted on, and what is served stays', (test) => {
  const keyring = fromData(edited({ 'authority.key': 'none' }), reading)
  test.ok(keyring.serving)
  test.strictSame(
    keyring.former.map(({ certificate, until }) => [certificate, until]),
    [
      [third.certificate, now + hour],
      [first.certificate, undefined]
    ]
  )
  test.equal(keyrings.bundleOf(keyring), keyrings.bundleOf(full()))
  test.end()
})

void t.test('what cannot be read of the rotation is left out', (test) => {
  for (const text of [
    '',
    'none',
    '[]',
    '{"former":7,"leavesUntil":"soon","trustedSince":{}}',
    '{"former":[null,{}]}'
  ]) {
    const { authority, next, former } = fromData(edited({ 'rotation.json': text }), reading)
    test.equal(authority?.leavesUntil, authority?.notAfter, 'as long as it may be')
    test.strictSame([next?.trustedSince, former], [undefined, []], text)
  }
  test.end()
})

void t.test('a bundle is read for authorities that have not expired, each once, and not without end', async (test) => {
  const expired = (await issueAuthority(-hour)).certificate
  const text = `${first.certificate}text${leaf.certificate}${expired}${second.certificate}${first.certificate.trim()}`
  test.strictSame(readAuthorities(text, now), [first.certificate, second.certificate])
  const many = await Promise.all(Array.from({ length: 9 }, () => issueAuthority(hour)))
  test.equal(readAuthorities(many.map(({ certificate }) => certificate).join(''), now).length, 8)
  test.strictSame(readAuthorities('-----BEGIN CERTIFICATE-----\n'.repeat(20_000), now), [])
  test.strictSame(readAuthorities('', now), [])
})

void t.test('a key of another kind is not ours', async (test) => {
  const { caCertificate, key } = await issueServingCertificate({ names, addresses: [], days: 1 })
  test.equal(parseAuthority({ certificate: caCertificate, key }), undefined)
  test.equal(parseServing(first, { names, authority: undefined }), undefined, 'an authority is not served')
})

void t.test('no certificate outlives its authority', async (test) => {
  const authority = parseAuthority(first)
  const long = parseServing(await issueUnder(first, { names, addresses: [] }, 48 * hour), { names, authority })
  test.equal(long?.notAfter, authority?.notAfter)
  const short = parseServing(await issueUnder(first, { names, addresses: [] }, hour), { names, authority })
  test.ok(Math.abs((short?.notAfter ?? 0) - now - hour) < 60_000)
  test.ok(Math.abs((short?.issuedAt ?? 0) - now) < 60_000)
})
