import { once } from 'node:events'
import { connect } from 'node:tls'
import t from 'tap'
import { swapCertificate } from '../../src/server/tls.ts'
import { issueForClient, issueForLoopback } from '../support/tls.ts'
import { openReplica, review } from './replica.ts'

const body = review('u-1')

void t.test('with a client authority only its clients are served, after a swap too', async (test) => {
  const client = await issueForClient()
  const stranger = await issueForClient()
  const { app, call } = await openReplica(test, { clientCa: client.ca })
  const asClient = { cert: client.cert, key: client.key }
  const asStranger = { cert: stranger.cert, key: stranger.key }
  test.equal((await call({ body, ...asClient })).status, 200)
  await test.rejects(call({ body }), 'no certificate')
  await test.rejects(call({ body, ...asStranger }), 'the certificate of another authority')

  const { certificate, key, caCertificate } = await issueForLoopback()
  swapCertificate(app.server, { cert: certificate, key, ca: client.ca })
  test.equal((await call({ body, ca: caCertificate, ...asClient })).status, 200)
  await test.rejects(call({ body, ca: caCertificate }), 'no certificate, after a swap')
  await test.rejects(call({ body, ca: caCertificate, ...asStranger }), 'another authority, after a swap')
})

void t.test('TLS 1.1 and HTTP/2 are not spoken', async (test) => {
  const { port, certificate } = await openReplica(test)
  const ca = certificate.caCertificate
  const old = connect({
    host: '127.0.0.1',
    port,
    ca,
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0'
  })
  await test.rejects(once(old, 'secureConnect'), 'TLS 1.1')
  const socket = connect({ host: '127.0.0.1', port, ca, maxVersion: 'TLSv1.2', ALPNProtocols: ['h2', 'http/1.1'] })
  await once(socket, 'secureConnect')
  test.strictSame([socket.getProtocol(), socket.alpnProtocol], ['TLSv1.2', 'http/1.1'])
  socket.destroy()
})

void t.test('a key that is not of the certificate is refused and changes nothing', async (test) => {
  const { app, call } = await openReplica(test)
  const other = await issueForLoopback()
  const another = await issueForLoopback()
  test.throws(
    () => swapCertificate(app.server, { cert: other.certificate, key: another.key }),
    /KEY_VALUES_MISMATCH|mismatch/u
  )
  test.equal((await call({ body })).status, 200)
})
