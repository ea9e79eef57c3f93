import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { issueServingCertificate, type ServingCertificate } from '../../src/certificates/issue.ts'
import { post, servedSerial } from './fetch.ts'
import { holdfast, listening, type Running, start, until } from './process.ts'

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
  return ['webhook', ...files, ...ports, '--server-version', '1.36', ...more]
}

function says(run: Running, message: string): Promise<unknown> {
  return until(() => run.lines().find(({ msg }) => msg === message), message)
}

void t.test('the files are served, and served anew when they change', async (test) => {
  const folder = test.testdir()
  write(folder, 'first', await issueServingCertificate(request))
  const run = start(test, flags(folder, '--drain-seconds', '0'), { HOLDFAST_TLS_RELOAD_SECONDS: '1' })
  const { reviews } = await listening(run)
  const before = await servedSerial(reviews)
  write(folder, 'second', await issueServingCertificate(request))
  await says(run, 'certificate reloaded')
  const after = await servedSerial(reviews)
  test.not(after, before)
  write(folder, 'third', { certificate: 'none', key: 'none', caCertificate: 'none' })
  await says(run, 'certificate not reloaded; the old one is still served')
  test.equal(await servedSerial(reviews), after)
  run.child.kill('SIGTERM')
  test.equal(await run.exited, 0)
  test.equal(run.stderr(), '', 'nobody is greeted')
})

void t.test('while it drains it still answers, and says that it is not ready', async (test) => {
  const folder = test.testdir()
  write(folder, 'only', await issueServingCertificate(request))
  const run = start(test, flags(folder, '--drain-seconds', '2'))
  const { reviews, health } = await listening(run)
  const stopped = performance.now()
  run.child.kill('SIGTERM')
  await until(() => run.lines().find(({ msg }) => msg === 'draining'), 'the drain')
  test.match(await fetch(`http://${health}/readyz`).then(({ status }) => status), 503)
  test.match(await post(`https://${reviews}/mutate`, '{}'), { status: 400 })
  test.equal(await run.exited, 0)
  test.ok(performance.now() - stopped > 1500)
})

void t.test('with a client authority only its clients are served', async (test) => {
  const folder = test.testdir()
  const pair = await issueServingCertificate(request)
  write(folder, 'only', pair)
  const run = start(test, flags(folder, '--client-ca', join(folder, 'tls/ca.crt'), '--drain-seconds', '0'))
  const { reviews } = await listening(run)
  await test.rejects(post(`https://${reviews}/mutate`, '{}'))
})

void t.test('files that cannot be served are said in one line', async (test) => {
  const folder = test.testdir()
  test.match(holdfast(flags(folder)), { status: 1, stderr: /^holdfast: ENOENT: .*tls\/tls\.crt'\n$/ })
  const [one, other] = await Promise.all([issueServingCertificate(request), issueServingCertificate(request)])
  write(folder, 'mixed', { ...one, key: other.key })
  const message = `holdfast: ${folder}/tls/tls.key: not the key of the certificate in ${folder}/tls/tls.crt\n`
  test.match(holdfast(flags(folder)), { status: 1, stderr: message })
})

void t.test('where the controller sees to the files, they are waited for', async (test) => {
  const folder = test.testdir()
  const environment = { HOLDFAST_CERTIFICATES_MODE: 'self-managed', HOLDFAST_TLS_RELOAD_SECONDS: '1' }
  const run = start(test, flags(folder, '--drain-seconds', '0'), environment)
  await says(run, 'not ready yet: calls are sent back')
  const waiting = run.lines().find(({ msg }) => msg === 'not ready yet: calls are sent back')
  test.match(waiting?.['why'], /^waiting for the certificate: ENOENT: .*tls\/tls\.crt'$/)
  const [reviews, health] = [String(waiting?.['reviews']), String(waiting?.['health'])]
  const standIn = await servedSerial(reviews)
  test.match(await post(`https://${reviews}/mutate`, '{}'), { status: 503 })
  test.equal(await fetch(`http://${health}/livez`).then(({ status }) => status), 200)
  const [one, other] = await Promise.all([issueServingCertificate(request), issueServingCertificate(request)])
  write(folder, 'mixed', { ...one, key: other.key })
  await says(run, 'there is no certificate yet')
  const readiness = await fetch(`http://${health}/readyz`)
  test.equal(readiness.status, 503)
  test.match(await readiness.text(), /^waiting for the certificate: .*tls\.key: not the key of/)
  write(folder, 'first', one)
  await listening(run)
  test.not(await servedSerial(reviews), standIn)
  test.equal(await fetch(`http://${health}/readyz`).then(({ status }) => status), 200)
  test.match(await post(`https://${reviews}/mutate`, '{}'), { status: 400 })
  run.child.kill('SIGTERM')
  test.equal(await run.exited, 0)
})

void t.test('a webhook that waits for its certificate can be stopped', async (test) => {
  const environment = { HOLDFAST_CERTIFICATES_MODE: 'self-managed' }
  const run = start(test, flags(test.testdir(), '--drain-seconds', '0'), environment)
  await says(run, 'not ready yet: calls are sent back')
  run.child.kill('SIGTERM')
  test.equal(await run.exited, 0)
})

void t.test('once the certificate has expired it says that it is not ready', async (test) => {
  const folder = test.testdir()
  write(folder, 'short', await issueServingCertificate({ ...request, days: 8 / 86_400 }))
  const { health } = await listening(start(test, flags(folder)))
  const reasons: string[] = []
  while (reasons.at(-1) !== 'the certificate has expired' && reasons.length < 200) {
    reasons.push(await (await fetch(`http://${health}/readyz`)).text())
    await sleep(100)
  }
  test.strictSame([...new Set(reasons)], ['ok', 'the certificate has expired'])
})
