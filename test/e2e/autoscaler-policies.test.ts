import tap, { type Test } from 'tap'
import type { Finished } from '../support/cluster-kubectl.ts'
import { soundDeployment } from '../support/cluster-objects.ts'
import { openSharedServer } from '../support/shared-server.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { apply, checkDenied, checkWarned, untilSaid } from '../support/cluster-verdict.ts'
import type { ApiServer } from '../support/control-plane.ts'

const enforce = { 'holdfast.dev/mode': 'enforce' }
const critical = { ...enforce, 'holdfast.dev/profile': 'critical' }

const undone = '[autoscaler-owns-replicas] spec.replicas: each apply resets what the autoscaler set;'

const server = await openSharedServer(tap)
if (server !== undefined) {
  await tap.test('the floor of an autoscaler is held to the profile', (t) => checkFloor(t, server))
  await tap.test('what an autoscaler cannot do is said, and what never works denied', (t) => checkAct(t, server))
  await tap.test('a client-side apply lets go of replicas', (t) => checkClientSide(t, server))
  await tap.test('a server-side apply lets go of replicas', (t) => checkServerSide(t, server))
  await tap.test('an autoscaler comes after its workload', (t) => checkOrder(t, server))
}

function hpa(spec: object = {}, name = 'web'): object {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef, minReplicas: 3, maxReplicas: 9, ...spec }
  }
}

/** With these replicas, or none stated. */
function web(replicas?: number, annotations: object = {}): object {
  const { spec, metadata, ...rest } = soundDeployment('web')
  const { replicas: _replicas, ...others } = spec
  return {
    ...rest,
    metadata: { ...metadata, annotations },
    spec: { ...others, ...(replicas !== undefined && { replicas }) }
  }
}

/** A Deployment whose container requests nothing, which is exempt from what that alone would be denied for. */
function unmeasured(): object {
  const { spec, metadata, ...rest } = soundDeployment('web')
  const [{ resources: _resources, ...container }] = spec.template.spec.containers
  const podSpec = { ...spec.template.spec, containers: [container] }
  const annotations = { 'holdfast.dev/exempt.resource-requests': 'a test of what autoscalers measure' }
  return {
    ...rest,
    metadata: { ...metadata, annotations },
    spec: { ...spec, template: { ...spec.template, spec: podSpec } }
  }
}

async function replicasOf(user: NamespaceUser): Promise<number> {
  return (await user.deployment('web')).spec.replicas
}

function checkSilent(t: Test, { code, stderr }: Finished, policy: string): void {
  t.equal(code, 0, stderr)
  t.notMatch(stderr, policy)
}

async function checkFloor(t: Test, cluster: ApiServer): Promise<void> {
  const text = '[autoscaler-floor] spec.minReplicas: may scale down to 1 replica; set it to 2 or more'
  const user = await userIn(cluster, 'autoscaler-floor', enforce)
  checkWarned(t, await apply(user, hpa({ minReplicas: 1 })), text)
  checkSilent(t, await apply(user, hpa({ minReplicas: 2 })), 'autoscaler-floor')
  const strict = await userIn(cluster, 'floor-critical', critical)
  checkDenied(t, await apply(strict, hpa({ minReplicas: 1 })), text.replace('to 2', 'to 3'))
  checkDenied(
    t,
    await apply(strict, { ...hpa({ minReplicas: 1 }), apiVersion: 'autoscaling/v1' }),
    text.replace('to 2', 'to 3')
  )
  checkSilent(t, await apply(strict, hpa()), 'autoscaler-floor')
  const lowered = await apply(strict, hpa({ minReplicas: 2 }))
  checkDenied(t, lowered, '[autoscaler-floor] spec.minReplicas: may scale down to 2 replicas; set it to 3 or more')
}

