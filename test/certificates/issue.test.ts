import { X509Certificate, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import t from 'tap'
import { issueServingCertificate } from '../../src/certificates/issue.ts'

const request = {
  names: ['holdfast.holdfast-system.svc', `${'long-'.repeat(12)}service.${'n'.repeat(63)}.svc.cluster.local`],
  addresses: ['127.0.0.1', '::1'],
  days: 90
}

void t.test('a serving certificate is what it was asked to be', async (test) => {
  const { caCertificate, certificate, key } = await issueServingCertificate(request)
  const ca = new X509Certificate(caCertificate)
  const leaf = new X509Certificate(certificate)
  test.ok(leaf.verify(ca.publicKey) && leaf.checkIssued(ca) && ca.verify(ca.publicKey), 'signed by its authority')
  test.strictSame([ca.ca, leaf.ca], [true, false])
  test.ok(leaf.checkPrivateKey(createPrivateKey(key)))
  test.strictSame(leaf.publicKey.asymmetricKeyDetails, { namedCurve: 'prime256v1' })
  for (const name of request.names) test.equal(leaf.checkHost(name, { subject: 'never' }), name)
  for (const address of request.addresses) test.equal(leaf.checkIP(address), address)
  test.equal(leaf.checkHost('other.holdfast-system.svc'), undefined)
  test.strictSame(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'for servers')
  const minutes = (Date.now() - leaf.validFromDate.getTime()) / 60_000
  test.ok(minutes > 4 && minutes < 6, 'valid since some minutes, for clocks that are behind')
  const days = (leaf.validToDate.getTime() - Date.now()) / 86_400_000
  test.ok(Math.abs(days - 90) < 0.01, '90 days')
})

void t.test('no two certificates share a serial number, and no two authorities a name', async (test) => {
  const issued = await Promise.all([1, 2, 3].map(() => issueServingCertificate(request)))
  const texts = issued.flatMap(({ certificate, caCertificate }) => [certificate, caCertificate])
  const serials = texts.map((text) => new X509Certificate(text).serialNumber)
  test.equal(new Set(serials).size, 6)
  test.equal(new Set(issued.map(({ caCertificate }) => new X509Certificate(caCertificate).subject)).size, 3)
})

void t.test('a client that trusts the authority completes a handshake', async (test) => {
  const old = await issueServingCertificate(request)
  const { caCertificate, certificate, key } = await issueServingCertificate(request)
  const server = createServer({ cert: certificate, key }, (socket) => void socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  test.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const options = { port, host: '127.0.0.1', servername: 'holdfast.holdfast-system.svc' }
  const bundled = connect({ ...options, ca: old.caCertificate + caCertificate })
  await once(bundled, 'secureConnect')
  test.ok(bundled.authorized, 'with a bundle of the old and the new authority')
  bundled.destroy()
  await test.rejects(
    once(connect({ ...options, ca: old.caCertificate }), 'secureConnect'),
    'but not with the old alone'
  )
})

void t.test('a certificate may outlive the year 2050, and needs a name', async (test) => {
  const { certificate } = await issueServingCertificate({ names: ['a.b.svc'], addresses: [], days: 36_500 })
  test.ok(new X509Certificate(certificate).validToDate.getTime() > Date.parse('2125-01-01'))
  await test.rejects(issueServingCertificate({ names: [], addresses: [], days: 1 }), /needs a name/u)
})
