import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { issueServingCertificate, type ServingCertificate } from '../../src/certificates/issue.ts'
import type { Config } from '../../src/config.ts'
import { post, servedSerial } from './fetch.ts'
import { holdfast, listening, type Running, serveHere, start, until } from './process.ts'

const request = { names: ['holdfast.test'], addresses: ['127.0.0.1'], days: 1 }

/** Writes a pair as a Secret volume does: into a new folder, to which a symlink is then swapped. */
function write(folder: string, name: string, { certificate, key, caCertificate }: ServingCertificate): void {
  mkdirSync(join(folder, name))
  writeFileSync(join(folder, name, 'tls.crt'), certificate)
  writeFileSync(join(folder, name, 'tls.key'), key)
  writeFileSync(join(folder, name, 'ca.crt'), caCertificate)
  symlinkSync(name, join(folder, `${name}.link`))
  renameSync(join(folder, `${name}.link`), join(folder, 'tls'))
}

function flags(folder: string, ...more: readonly string[]): readonly string[] {
  const files = ['--certificate', join(folder, 'tls/tls.crt'), '--key', join(folder, 'tls/tls.key')]
  const ports = ['--address', '127.0.0.1', '--port', '0', '--health-port', '0']
  return [...files, ...ports, '--server-version', '1.36', ...more]
}

const selfManaged = { HOLDFAST_CERTIFICATES_MODE: 'self-managed' }
/** Every fiftieth of a second, where settings have whole seconds. */
const reloading = {
  adjust: (config: Config): Config => ({ ...config, tls: { ...config.tls, reloadSeconds: 0.02 } })
}
const draining = {
  adjust: (config: Config): Config => ({ ...config, server: { ...config.server, drainSeconds: 0.5 } })
}

function says(run: Running, message: string): Promise<unknown> {
  return until(() => run.lines().find(({ msg }) => msg === message), message)
}

void t.test('the files are served, and served anew when they change', async (test) => {
  const folder = test.testdir()
  write(folder, 'first', await issueServingCertificate(request))
  const run = serveHere(test, flags(folder, '--drain-seconds', '0'), reloading)
  const { reviews } = await listening(run)
  const before = await servedSerial(reviews)
  write(folder, 'second', await issueServingCertificate(request))
  await says(run, 'certificate reloaded')
  const after = await servedSerial(reviews)
  test.not(after, before)
  write(folder, 'third', { certificate: 'none', key: 'none', caCertificate: 'none' })
  await says(run, 'certificate not reloaded; the old one is still served')
  test.equal(await servedSerial(reviews), after)
  run.kill('SIGTERM')
  test.equal(await run.exited, 0)
  test.equal(run.stderr(), '', 'nobody is greeted')
})

void t.test('while it drains it still answers, and says that it is not ready', async (test) => {
  const folder = test.testdir()
  write(folder, 'only', await issueServingCertificate(request))
  const run = serveHere(test, flags(folder), draining)
  const { reviews, health } = await listening(run)
  const stopped = performance.now()
  run.kill('SIGTERM')
  await until(() => run.lines().find(({ msg }) => msg === 'draining'), 'the drain')
  test.match(await fetch(`http://${health}/readyz`).then(({ status }) => status), 503)
  test.match(await post(`https://${reviews}/mutate`, '{}'), { status: 400 })
  test.equal(await run.exited, 0)
  test.ok(performance.now() - stopped > 490)
})

void t.test('with a client authority only its clients are served', async (test) => {
  const folder = test.testdir()
  const pair = await issueServingCertificate(request)
  write(folder, 'only', pair)
  const run = serveHere(test, flags(folder, '--client-ca', join(folder, 'tls/ca.crt'), '--drain-seconds', '0'))
  const { reviews } = await listening(run)
  await test.rejects(post(`https://${reviews}/mutate`, '{}'))
})

void t.test('files that cannot be served are said in one line', async (test) => {
  const folder = test.testdir()
  test.match(holdfast(['webhook', ...flags(folder)]), { status: 1, stderr: /^holdfast: ENOENT: .*tls\/tls\.crt'\n$/ })
  const [one, other] = await Promise.all([issueServingCertificate(request), issueServingCertificate(request)])
  write(folder, 'mixed', { ...one, key: other.key })
  const message = `holdfast: ${folder}/tls/tls.key: not the key of the certificate in ${folder}/tls/tls.crt\n`
  test.match(holdfast(['webhook', ...flags(folder)]), { status: 1, stderr: message })
})

void t.test('where the controller sees to the files, they are waited for', async (test) => {
  const folder = test.testdir()
  const run = serveHere(test, flags(folder, '--drain-seconds', '0'), { environment: selfManaged, ...reloading })
  await says(run, 'not ready yet: calls are sent back')
  const waiting = run.lines().find(({ msg }) => msg === 'not ready yet: calls are sent back')
  test.match(waiting?.['why'], /^waiting for the certificate: ENOENT: .*tls\/tls\.crt'$/)
  const [reviews, health] = [String(waiting?.['reviews']), String(waiting?.['health'])]
  const standIn = await servedSerial(reviews)
  test.match(await post(`https://${reviews}/mutate`, '{}'), { status: 503 })
  test.equal(await fetch(`http://${health}/livez`).then(({ status }) => status), 200)
  const [one, other] = await Promise.all([issueServingCertificate(request), issueServingCertificate(request)])
  write(folder, 'mixed', { ...one, key: other.key })
  await until(() => run.lines().find(({ err }) => JSON.stringify(err)?.includes('not the key of')), 'the refusal')
  const readiness = await fetch(`http://${health}/readyz`)
  test.equal(readiness.status, 503)
  test.match(await readiness.text(), /^waiting for the certificate: .*tls\.key: not the key of/)
  write(folder, 'first', one)
  await listening(run)
  test.not(await servedSerial(reviews), standIn)
  test.equal(await fetch(`http://${health}/readyz`).then(({ status }) => status), 200)
  test.match(await post(`https://${reviews}/mutate`, '{}'), { status: 400 })
  run.kill('SIGTERM')
  test.equal(await run.exited, 0)
})

void t.test('a webhook that waits for its certificate can be stopped', async (test) => {
  const run = start(test, ['webhook', ...flags(test.testdir(), '--drain-seconds', '0')], selfManaged)
  await says(run, 'not ready yet: calls are sent back')
  run.kill('SIGTERM')
  test.equal(await run.exited, 0)
})

void t.test('once the certificate has expired it says that it is not ready', async (test) => {
  const folder = test.testdir()
  write(folder, 'short', await issueServingCertificate(request))
  let now = Date.now()
  const { health } = await listening(serveHere(test, flags(folder, '--drain-seconds', '0'), { now: () => now }))
  const ready = async () => (await fetch(`http://${health}/readyz`)).text()
  test.equal(await ready(), 'ok')
  now += 86_400_000
  test.equal(await ready(), 'the certificate has expired')
})
