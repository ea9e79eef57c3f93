import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { openBalancer } from '../support/balancer.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { type Load, type LoadResult, prepareLoad, startLoad } from '../support/cluster-load.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { registerWebhooks } from '../support/cluster-registration.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { Webhook } from '../support/cluster-webhook.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { readSecret } from '../support/secret-projector.ts'
import { changes, secretPath, selfManaged, startReplica } from '../support/self-managed.ts'

const perSecond = 80
/** The default. Connections that are idle when it ends are closed, so it lasts long enough for each connection in use to get a call. */
const drainSeconds = 15
const configuration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/holdfast'
const lives = {
  ...selfManaged,
  HOLDFAST_CERTIFICATES_AUTHORITY_SECONDS: '3600',
  HOLDFAST_CERTIFICATES_SERVING_SECONDS: '45',
  HOLDFAST_CERTIFICATES_OVERLAP_SECONDS: '5'
}

/** What is served, and by whom it is kept. */
interface Fleet {
  readonly cluster: ControlPlane
  readonly api: ClusterApi
  readonly load: Load
  readonly replicas: Webhook[]
  readonly controllers: Controller[]
  /** Another replica, which gets its share of the calls. */
  readonly grow: () => Promise<void>
}

function say(t: Test, what: string, { calls, failures, slowest, perSecond: rate }: LoadResult): void {
  const times = `${Math.round(rate)} a second, the slowest in ${Math.round(slowest)} ms`
  t.comment(`${what}: ${calls} calls, ${failures.length} failed, ${times}`)
}

/** Does something under load, and holds that no call has failed meanwhile. */
async function unnoticed(t: Test, { load }: Fleet, what: string, act: () => Promise<void>): Promise<void> {
  load.look()
  await act()
  await wait(1000)
  // A busy machine answers a tenth of what is asked.
  const enough = { what: 'enough calls', seconds: 60, everyMilliseconds: 200 }
  await waitFor(enough, async () => (load.calls() > 100 ? true : undefined))
  const seen = load.look()
  say(t, what, seen)
  t.strictSame(seen.failures.slice(0, 10), [], what)
  t.ok(seen.calls > 100, 'while calls were made')
}

async function openFleet(t: Test, cluster: ControlPlane): Promise<Fleet> {
  const api = openApi(cluster)
  t.teardown(() => api.close())
  const balancer = await openBalancer(t)
  const replicas: Webhook[] = []
  t.teardown(() => Promise.all(replicas.map(({ stop }) => stop())))
  let late = 0
  const grow = async (): Promise<void> => {
    late = (late + 700) % 2500
    const replica = await startReplica(t, cluster, { api, delayMs: late, drainSeconds })
    replicas.push(replica)
    balancer.add(replica)
  }
  const open = () => openController(t, cluster, { environment: lives })
  const controllers = [await open(), await open()]
  await Promise.all([grow(), grow(), grow()])
  await wait(500)
  await registerWebhooks(cluster, { via: 'service', port: balancer.port })
  await prepareLoad(cluster, api)
  const load = startLoad(cluster, perSecond)
  t.teardown(() => load.end())
  await wait(2000)
  return { cluster, api, load, replicas, controllers, grow }
}

async function rollOut({ replicas, grow }: Fleet): Promise<void> {
  for (const old of replicas.slice()) {
    await grow()
    await wait(500)
    await old.stop()
    replicas.splice(replicas.indexOf(old), 1)
  }
}

function loadsOf({ log }: Webhook): number {
  return log().split('"certificate reloaded"').length
}

/** Until every replica has loaded what the Secret has. */
async function untilLoaded({ api, replicas }: Fleet, isNew: (texts: Record<string, string>) => boolean): Promise<void> {
  const before = replicas.map(loadsOf)
  await waitFor({ what: 'what is new to be served', seconds: 120, everyMilliseconds: 250 }, async () => {
    const texts = await readSecret(api, secretPath)
    const isLoaded = replicas.every((replica, index) => loadsOf(replica) > (before[index] ?? 0))
    return texts !== undefined && isNew(texts) && isLoaded ? true : undefined
  })
}

async function leaderOf({ controllers }: Fleet): Promise<Controller> {
  return waitFor({ what: 'a leader', seconds: 40, everyMilliseconds: 200 }, async () => {
    for (const controller of controllers) {
      if (controller.process.running() && (await controller.metric('holdfast_leader')) === 1) return controller
    }
    return undefined
  })
}

const secretOf = async ({ api }: Fleet): Promise<Record<string, string>> => (await readSecret(api, secretPath)) ?? {}

/** Once it has signed and is served. A change of the configuration makes the controller look at once, and not within half a minute. */
async function untilRotated(fleet: Fleet, ask: () => Promise<unknown>): Promise<void> {
  const { 'authority.crt': old } = await secretOf(fleet)
  await ask()
  const metadata = { annotations: { 'example.test/look': new Date().toISOString() } }
  await fleet.api.must('PATCH', configuration, { metadata })
  await untilLoaded(fleet, (texts) => texts['authority.crt'] !== undefined && texts['authority.crt'] !== old)
}

async function failOver(fleet: Fleet): Promise<void> {
  const leader = await leaderOf(fleet)
  leader.process.signal('SIGKILL')
  await leader.process.exited
  fleet.controllers.splice(fleet.controllers.indexOf(leader), 1)
  const next = await leaderOf(fleet)
  await waitFor({ what: 'it to renew what is served', seconds: 90, everyMilliseconds: 500 }, async () =>
    (await next.metric(changes('renew'))) === 0 ? undefined : true
  )
}

/** Calls that were on their way to it have no answer, and the API server does not send a POST again. */
async function loseOne(t: Test, { replicas, load }: Fleet): Promise<void> {
  load.look()
  replicas.pop()?.kill()
  await wait(5000)
  const seen = load.look()
  say(t, 'kill -9 of one of three replicas', seen)
  for (const failure of seen.failures) t.comment(failure)
  t.ok(seen.failures.length < perSecond / 4, 'what fails is what was on its way, and who came before the balancer knew')
  for (const failure of seen.failures) t.match(failure, /failed calling webhook .*(?:EOF|connection reset|broken pipe)/)
  await wait(1000)
  t.strictSame(load.look().failures, [], 'and nothing else')
}

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (plane !== undefined) {
  await tap.test('under load, with failurePolicy Fail, no call is lost', async (t) => {
    const fleet = await openFleet(t, plane)
    await unnoticed(t, fleet, 'rolling update of three replicas', () => rollOut(fleet))
    await unnoticed(t, fleet, 'renewal of the serving certificate', () => untilLoaded(fleet, () => true))
    await unnoticed(t, fleet, 'rotation of the authority on demand', () =>
      untilRotated(fleet, () =>
        fleet.api.must('PATCH', secretPath, { metadata: { annotations: { 'holdfast.dev/rotate': 'now' } } })
      )
    )
    await unnoticed(t, fleet, 'the Secret is deleted', () =>
      untilRotated(fleet, () =>
        plane.kubectl(['delete', 'secret', 'holdfast-certificates', '--namespace=holdfast-system'])
      )
    )
    await unnoticed(t, fleet, 'kill -9 of the controller that leads', () => failOver(fleet))
    await loseOne(t, fleet)
  })
}
