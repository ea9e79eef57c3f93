import tap, { type Test } from 'tap'
import type { ControlPlane } from '../support/control-plane.ts'
import { bareDeployment, type Deployment } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { userIn } from '../support/cluster-user.ts'

const optIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }
const apply = ['apply', '-f', '-']
const onPort = (containerPort: number) => ({ ports: [{ containerPort }] })
const stated = {
  readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 },
  lifecycle: { preStop: { sleep: { seconds: 5 } } }
}

const controlPlane = await openControlPlane(tap, { scheduler: false })
if (controlPlane !== undefined) {
  await tap.test('after the first apply', async (t) => {
    await openWebhook(t, controlPlane)
    await t.test('an injected probe follows its port', (test) => checkPort(test, controlPlane))
    await t.test('what a manifest states is left alone', (test) => checkStated(test, controlPlane))
    await t.test('what was patched away from a manifest is not stated', (test) => checkPatchedAway(test, controlPlane))
    await t.test('disabling injection lets it go, and never stands in the way', (test) => checkOff(test, controlPlane))
    await t.test('what was scaled to zero comes back', (test) => checkZero(test, controlPlane))
    await t.test('rollout undo keeps what is injected', (test) => checkUndo(test, controlPlane))
  })
  await tap.test('a pod comes back while the webhook is away', (t) => checkAway(t, controlPlane))
}

/** The bare Deployment with other fields in its container, and other annotations. */
function manifest(container: object, annotations: Readonly<Record<string, string>> = {}, spec: object = {}): object {
  const bare = bareDeployment('web')
  const pod = bare.spec.template.spec
  const containers = [{ ...pod.containers[0], ...container }]
  const template = { ...bare.spec.template, spec: { ...pod, containers } }
  return { ...bare, metadata: { ...bare.metadata, annotations }, spec: { ...bare.spec, template, ...spec } }
}

function containerIn({ spec }: Deployment): Record<string, unknown> {
  return { ...spec.template.spec.containers[0] }
}

async function checkPort(t: Test, cluster: ControlPlane): Promise<void> {
  for (const [way, args] of Object.entries({
    client: apply,
    server: ['apply', '--server-side', '-f', '-'],
    replace: ['replace', '-f', '-']
  })) {
    const user = await userIn(cluster, `port-${way}`, optIn)
    await user.must(way === 'server' ? args : apply, manifest({}))
    await user.replicaSets('web')
    await user.must(args, manifest(onPort(9090)))
    t.match(containerIn(await user.deployment('web'))['readinessProbe'], { tcpSocket: { port: 9090 } }, way)
    t.equal((await user.replicaSets('web')).length, 2, `${way}: one rollout`)
  }
}

async function checkStated(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'stated', optIn)
  await user.must(apply, manifest({}))
  await user.replicaSets('web')
  await user.must(apply, manifest(stated))
  t.equal((await user.replicaSets('web')).length, 1, 'taking values over rolls nothing out')
  const moved = manifest({ ...stated, ...onPort(9090) })
  await user.must(apply, moved)
  t.match(
    containerIn(await user.deployment('web'))['readinessProbe'],
    { tcpSocket: { port: 8080 } },
    'as it is written'
  )
  t.match((await user.must(apply, moved)).stdout, 'unchanged')
  t.equal((await user.replicaSets('web')).length, 2)
}

async function checkPatchedAway(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'patched-away', optIn)
  const patch = (container: object) => {
    const spec = { template: { spec: { containers: [{ name: 'web', ...container }] } } }
    return user.must(['patch', 'deployment', 'web', '--patch', JSON.stringify({ spec })])
  }
  const probe = async () => containerIn(await user.deployment('web'))['readinessProbe']
  await user.must(apply, manifest({ readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 7 } }))
  await patch({ readinessProbe: null, image: 'nginx:2' })
  t.match(await probe(), stated.readinessProbe, 'it is injected')
  await user.must(['set', 'image', 'deployment/web', '*=nginx:3'])
  await patch({ ports: [{ $patch: 'replace' }, { containerPort: 9090 }] })
  t.match(await probe(), { tcpSocket: { port: 9090 } }, 'and follows its port')
  const moved = manifest({ readinessProbe: { tcpSocket: { port: 8080 } }, ...onPort(7070) })
  await user.must(apply, moved)
  t.match(await probe(), { tcpSocket: { port: 8080 } }, 'until another manifest states it')
}

async function checkOff(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'off', { ...optIn, 'holdfast.dev/mode': 'warn' })
  await user.must(apply, manifest({}))
  const off = { 'holdfast.dev/inject': 'disabled' }
  await user.must(apply, manifest({}, off))
  t.equal((await user.replicaSets('web')).length, 1, 'the annotation alone rolls nothing out')
  const own = { readinessProbe: { httpGet: { path: '/ready', port: 8080 } } }
  const { code, stderr } = await user.kubectl(apply, manifest(own, off))
  t.equal(code, 0, stderr)
  const container = containerIn(await user.deployment('web'))
  t.match(container['readinessProbe'], own.readinessProbe)
  t.notOk(Object.hasOwn(Object(container['readinessProbe']), 'tcpSocket'), 'only their own handler is left')
  t.notOk(Object.hasOwn(Object(container['lifecycle']), 'preStop'), 'the injected sleep went with the change')
}

function unsafe(replicas: number): object {
  return manifest({}, {}, { replicas, strategy: { type: 'Recreate' } })
}

async function checkZero(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'zero', {})
  await user.must(apply, unsafe(2))
  await user.label(optIn, 'readinessProbe')
  for (const replicas of [0, 2, 1, 3]) {
    const { code, stderr } = await user.kubectl(apply, unsafe(replicas))
    t.equal(code, 0, `to ${replicas}: ${stderr}`)
  }
}

async function checkUndo(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'undo', optIn)
  await user.must(apply, manifest({}))
  await user.replicaSets('web')
  await user.must(['set', 'image', 'deployment/web', '*=nginx:2'])
  await user.replicaSets('web')
  await user.must(['rollout', 'undo', 'deployment/web'])
  t.match(containerIn(await user.deployment('web')), stated, 'back to what it was, with what was injected')
  t.equal((await user.replicaSets('web')).length, 2, 'in the ReplicaSet that it came from')
}

async function checkAway(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'away', optIn)
  const webhook = await openWebhook(t, cluster)
  await user.must(apply, manifest({}))
  const names = async () => {
    const { stdout } = await user.must(['get', 'pods', '--selector=app=web', '--output=name'])
    return stdout.split('\n').filter((line) => line !== '')
  }
  await user.replicaSets('web')
  const [first = ''] = await names()
  await webhook.stop()
  await user.must(['label', first, 'app-'])
  const until = Date.now() + 20_000
  while ((await names()).length < 2 && Date.now() < until) await user.replicaSets('web')
  t.equal((await names()).length, 2, 'though the configurations say Fail')
}
