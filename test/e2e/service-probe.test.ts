import tap, { type Test } from 'tap'
import { valueAt } from '../../src/kube/json.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
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
  await tap.test('Services that come and go restart nothing', (t) => checkSteady(t, controlPlane))
}

function web(ports: readonly object[], image = 'registry.example/nginx:1.29'): object {
  return bareDeployment('web', { ports, image })
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
  await user.must(['create', '-f', '-'], service('admin'))
  await untilProbed(user, object, 9090)
  await user.must(['create', '-f', '-'], object)
  t.equal(await probedPort(user), 9090)
}

async function checkUndeclared(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'undeclared', injected)
  await user.must(['create', '-f', '-'], service(7070))
  await untilProbed(user, web([]), 7070)
  await user.must(['create', '-f', '-'], web([]))
  t.equal(await probedPort(user), 7070)
}

async function checkSteady(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'steady', injected)
  await user.must(['apply', '-f', '-'], web([]))
  t.equal(await probedPort(user), undefined)
  await user.must(['create', '-f', '-'], service(7070))
  const other = { ...web([]), metadata: { name: 'other' } }
  await untilProbed(user, other, 7070)
  await user.must(['apply', '-f', '-'], { ...web([]), metadata: { name: 'web', labels: { team: 'a' } } })
  await user.must(['replace', '-f', '-'], web([]))
  t.equal(await probedPort(user), undefined)
  t.equal((await user.replicaSets('web')).length, 1, 'a Service that comes restarts nothing')
  await user.must(['apply', '-f', '-'], web([], 'registry.example/nginx:1.30'))
  t.equal(await probedPort(user), 7070, 'a rollout takes it up')
  t.equal((await user.replicaSets('web')).length, 2)
  await user.must(['delete', 'service', 'web'])
  await untilProbed(user, other, undefined)
  await user.must(['replace', '-f', '-'], web([], 'registry.example/nginx:1.30'))
  t.equal(await probedPort(user), 7070)
  t.equal((await user.replicaSets('web')).length, 2, 'a Service that goes restarts nothing')
}
