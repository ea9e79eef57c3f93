import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { openBalancer } from '../support/balancer.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { prepareLoad, startLoad } from '../support/cluster-load.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { registerWebhooks } from '../support/cluster-registration.ts'
import { controllerUser } from '../support/cluster-rights.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { readSecret } from '../support/secret-projector.ts'
import { secretPath, selfManaged, startReplica } from '../support/self-managed.ts'
import { openWriteGate } from '../support/write-gate.ts'

const group = '/apis/admissionregistration.k8s.io/v1'
const configurations = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']
const lease = 'holdfast-controller'
const lives = {
  ...selfManaged,
  HOLDFAST_CERTIFICATES_AUTHORITY_SECONDS: '3600',
  HOLDFAST_CERTIFICATES_SERVING_SECONDS: '90',
  HOLDFAST_CERTIFICATES_OVERLAP_SECONDS: '5'
}

interface Mortal {
  readonly controller: Controller
  /** What it wrote last, once it is dead. */
  readonly died: Promise<string>
}

function isTold(method: string, path: string): boolean {
  return ['PUT', 'POST', 'PATCH'].includes(method) && /secrets|webhookconfigurations/.test(path)
}

/** A controller that is killed the moment that a write of it is done, before it learns of that. */
async function openMortal(t: Test, cluster: ControlPlane): Promise<Mortal> {
  const death = Promise.withResolvers<string>()
  const ready = Promise.withResolvers<void>()
  const onWritten = (what: string): 'lost' => {
    controller.process.signal('SIGKILL')
    death.resolve(what)
    return 'lost'
  }
  const until = ready.promise
  const { kubeconfig } = await openWriteGate(t, cluster, { user: controllerUser.name, isTold, until, onWritten })
  const controller = await openController(t, cluster, { flags: ['--kubeconfig', kubeconfig], environment: lives })
  ready.resolve()
  return { controller, died: death.promise }
}

async function bundlesOf(api: ClusterApi): Promise<readonly string[]> {
  const all = await Promise.all(configurations.map((name) => api.must('GET', `${group}/${name}/holdfast`)))
  return (all as { webhooks: { clientConfig: { caBundle?: string } }[] }[]).flatMap(({ webhooks }) =>
    webhooks.map(({ clientConfig: { caBundle = '' } }) => Buffer.from(caBundle, 'base64').toString())
  )
}

/** Whether another authority than the old one signs, and is the only one that is trusted, everywhere. */
async function isOver(api: ClusterApi, old: string): Promise<boolean> {
  const texts = await readSecret(api, secretPath)
  const authority = texts?.['authority.crt']
  if (authority === undefined || authority === old || texts?.['ca.crt'] !== authority) return false
  return (await bundlesOf(api)).every((bundle) => bundle === authority)
}

interface Before {
  readonly first: Controller
  /** The authority. */
  readonly old: string
}

/** Controllers one after the other, each for one write. Gives what they wrote. */
async function dieOverAndOver(
  t: Test,
  cluster: ControlPlane,
  api: ClusterApi,
  { first, old }: Before
): Promise<string[]> {
  const written: string[] = []
  const end = Date.now() + 300_000
  const over = untilOver(api, old)
  let next = openMortal(t, cluster)
  await next
  await first.process.stop()
  await api.must('PATCH', secretPath, { metadata: { annotations: { 'holdfast.dev/rotate': 'now' } } })
  while (Date.now() < end) {
    const { died, controller } = await next
    // It stands by.
    next = openMortal(t, cluster)
    const what = await Promise.race([died, over])
    if (what === undefined) {
      // The last write ends the rotation, which may be seen before the death that it brings; on a busy machine, long before.
      const patience = hasBundles(written) ? 2000 : 30_000
      const last = await Promise.race([died, wait(patience).then(() => undefined)])
      await next
      return last === undefined ? written : [...written, last]
    }
    written.push(what)
    await controller.process.exited
    // It would be free a quarter of a minute later.
    await cluster.kubectl(['delete', 'lease', lease, '--namespace=holdfast-system'])
  }
  throw new Error(`the rotation does not end: ${written.join(', ')}`)
}

/** Whether each configuration got the new authority beside the old one, and then the new one alone. */
function hasBundles(written: readonly string[]): boolean {
  return configurations.every((name) => written.filter((what) => what.includes(name)).length >= 2)
}

async function untilOver(api: ClusterApi, old: string): Promise<undefined> {
  await waitFor({ what: 'the rotation to end', seconds: 300, everyMilliseconds: 500 }, async () =>
    (await isOver(api, old)) ? true : undefined
  )
}

async function checkDeaths(t: Test, cluster: ControlPlane): Promise<void> {
  const api = openApi(cluster)
  t.teardown(() => api.close())
  const balancer = await openBalancer(t)
  const first = await openController(t, cluster, { environment: lives })
  const replicas = await Promise.all([300, 2000].map((delayMs) => startReplica(t, cluster, { api, delayMs })))
  t.teardown(() => Promise.all(replicas.map(({ stop }) => stop())))
  for (const replica of replicas) balancer.add(replica)
  await wait(500)
  await registerWebhooks(cluster, { via: 'service', port: balancer.port })
  await prepareLoad(cluster, api)
  const load = startLoad(cluster, 20)
  t.teardown(() => load.end())
  const { 'authority.crt': old = '' } = (await readSecret(api, secretPath)) ?? {}
  const written = await dieOverAndOver(t, cluster, api, { first, old })
  await wait(1000)
  const { calls, failures } = load.look()
  t.strictSame(failures.slice(0, 10), [])
  t.ok(await isOver(api, old), 'it ends right')
  const toSecret = written.filter((what) => what.includes('/secrets/'))
  t.ok(toSecret.length >= 4, 'named, trusted, in charge, and the old one forgotten: a death after each')
  t.ok(hasBundles(written), 'and after each bundle in each configuration')
  t.comment(`${written.length} controllers killed, ${calls} calls, ${failures.length} failed`)
}

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (plane !== undefined) {
  await tap.test('a controller that dies after each write of a rotation leaves it to the next one', (t) =>
    checkDeaths(t, plane)
  )
}
