import { X509Certificate } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { issueServingCertificate } from '../../src/certificates/issue.ts'
import { type Pair, readPair, watchPair } from '../../src/certificates/reload.ts'
import { issueForClient, issueForLoopback, until } from '../support/tls.ts'
import { SecretVolume } from './secret-volume.ts'

const [first, second] = await Promise.all([issueForLoopback(), issueForLoopback()])

function filesOf({ certificate, key }: { certificate: string; key: string }): Record<string, string> {
  return { 'tls.crt': certificate, 'tls.key': key }
}

function watch(test: Test, volume: SecretVolume): { loaded: Pair[]; refused: string[]; stop: () => void } {
  const loaded: Pair[] = []
  const refused: string[] = []
  const watcher = watchPair({
    ...volume.files,
    current: readPair(volume.files),
    intervalMs: 5,
    onLoaded: (pair) => void loaded.push(pair),
    onRefused: ({ message }) => void refused.push(message)
  })
  test.teardown(() => watcher.stop())
  return { loaded, refused, stop: () => watcher.stop() }
}

void t.test('a pair that fits is read, with its chain and client authorities', async (test) => {
  const client = await issueForClient()
  const chain = first.certificate + first.caCertificate
  const texts = { 'tls.crt': chain, 'tls.key': first.key, 'ca.crt': client.ca + second.caCertificate }
  const pair = readPair(new SecretVolume(test.testdir(), texts).files)
  test.strictSame([pair.cert, pair.key, pair.ca], [chain, first.key, texts['ca.crt']])
  test.strictSame(pair.notAfter, new X509Certificate(first.certificate).validToDate)
})

void t.test('a pair that does not fit is refused by the name of its file', async (test) => {
  const expired = await issueServingCertificate({ names: ['localhost'], addresses: [], days: -0.001 })
  const broken = first.certificate.replace(/\n.{10}/u, '\nAAAAAAAAAA')
  const cases: [string, Record<string, string>, RegExp][] = [
    [
      'mismatched',
      { ...filesOf(first), 'tls.key': second.key },
      /tls\.key: not the key of the certificate in .*tls\.crt$/u
    ],
    ['expired', filesOf(expired), /tls\.crt: expired at \d{4}-/u],
    ['no certificate', { ...filesOf(first), 'tls.crt': 'nothing' }, /tls\.crt: no certificate in PEM$/u],
    ['an empty key', { ...filesOf(first), 'tls.key': '' }, /tls\.key: no private key in PEM$/u],
    [
      'a certificate for a key',
      { ...filesOf(first), 'tls.key': first.certificate },
      /tls\.key: no private key in PEM$/u
    ],
    ['broken', { ...filesOf(first), 'tls.crt': broken }, /tls\.crt: not a certificate$/u],
    [
      'broken in its chain',
      { ...filesOf(first), 'tls.crt': first.certificate + broken },
      /tls\.crt: not a certificate$/u
    ],
    ['no authority', { ...filesOf(first), 'ca.crt': 'nothing' }, /ca\.crt: no certificate in PEM$/u]
  ]
  for (const [name, texts, message] of cases) {
    const folder = test.testdir({ [name]: {} })
    const { files } = new SecretVolume(`${folder}/${name}`, texts)
    test.throws(() => readPair(files), { message }, name)
  }
  test.throws(() => readPair({ certificateFile: '/nowhere/tls.crt', keyFile: 'k' }), /\/nowhere\/tls\.crt/u)
})

void t.test('a swapped volume is loaded once, and only when it says something else', async (test) => {
  const volume = new SecretVolume(test.testdir(), filesOf(first))
  const { loaded, refused } = watch(test, volume)
  volume.write(filesOf(first))
  await setTimeout(50)
  test.equal(loaded.length, 0, 'the same again is no news')
  volume.write(filesOf(second))
  await until(() => loaded.length > 0, 'loaded')
  await setTimeout(50)
  test.strictSame(
    loaded.map(({ cert }) => cert),
    [second.certificate]
  )
  volume.write(filesOf(first))
  await until(() => loaded.length === 2, 'and back')
  test.strictSame(refused, [])
})

void t.test('a bad pair is refused once, and the next good one is loaded', async (test) => {
  const volume = new SecretVolume(test.testdir(), filesOf(first))
  const { loaded, refused } = watch(test, volume)
  volume.write({ ...filesOf(second), 'tls.key': first.key })
  await until(() => refused.length > 0, 'refused')
  await setTimeout(50)
  test.equal(refused.length, 1)
  test.match(refused[0], /tls\.key: not the key/u)
  volume.write(filesOf(first))
  await setTimeout(50)
  test.equal(loaded.length, 0, 'back to what is served: nothing to do')
  volume.write(filesOf(second))
  await until(() => loaded.length === 1, 'loaded')
})

void t.test('files that are gone are refused, not fatal, and a stopped watch is blind', async (test) => {
  const folder = test.testdir(filesOf(first))
  const files = { certificateFile: `${folder}/tls.crt`, keyFile: `${folder}/tls.key` }
  const volume = { files } as SecretVolume
  const { loaded, refused, stop } = watch(test, volume)
  rmSync(files.keyFile)
  await until(() => refused.length > 0, 'refused')
  test.match(refused[0], /tls\.key/u)
  writeFileSync(files.certificateFile, second.certificate)
  writeFileSync(files.keyFile, second.key)
  await until(() => loaded.length === 1, 'loaded')
  stop()
  writeFileSync(files.keyFile, first.key)
  await setTimeout(50)
  test.equal(refused.length, 1)
})

void t.test('a pair that cannot be put into service is reported', async (test) => {
  const volume = new SecretVolume(test.testdir(), filesOf(first))
  const refused: string[] = []
  const watcher = watchPair({
    ...volume.files,
    current: readPair(volume.files),
    intervalMs: 5,
    onLoaded: () => {
      throw new Error('no')
    },
    onRefused: ({ message }) => void refused.push(message)
  })
  test.teardown(() => watcher.stop())
  volume.write(filesOf(second))
  await until(() => refused.length > 0, 'refused')
  await setTimeout(50)
  test.strictSame(refused, ['no'])
})
