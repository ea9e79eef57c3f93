import tap, { type Test } from 'tap'
import { valueAt } from '../../src/kube/json.ts'
import { bareDeployment, type Container } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { untilSaid } from '../support/cluster-verdict.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const injected = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }
const http = { name: 'http', containerPort: 8080 }
const admin = { name: 'admin', containerPort: 9090 }

const controlPlane = await openControlPlane(tap, { scheduler: false })
if (controlPlane !== undefined) {
  await openWebhook(tap, controlPlane)
  await tap.test('the port that a Service leads to is probed', (t) => checkDeclared(t, controlPlane))
  await tap.test('so is one that nobody declares', (t) => checkUndeclared(t, controlPlane))
  await tap.test('one that nobody may serve is not', (t) => checkGuessed(t, controlPlane))
  await tap.test('Services that come and go restart nothing', (t) => checkSteady(t, controlPlane))
}

function web(ports: readonly object[], container: Partial<Container> = {}): object {
  return bareDeployment('web', { ports, ...container })
}

function service(targetPort: number | string): object {
  const spec = { selector: { app: 'web' }, ports: [{ port: 80, targetPort }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec }
}

async function probedPort(user: NamespaceUser): Promise<unknown> {
  const { spec } = await user.deployment('web')
  return valueAt(spec.template.spec.containers[0].readinessProbe, ['tcpSocket', 'port'])
}

/** Asks with a dry run until the webhook probes this port, or none. */
async function untilProbed(user: NamespaceUser, object: object, port: number | undefined): Promise<void> {
  await waitFor({ what: `port ${port} to be probed`, seconds: 20, everyMilliseconds: 100 }, async () => {
    const { stdout } = await user.kubectl(['create', '--dry-run=server', '--output=json', '-f', '-'], object)
    const probed = /"tcpSocket":\s*\{\s*"port":\s*(\d+)/.exec(stdout)?.[1]
    return probed === (port === undefined ? undefined : String(port)) ? true : undefined
  })
}

async function checkDeclared(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'declared', injected)
  const object = web([http, admin])
  await untilSaid(user, object, '[readiness-probe] ')
  const denied = await user.kubectl(['create', '-f', '-'], object)
  t.match(
    denied.stderr,
    '.readinessProbe: serves port 8080 without a readiness probe; add one',
    'which one, nobody knows'
  )
  await user.create(service('admin'))
  await untilProbed(user, object, 9090)
  await user.create(object)
  t.equal(await probedPort(user), 9090)
}

async function checkUndeclared(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'undeclared', injected)
  await user.create(service(7070))
  await untilProbed(user, web([]), 7070)
  await user.create(web([]))
  t.equal(await probedPort(user), 7070)
}

/** What a port alone does not show: that somebody listens there. */
async function checkGuessed(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'guessed', injected)
  const command = ['sh', '-c', 'date > /data/x; sleep infinity']
  const idle = await user.must(['create', '-f', '-'], web([http], { command }))
  t.equal(await probedPort(user), undefined, 'a command that serves nothing')
  t.match(
    idle.stderr,
    'has no readiness probe for port 8080 (unless intended); add one if clients call it',
    'is said, and not denied'
  )
  const queue = bareDeployment('queue', { ports: [{ containerPort: 5672 }] })
  const { template } = queue.spec
  const exporter = { name: 'exporter', image: 'registry.example/queue-exporter:1', ports: [{ containerPort: 9090 }] }
  const containers = [...template.spec.containers, exporter]
  const both = { ...queue, spec: { ...queue.spec, template: { ...template, spec: { ...template.spec, containers } } } }
  const denied = await user.kubectl(['create', '-f', '-'], both)
  t.match(denied.stderr, 'serves port 5672 without a readiness probe; add one', 'of two containers neither is probed')
  t.notMatch(denied.stderr, 'serves port 9090', 'and one for metrics is not denied')
  const spec = { selector: { app: 'queue' }, ports: [{ port: 5672 }] }
  await user.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'queue' }, spec })
  await untilProbed(user, both, 5672)
  await user.create(both)
  const [server, side] = (await user.deployment('queue')).spec.template.spec.containers
  t.match(server.readinessProbe, { tcpSocket: { port: 5672 } }, 'but for the one that a Service leads to')
  t.equal(side?.readinessProbe, undefined)
}

async function checkSteady(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'steady', injected)
  await user.must(['apply', '-f', '-'], web([]))
  t.equal(await probedPort(user), undefined)
  await user.create(service(7070))
  const other = { ...web([]), metadata: { name: 'other' } }
  await untilProbed(user, other, 7070)
  await user.must(['apply', '-f', '-'], { ...web([]), metadata: { name: 'web', labels: { team: 'a' } } })
  // A replace fails where the controller writes the status meanwhile.
  await user.replicaSets('web')
  await user.must(['replace', '-f', '-'], web([]))
  t.equal(await probedPort(user), undefined)
  t.equal((await user.replicaSets('web')).length, 1, 'a Service that comes restarts nothing')
  await user.must(['apply', '-f', '-'], web([], { image: 'registry.example/nginx:1.30' }))
  t.equal(await probedPort(user), 7070, 'a rollout takes it up')
  t.equal((await user.replicaSets('web')).length, 2)
  await user.must(['delete', 'service', 'web'])
  await untilProbed(user, other, undefined)
  await user.must(['replace', '-f', '-'], web([], { image: 'registry.example/nginx:1.30' }))
  t.equal(await probedPort(user), 7070)
  t.equal((await user.replicaSets('web')).length, 2, 'a Service that goes restarts nothing')
}
