import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { budgetsOf } from '../support/cluster-budgets.ts'
import { openController } from '../support/cluster-controller.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { startWebhook, type Webhook } from '../support/cluster-webhook.ts'
import type { ControlPlane } from '../support/control-plane.ts'

/** What Node gets in the image: 60 % of the memory limit of the chart, 512 MiB. */
const environment = { NODE_OPTIONS: '--max-old-space-size=307' }
/** Kept, each would take some 7 MiB. */
const many = 45
const leftOut = 'holdfast_inventory_left_out{resource="poddisruptionbudgets"}'

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (plane !== undefined) {
  await tap.test('large budgets in a namespace that has not opted in end no process', (t) => checkHostile(t, plane))
}

async function checkHostile(t: Test, cluster: ControlPlane): Promise<void> {
  const api = openApi(cluster)
  t.teardown(() => api.close())
  await createNamespace(api, 'shop', { 'holdfast.dev/mode': 'warn', 'holdfast.dev/inject': 'enabled' })
  await createNamespace(api, 'hostile', {})
  const webhook = await openWebhook(t, cluster, { environment })
  const controller = await openController(t, cluster, { environment })
  const matchExpressions = Array.from({ length: 33_000 }, (_, index) => ({ key: `k${index}`, operator: 'Exists' }))
  for (let index = 0; index < many; index++) {
    const spec = { maxUnavailable: 1, selector: { matchExpressions } }
    await api.must('POST', budgetsOf('hostile'), { metadata: { name: `budget-${index}` }, spec })
  }
  await untilLeftOut('the webhook that watches', () => metricOf(webhook, leftOut))
  await untilLeftOut('the controller that watches', () => controller.metric(leftOut))
  const second = await startWebhook(cluster, { environment })
  t.teardown(second.stop)
  t.equal(await metricOf(second, leftOut), many, 'a webhook that lists leaves them out, too')
  t.match(second.log(), /poddisruptionbudgets","msg":"objects are too large to keep, or memory is full/)
  const deployments = '/apis/apps/v1/namespaces/shop/deployments'
  await api.must('POST', deployments, bareDeployment('web'))
  const kept = `holdfast_companions{state="kept"}`
  await waitFor({ what: 'a companion elsewhere', seconds: 30 }, async () => {
    return (await controller.metric(kept)) === 1 ? true : undefined
  })
  t.pass('elsewhere all is as ever')
}

function untilLeftOut(who: string, read: () => Promise<number | undefined>): Promise<true> {
  return waitFor({ what: `${who} to leave them out`, seconds: 60 }, async () => {
    return (await read()) === many ? true : undefined
  })
}

async function createNamespace(api: ClusterApi, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  await api.must('POST', '/api/v1/namespaces', { metadata: { name, labels } })
}

async function metricOf({ healthUrl }: Webhook, series: string): Promise<number | undefined> {
  const text = await (await fetch(`${healthUrl}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}