async function checkAct(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'act', critical)
  const target = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'web' }
  const named =
    '[autoscaler-can-act] spec.scaleTargetRef.kind: a DaemonSet cannot be scaled; name a kind that has replicas'
  checkDenied(t, await apply(user, hpa({ scaleTargetRef: target })), named)
  const absent =
    '[autoscaler-can-act] spec.scaleTargetRef.name: Deployment web does not exist (unless it is created later); name a target that exists'
  const first = await apply(user, hpa({ maxReplicas: 7 }))
  t.notMatch(first.stderr, 'does not exist', 'a release may begin with the autoscaler')
  checkWarned(t, await apply(user, hpa()), absent)
  const own =
    '[autoscaler-can-act] containers[name=web].resources.requests: its autoscaler measures cpu, which is not requested (unless a LimitRange sets it); set cpu'
  await untilSaid(user, unmeasured(), own)
  checkWarned(t, await apply(user, unmeasured()), own)
  const lacking =
    '[autoscaler-can-act] spec.metrics: container web requests no cpu, so its use cannot be measured (unless a LimitRange sets it); request it in its target'
  await untilSaid(user, hpa({ maxReplicas: 8 }), lacking)
  const rival =
    '[autoscaler-can-act] spec.scaleTargetRef: HorizontalPodAutoscaler web also drives its target; remove one of them'
  const elsewhere = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' } }
  await user.must(['apply', '-f', '-'], hpa(elsewhere, 'other'))
  checkDenied(t, await apply(user, hpa({}, 'other')), rival)
  checkWarned(t, await apply(user, hpa({}, 'renamed')), rival)
  await user.must(['delete', 'hpa', 'renamed'])
  checkSilent(t, await apply(user, hpa({ maxReplicas: 12 })), 'drives it')
}

/** As the autoscaler does it: by the scale subresource. */
function scaleTo(user: NamespaceUser, count: number): Promise<Finished> {
  return user.must(['scale', 'deployment', 'web', `--replicas=${count}`])
}

async function checkClientSide(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'client-side', enforce)
  await user.must(['apply', '-f', '-'], web(3))
  await user.must(['apply', '-f', '-'], hpa())
  const text = `${undone} remove it, from the last-applied annotation first`
  await untilSaid(user, web(3, { note: 'a' }), text)
  await scaleTo(user, 5)
  checkWarned(t, await apply(user, web(3)), text)
  t.equal(await replicasOf(user), 3, 'that is what it does')
  await scaleTo(user, 5)
  checkWarned(t, await user.must(['annotate', 'deployment', 'web', 'note=seen']), text)
  await user.must(['apply', 'set-last-applied', '-f', '-'], web())
  checkSilent(t, await apply(user, web()), 'autoscaler-owns-replicas')
  t.equal(await replicasOf(user), 5, 'the number stays, as the page says')
  const hasty = await userIn(cluster, 'hasty', enforce)
  await hasty.must(['apply', '-f', '-'], web(3))
  await hasty.must(['apply', '-f', '-'], web())
  t.equal(await replicasOf(hasty), 1, 'without the step it falls to the default')
}

async function checkServerSide(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'server-side', enforce)
  await user.must(['apply', '--server-side', '-f', '-'], web(4))
  await user.must(['apply', '-f', '-'], hpa())
  const text = `${undone} hand it over to the autoscaler, then remove it`
  checkWarned(t, await seen(user, text), text)
  const handover = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 4 } }
  const flags = ['apply', '--server-side', '--field-manager=handover-to-hpa', '--validate=false', '-f', '-']
  await user.must(flags, handover)
  await user.must(['apply', '--server-side', '-f', '-'], web())
  t.equal(await replicasOf(user), 4, 'the number stays, as the page says')
  await scaleTo(user, 6)
  checkSilent(t, await apply(user, web(undefined, { note: 'a' }), '--server-side'), 'autoscaler-owns-replicas')
  t.equal(await replicasOf(user), 6)
}

/** Applies until the webhook has seen the autoscaler: a dry run of a server-side apply says nothing of its own. */
async function seen(user: NamespaceUser, text: string): Promise<Finished> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const result = await apply(user, web(4, { attempt: String(attempt) }), '--server-side')
    if (result.stderr.includes(text) || result.code !== 0) return result
  }
  throw new Error(`never said: ${text}`)
}

async function checkOrder(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'order', critical)
  const created = await apply(user, web())
  t.equal(created.code, 0, 'a number that is left out may be an autoscaler’s that comes later')
  t.match(created.stderr, /Warning: deployment\/\S+: \[min-replicas\] spec\.replicas: runs 1 replica/)
  checkSilent(t, await apply(user, hpa()), 'autoscaler-floor')
  await untilSaid(user, web(1), undone)
  checkSilent(t, await apply(user, web()), 'min-replicas')
}
