import { X509Certificate } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { openBalancer } from '../support/balancer.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { prepareLoad, startLoad } from '../support/cluster-load.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { registerWebhooks } from '../support/cluster-registration.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { readSecret } from '../support/secret-projector.ts'
import { changes, shortLives, startReplica } from '../support/self-managed.ts'

const secrets = '/api/v1/namespaces/holdfast-system/secrets'
const validating = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
const perSecond = 25

/** Two replicas, started before there is anything to serve with. */
async function startReplicas(t: Test, cluster: ControlPlane, api: ClusterApi) {
  const starting = Promise.all([100, 2500].map((delayMs) => startReplica(t, cluster, { api, delayMs })))
  await wait(3000)
  const controller = await openController(t, cluster, { environment: shortLives })
  const replicas = await starting
  t.teardown(() => Promise.all(replicas.map(({ stop }) => stop())))
  for (const { log } of replicas)
    t.match(log(), /"why":"waiting for the certificate: ENOENT/, 'it waited for its files')
  t.equal(await controller.metric(changes('introduce')), 1)
  return { replicas, controller }
}

interface History {
  readonly serving: readonly string[]
  readonly authorities: readonly string[]
}

/**
 * Looks on until one authority has made way for the next and is trusted no more, and three others were served after the first certificate:
 * two renewals, and the first one of the new authority. A third renewal may fall behind the next rotation.
 */
async function watchRotation(api: ClusterApi, controller: Controller): Promise<History> {
  const serving = new Set<string>()
  const authorities = new Set<string>()
  await waitFor({ what: 'a rotation', seconds: 240, everyMilliseconds: 500 }, async () => {
    const texts = await readSecret(api, `${secrets}/holdfast-certificates`)
    serving.add(texts?.['tls.crt'] ?? '')
    authorities.add(texts?.['authority.crt'] ?? '')
    const isOver = authorities.size > 1 && texts?.['ca.crt'] === texts?.['authority.crt']
    return isOver && serving.size > 3 && ((await controller.metric(changes('renew'))) ?? 0) >= 2 ? true : undefined
  })
  return { serving: [...serving], authorities: [...authorities] }
}

async function bundlesOf(api: ClusterApi, name: string): Promise<readonly string[]> {
  const { webhooks } = (await api.must('GET', `${validating}/${name}`)) as {
    webhooks: readonly { clientConfig: { caBundle?: string } }[]
  }
  return webhooks.map(({ clientConfig: { caBundle = '' } }) => Buffer.from(caBundle, 'base64').toString())
}

async function checkRotation(t: Test, cluster: ControlPlane, api: ClusterApi): Promise<void> {
  const balancer = await openBalancer(t)
  const { replicas, controller } = await startReplicas(t, cluster, api)
  for (const replica of replicas) balancer.add(replica)
  await wait(500)
  await registerWebhooks(cluster, { via: 'service', port: balancer.port })
  await prepareLoad(cluster, api)
  const load = startLoad(cluster, perSecond)
  const { serving, authorities } = await watchRotation(api, controller).finally(() => load.end())
  const { calls, failures } = load.look()
  t.ok(calls > 500, `${calls} objects were patched and admitted meanwhile`)
  t.strictSame(failures.slice(0, 10), [])
  t.equal(authorities.length, 2)
  const lives = serving.map((pem) => new X509Certificate(pem)).map((leaf) => leaf.validToDate.getTime() - Date.now())
  t.ok(
    lives.slice(0, 2).every((left) => left < 0),
    'the first ones have expired'
  )
  t.strictSame(new Set(await bundlesOf(api, 'holdfast')), new Set(authorities.slice(1)))
  for (const { log } of replicas) {
    await waitFor({ what: 'what is new to be loaded', seconds: 20 }, async () =>
      (log().match(/certificate reloaded/g) ?? []).length > 2 ? true : undefined
    )
  }
  const logs = replicas.map(({ log }) => log()).join('\n')
  t.notMatch(logs, /BEGIN|PRIVATE/, 'and nothing of them said')
  t.comment(
    `${serving.length} serving certificates of ${authorities.length} authorities, ${calls} calls, ${failures.length} failed`
  )
}

function webhookOf(name: string, service: string): object {
  return {
    name,
    clientConfig: { service: { namespace: 'holdfast-system', name: service }, caBundle: 'b3RoZXI=' },
    rules: [{ apiGroups: ['none.example.test'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1']
  }
}

/** A configuration with one webhook that leads to our Service, and one that leads elsewhere; nothing is ever sent to them. */
const racedConfiguration = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'raced' },
  webhooks: [webhookOf('other.example.test', 'other'), webhookOf('ours.example.test', 'holdfast-webhook')]
}

async function settled(api: ClusterApi): Promise<Readonly<Record<string, string>>> {
  return waitFor({ what: 'the bundle to be right', seconds: 20 }, async () => {
    const texts = await readSecret(api, `${secrets}/raced`)
    const [, bundle] = await bundlesOf(api, 'raced')
    return texts?.['tls.crt'] !== undefined && texts['ca.crt'] === bundle ? texts : undefined
  })
}

async function checkRace(t: Test, cluster: ControlPlane, api: ClusterApi): Promise<void> {
  await api.must('POST', validating, racedConfiguration)
  const raced = { HOLDFAST_CERTIFICATES_SECRET_NAME: 'raced', HOLDFAST_CERTIFICATES_CONFIGURATION_NAME: 'raced' }
  const environment = { ...shortLives, ...raced, HOLDFAST_CERTIFICATES_OVERLAP_SECONDS: '1' }
  const racers = await Promise.all(
    ['one', 'other'].map((name) =>
      openController(t, cluster, { user: 'admin', flags: ['--lease-name', `raced-${name}`], environment })
    )
  )
  for (const { process } of racers)
    await waitFor({ what: 'both to lead', seconds: 20 }, async () => process.log().includes('"leading"') || undefined)
  const { 'ca.crt': bundle = '', 'authority.crt': authority } = await settled(api)
  t.equal(bundle, authority, 'one authority')
  const introduced = await Promise.all(racers.map(({ metric }) => metric(changes('introduce'))))
  t.equal(
    introduced.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    1,
    'made by one of the two'
  )

  await api.must('PATCH', `${validating}/raced`, racedConfiguration)
  const since = Date.now()
  await settled(api)
  t.ok(Date.now() - since < 5000, `healed within ${Date.now() - since} ms`)
  t.equal((await bundlesOf(api, 'raced'))[0], 'other', 'what leads elsewhere is left alone')

  await cluster.kubectl(['delete', 'secret', 'raced', '--namespace=holdfast-system'])
  await api.must('PATCH', `${validating}/raced`, { metadata: { annotations: { 'example.test/look': 'now' } } })
  const next = await settled(api)
  t.not(next['authority.crt'], authority)
  t.ok(next['ca.crt']?.includes(bundle), 'the lost authority is trusted on for a while')
  for (const { process } of racers) t.notMatch(process.log(), /BEGIN|PRIVATE/)
}

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (plane !== undefined) {
  const api = openApi(plane)
  tap.teardown(() => api.close())
  await tap.test('certificates are renewed and rotated under load, and no call is lost', async (t) => {
    await checkRotation(t, plane, api)
  })
  await tap.test('two controllers that race end with one authority, and heal the bundle', (t) =>
    checkRace(t, plane, api)
  )
}
