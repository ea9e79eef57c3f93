import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { openBalancer } from '../support/balancer.ts'
import { openApi } from '../support/cluster-api.ts'
import { createNamespace } from '../support/cluster-nodes.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { registerWebhooks } from '../support/cluster-registration.ts'
import { startWebhook, type Webhook } from '../support/cluster-webhook.ts'

const workers = 8

void t.test('replicas restart one after the other under load, and no call is lost', async (test) => {
  const controlPlane = await openControlPlane(test, { controllerManager: false, scheduler: false })
  if (controlPlane === undefined) return
  const balancer = await openBalancer(test)
  const running: Webhook[] = []
  test.teardown(() => Promise.all(running.map(({ stop }) => stop())))
  const start = async (first?: Webhook): Promise<Webhook> => {
    const shared = first === undefined ? {} : { certificate: first.certificate }
    const replica = await startWebhook(controlPlane, { drainSeconds: 2, ...shared })
    running.push(replica)
    balancer.add(replica)
    return replica
  }
  const first = await start()
  const second = await start(first)
  await pause(500)
  await registerWebhooks(controlPlane, { via: 'url', caBundle: first.caCertificate ?? '', port: balancer.port })
  await createNamespace(controlPlane, 'busy', { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' })
  const api = openApi(controlPlane)
  test.teardown(() => api.close())
  const failures: string[] = []
  let created = 0
  const over = new AbortController()
  const web = { readinessProbe: { tcpSocket: { port: 8080 } }, ports: [{ containerPort: 8080 }] }
  const worker = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const path = '/apis/apps/v1/namespaces/busy/deployments?dryRun=All'
      const { status, body } = await api.send('POST', path, bareDeployment('web', web))
      if (status === 201 && JSON.stringify(body).includes('holdfast.dev/injected')) created++
      else failures.push(`${status} ${JSON.stringify(body).slice(0, 300)}`)
    }
  }
  const load = Promise.all(Array.from({ length: workers }, worker))
  await pause(1000)
  for (const old of [first, second]) {
    await start(first)
    await pause(500)
    await old.stop()
    await pause(500)
  }
  over.abort()
  await load
  test.strictSame(failures, [])
  test.ok(created > 100, `${created} objects were patched and admitted meanwhile`)
  test.comment(`${created} calls, ${failures.length} failed, over two restarts`)
})
