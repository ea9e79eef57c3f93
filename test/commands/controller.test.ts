import { join } from 'node:path'
import t from 'tap'
import { holdfast, start, until } from './process.ts'

const quiet = ['--health-address', '127.0.0.1', '--health-port', '0']

void t.test('without a cluster there is nothing to control', (test) => {
  const says = 'no API server is configured: give --kubeconfig, or run it in a pod with a service account'
  test.strictSame(holdfast(['controller', ...quiet]), { status: 1, stdout: '', stderr: `holdfast: ${says}\n` })
  const nowhere = holdfast(['controller', ...quiet, '--kubeconfig', '/nowhere'])
  test.match(nowhere, { status: 1, stderr: /^holdfast: the kubeconfig cannot be read: .*\/nowhere/ })
  test.end()
})

void t.test('it is alive but not ready while the API server is away, and ends when told', async (test) => {
  const cluster = { name: 'away', cluster: { server: 'https://127.0.0.1:9' } }
  const kubeconfig = {
    clusters: [cluster],
    users: [{ name: 'us', user: { token: 'x' } }],
    contexts: [{ name: 'away', context: { cluster: 'away', user: 'us' } }],
    'current-context': 'away'
  }
  const folder = test.testdir({ kubeconfig: JSON.stringify(kubeconfig) })
  const run = start(test, ['controller', ...quiet, '--kubeconfig', join(folder, 'kubeconfig')])
  const { health } = await until(() => run.lines().find(({ msg }) => msg === 'listening'), 'the health port')
  const get = (path: string) => fetch(`http://${String(health)}${path}`)
  test.equal((await get('/livez')).status, 200)
  const ready = await get('/readyz')
  test.equal(ready.status, 503)
  test.match(await ready.text(), /^waiting for the first list of namespaces/)
  const metrics = await (await get('/metrics')).text()
  for (const line of [
    'holdfast_leader 0',
    'workqueue_depth{name="holdfast-companions"} 0',
    'holdfast_companions{state="kept"} 0'
  ]) {
    test.ok(metrics.split('\n').includes(line), line)
  }
  run.kill('SIGTERM')
  test.equal(await run.exited, 0)
  test.match(run.lines().at(-1), { msg: 'stopped' })
})
