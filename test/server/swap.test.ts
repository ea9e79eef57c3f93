import { once } from 'node:events'
import { connect } from 'node:tls'
import t from 'tap'
import { readPair, watchPair } from '../../src/certificates/reload.ts'
import { swapCertificate } from '../../src/server/tls.ts'
import { SecretVolume } from '../certificates/secret-volume.ts'
import { issueForLoopback, until } from '../support/tls.ts'
import { startLoad } from './load.ts'
import { type Replica, openReplica, review } from './replica.ts'

async function servedSerial({ port }: Replica, ca: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

void t.test('a certificate is swapped under load, and no call fails', async (test) => {
  const replica = await openReplica(test)
  const { certificate: cert, key, caCertificate } = replica.certificate
  const next = await issueForLoopback()
  // As during a rotation: the API server trusts the old authority and the new.
  const bundle = caCertificate + next.caCertificate
  const volume = new SecretVolume(test.testdir(), { 'tls.crt': cert, 'tls.key': key })
  const refused: string[] = []
  const watcher = watchPair({
    ...volume.files,
    current: readPair(volume.files),
    intervalMs: 10,
    onLoaded: (pair) => swapCertificate(replica.app.server, pair),
    onRefused: ({ message }) => void refused.push(message)
  })
  test.teardown(() => watcher.stop())
  const before = await servedSerial(replica, bundle)
  const kept = startLoad(replica, bundle, 20)
  const fresh = startLoad(replica, bundle, 4, false)
  await until(() => kept.answered() > 200 && fresh.answered() > 20, 'load')

  volume.write({ 'tls.crt': next.certificate, 'tls.key': key })
  await until(() => refused.length > 0, 'a mismatched pair is refused')
  test.equal(await servedSerial(replica, bundle), before, 'and the old one is served')

  volume.write({ 'tls.crt': next.certificate, 'tls.key': next.key })
  await until(async () => (await servedSerial(replica, bundle)) !== before, 'new connections get the new one')
  const swapped = kept.answered() + fresh.answered()
  await until(() => kept.answered() + fresh.answered() > swapped + 200, 'more load')
  await Promise.all([kept.stop(), fresh.stop()])
  test.strictSame([...kept.failures(), ...fresh.failures()], [])
  test.equal(refused.length, 1)
  const reply = await replica.call({ ca: next.caCertificate, body: review('u') })
  test.equal(reply.status, 200, 'who trusts the new authority alone is served')
  await test.rejects(replica.call({ body: review('u') }), 'who trusts the old one alone is not')
})
