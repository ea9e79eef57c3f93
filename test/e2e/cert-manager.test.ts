import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { issueAuthority, issueUnder, type KeyPair } from '../../src/certificates/issue.ts'
import { openBalancer } from '../support/balancer.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { openController } from '../support/cluster-controller.ts'
import { prepareLoad, startLoad } from '../support/cluster-load.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { registerWebhooks } from '../support/cluster-registration.ts'
import { controllerUser } from '../support/cluster-rights.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { secretPath, startReplica } from '../support/self-managed.ts'

const mode = 'cert-manager'
const secrets = '/api/v1/namespaces/holdfast-system/secrets'
const configuration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/holdfast'
const lifeMs = 3_600_000

/** The Secret as cert-manager writes it. */
async function secretUnder(authority: KeyPair): Promise<object> {
  const request = { names: ['holdfast-webhook.holdfast-system.svc'], addresses: [] }
  const { certificate, key } = await issueUnder(authority, request, lifeMs)
  const texts = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate }
  const data = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')])
  const metadata = { name: 'holdfast-certificates', namespace: 'holdfast-system' }
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, data: Object.fromEntries(data) }
}

async function bundleOf(api: ClusterApi): Promise<string | undefined> {
  const { webhooks } = (await api.must('GET', configuration)) as {
    webhooks: readonly { clientConfig: { caBundle?: string } }[]
  }
  return webhooks[0]?.clientConfig.caBundle
}

/** The resources that the controller wrote. */
function writesOf(cluster: ControlPlane): ReadonlySet<string> {
  const resources = cluster
    .auditLog()
    .filter(({ user, verb }) => user?.username === controllerUser.name && !['get', 'list', 'watch'].includes(verb))
    .map(({ objectRef }) => objectRef?.resource ?? '')
  return new Set(resources)
}

async function checkHandsOff(t: Test, cluster: ControlPlane): Promise<void> {
  const api = openApi(cluster)
  t.teardown(() => api.close())
  const balancer = await openBalancer(t)
  const authority = await issueAuthority(lifeMs)
  const controller = await openController(t, cluster, { environment: { HOLDFAST_CERTIFICATES_MODE: mode } })
  t.match(controller.process.log(), /"certificates":"cert-manager"/)
  const starting = startReplica(t, cluster, { api, delayMs: 0, mode })
  await wait(3000)
  await api.must('POST', secrets, await secretUnder(authority))
  const replica = await starting
  t.teardown(() => replica.stop())
  t.match(replica.log(), /"why":"waiting for the certificate: ENOENT/, 'it waited for its files')
  balancer.add(replica)
  await wait(500)
  await registerWebhooks(cluster, { via: 'service', port: balancer.port, caBundle: authority.certificate })
  await prepareLoad(cluster, api)
  const load = startLoad(cluster, 20)
  t.teardown(() => load.end())
  await api.must('PUT', secretPath, await secretUnder(authority))
  await waitFor({ what: 'what is new to be served', seconds: 20 }, async () =>
    replica.log().includes('"certificate reloaded"') ? true : undefined
  )
  await wait(2000)
  const { calls, failures } = load.look()
  t.strictSame(failures.slice(0, 10), [], `none of ${calls} calls is lost by a renewal`)
  await waitFor({ what: 'the controller to lead', seconds: 20 }, async () =>
    (await controller.metric('holdfast_leader')) === 1 ? true : undefined
  )
  // Longer than a controller that heals bundles takes.
  await wait(3000)
  t.equal(await bundleOf(api), Buffer.from(authority.certificate).toString('base64'))
  const written = writesOf(cluster)
  t.ok(written.has('leases'), 'the controller writes')
  for (const resource of ['secrets', 'validatingwebhookconfigurations', 'mutatingwebhookconfigurations'])
    t.notOk(written.has(resource), `but no ${resource}`)
}

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (plane !== undefined) {
  await tap.test('where cert-manager sees to the certificates, the webhook follows and the controller keeps out', (t) =>
    checkHandsOff(t, plane)
  )
}
