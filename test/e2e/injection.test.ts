import tap, { type Test } from 'tap'
import type { ControlPlane } from '../support/control-plane.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { bareDeployment, type Container, type Deployment } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'

const optIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }
const injectedKey = 'holdfast.dev/injected'
const routes = ['url', 'service'] as const

const controlPlane = await openControlPlane(tap, { scheduler: false })
if (controlPlane !== undefined) {
  await createNodes(controlPlane)
  for (const via of routes) {
    await tap.test(`the webhook, called by ${via}, injects what a bare Deployment lacks`, async (t) => {
      await openWebhook(t, controlPlane, { via })
      await checkInjection(t, await userIn(controlPlane, `bare-${via}`, optIn))
    })
  }
  await tap.test('what was injected', async (t) => {
    await openWebhook(t, controlPlane)
    await t.test('kubectl apply again rolls nothing out', (test) => checkApply(test, controlPlane))
    await t.test('kubectl apply --server-side again rolls nothing out', (test) => checkServerSide(test, controlPlane))
    await t.test('kubectl replace gets the same again', (test) => checkReplace(test, controlPlane))
    await t.test('opting in restarts nothing that runs', (test) => checkOptIn(test, controlPlane))
    await t.test("gives way to the user's own handlers", (test) => checkOwnHandlers(test, controlPlane))
    await t.test('leaves a written grace period', (test) => checkWrittenGrace(test, controlPlane))
    await t.test('never pulls pods off a claim of one node', (test) => checkClaims(test, controlPlane))
    await t.test('stands beside anti-affinity that does nothing', (test) => checkIdle(test, controlPlane))
    await t.test('shows in a dry run', (test) => checkDryRun(test, controlPlane))
  })
}

async function checkInjection(t: Test, user: NamespaceUser): Promise<void> {
  await user.must(['apply', '-f', '-'], bareDeployment('web'))
  const { metadata, spec } = await user.deployment('web')
  const pod = spec.template.spec
  t.match(pod.containers[0].readinessProbe, { tcpSocket: { port: 8080 } }, 'a readiness probe on the one port')
  t.equal(Reflect.get(Object(Reflect.get(Object(pod.containers[0].readinessProbe), 'tcpSocket')), 'host'), undefined)
  t.match(pod.containers[0].lifecycle, { preStop: { sleep: { seconds: Number } } }, 'a preStop sleep')
  t.strictSame(Object.keys(pod.containers[0].lifecycle ?? {}), ['preStop'], 'no other hook')
  t.equal(pod.terminationGracePeriodSeconds, 35, 'the sleep takes nothing from the default grace period')
  t.strictSame(
    pod.topologySpreadConstraints?.toSorted((one, other) => keyOf(one).localeCompare(keyOf(other))),
    ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
      labelSelector: { matchLabels: { app: 'web' } },
      matchLabelKeys: ['pod-template-hash'],
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway'
    })),
    'a soft spread over nodes and zones, of its own pods, one revision at a time'
  )
  t.type(metadata.annotations?.[injectedKey], 'string', 'the Deployment says what was injected')
  t.notHas(
    spec.template.metadata.annotations ?? {},
    { [injectedKey]: String },
    'its pods do not: that would restart them'
  )
}

function keyOf(constraint: object): string {
  return String(Reflect.get(constraint, 'topologyKey'))
}

interface Seen {
  readonly before: Deployment
  readonly after: Deployment
}

/**
 * That a step left the spec as it was, and the Deployment with the one ReplicaSet that it had. The generation is for the caller
 * to compare: a Deployment's counts its annotations too, and with them what kubectl replace and annotate do.
 */
async function checkNoRollout(t: Test, user: NamespaceUser, step: () => Promise<unknown>): Promise<Seen> {
  const [before, replicaSets] = [await user.deployment('web'), await user.replicaSets('web')]
  t.equal(replicaSets.length, 1, 'it starts with one ReplicaSet')
  await step()
  const after = await user.deployment('web')
  t.strictSame(after.spec, before.spec, 'the spec is as it was')
  t.strictSame(await user.replicaSets('web'), replicaSets, 'it has the ReplicaSet that it had')
  return { before, after }
}

async function checkApply(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'apply', optIn)
  await user.must(['apply', '-f', '-'], bareDeployment('web'))
  const { before, after } = await checkNoRollout(t, user, async () => {
    const { stdout } = await user.must(['apply', '-f', '-'], bareDeployment('web'))
    t.match(stdout, 'deployment.apps/web unchanged')
    const difference = await user.kubectl(['diff', '-f', '-'], bareDeployment('web'))
    t.strictSame([difference.code, difference.stdout], [0, ''], 'kubectl diff sees nothing to do')
  })
  t.equal(after.metadata.generation, before.metadata.generation, 'the generation is as it was')
}

async function checkServerSide(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'server-side', optIn)
  const apply = (): Promise<unknown> => user.must(['apply', '--server-side', '-f', '-'], bareDeployment('web'))
  await apply()
  const { before, after } = await checkNoRollout(t, user, apply)
  t.equal(after.metadata.generation, before.metadata.generation, 'the generation is as it was')
  t.ok(after.spec.template.spec.containers[0].readinessProbe, 'what was injected stays')
}

async function checkReplace(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'replace', optIn)
  await user.create(bareDeployment('web'))
  const { after } = await checkNoRollout(t, user, () => user.must(['replace', '-f', '-'], bareDeployment('web')))
  t.ok(after.spec.template.spec.containers[0].readinessProbe, 'what was injected stays')
  t.type(after.metadata.annotations?.[injectedKey], 'string', 'the record of it is there again')
}

async function checkOptIn(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'opt-in', {})
  await user.create(bareDeployment('web'))
  const { after } = await checkNoRollout(t, user, async () => {
    await user.label(optIn, injectedKey)
    await user.must(['annotate', 'deployment', 'web', 'example.test/team=a'])
    await user.must(['label', 'deployment', 'web', 'team=a'])
    await user.must(['scale', 'deployment', 'web', '--replicas=2'])
  })
  t.notOk(after.spec.template.spec.containers[0].readinessProbe, 'nothing was injected')
  await user.must(['set', 'image', 'deployment/web', 'web=registry.example/nginx:1.30'])
  const changed = await user.deployment('web')
  t.ok(changed.spec.template.spec.containers[0].readinessProbe, "the user's own next rollout brings it")
}

async function checkOwnHandlers(t: Test, cluster: ControlPlane): Promise<void> {
  const own = {
    readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
    lifecycle: { preStop: { exec: { command: ['/bin/drain'] } } }
  }
  for (const how of [['apply'], ['apply', '--server-side']] as const) {
    const user = await userIn(cluster, how.length === 1 ? 'own-handlers' : 'own-handlers-server-side', optIn)
    await user.must([...how, '-f', '-'], bareDeployment('web'))
    const result = await user.kubectl([...how, '-f', '-'], bareDeployment('web', own))
    t.equal(result.code, 0, `kubectl ${how.join(' ')}: ${result.stderr}`)
    const [container] = (await user.deployment('web')).spec.template.spec.containers
    t.match(container.readinessProbe, own.readinessProbe)
    t.notHas(container.readinessProbe, { tcpSocket: {} }, 'the injected probe is gone')
    t.strictSame(container.lifecycle, own.lifecycle, 'so is the injected sleep')
  }
}

/** A grace period that was written, or may have been, stays; the sleep takes half of it at most. */
async function checkWrittenGrace(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'written-grace', optIn)
  const ask = async (verb: string, pod: object) => {
    const args = [verb, '--dry-run=server', '--output=json', '-f', '-']
    const { stdout, stderr } = await user.must(args, bareDeployment('web', {}, pod))
    const { terminationGracePeriodSeconds, containers } = (JSON.parse(stdout) as Deployment).spec.template.spec
    return { grace: terminationGracePeriodSeconds, hook: containers[0].lifecycle?.preStop, stderr }
  }
  t.match(await ask('create', {}), { grace: 30, hook: { sleep: { seconds: 5 } } }, 'nothing shows who wrote it')
  t.match(await ask('apply', { terminationGracePeriodSeconds: 30 }), { grace: 30, hook: { sleep: { seconds: 5 } } })
  const short = await ask('apply', { terminationGracePeriodSeconds: 8 })
  t.match(short, { grace: 8, hook: { sleep: { seconds: 3 } } })
  t.match(
    short.stderr,
    'Warning: deployment/web: [pre-stop-sleep] terminationGracePeriodSeconds: a grace period of 8 s leaves 5 s to stop after the injected sleep of 3 s; set it to 15 or more'
  )
}

function claim(name: string, mode: string): object {
  const spec = { accessModes: [mode], resources: { requests: { storage: '1Gi' } } }
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec }
}

/** A Deployment whose two pods share a claim. */
function onClaim(claimName: string, container: Partial<Container> = {}): Deployment {
  return bareDeployment('web', container, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] })
}

async function checkClaims(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'claims', optIn)
  await user.create(claim('one-node', 'ReadWriteOnce'))
  await user.create(claim('many-nodes', 'ReadWriteMany'))
  const dryRun = ['create', '--dry-run=server', '--output=json', '-f', '-']
  // The other claim was made before it, and is seen before it.
  await waitFor({ what: 'the claims to be seen', seconds: 20, everyMilliseconds: 200 }, async () => {
    const { stdout } = await user.must(dryRun, onClaim('many-nodes'))
    return stdout.includes('topologySpreadConstraints') ? true : undefined
  })
  for (const container of [{}, { image: 'registry.example/nginx:1.30' }]) {
    const { stderr } = await user.must(['apply', '-f', '-'], onClaim('one-node', container))
    t.match(stderr, '[topology-spread] volumes: claim one-node holds all pods on one node (unless intended);')
    t.notMatch(stderr, 'add a constraint', 'and nobody is asked for one')
    t.notOk((await user.deployment('web')).spec.template.spec.topologySpreadConstraints, 'nothing is spread')
  }
  await user.must(['apply', '-f', '-'], onClaim('many-nodes'))
  t.equal((await user.deployment('web')).spec.template.spec.topologySpreadConstraints?.length, 2)
}

async function checkIdle(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'idle', optIn)
  const labelSelector = { matchLabels: { app: 'web' } }
  const term = { topologyKey: 'example.com/rack', labelSelector }
  const preferred = [{ weight: 100, podAffinityTerm: term }]
  const affinity = { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } }
  await user.create(bareDeployment('web', {}, { affinity }))
  const { spec } = await user.deployment('web')
  t.equal(spec.template.spec.topologySpreadConstraints?.length, 2)
  t.match(spec.template.spec, { affinity }, 'what was written is as it was')
  await user.must(['delete', 'deployment', 'web'])
  const topologySpreadConstraints = [{ ...term, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' }]
  const { stderr } = await user.must(['create', '-f', '-'], bareDeployment('web', {}, { topologySpreadConstraints }))
  t.match(stderr, 'its topology keys do not tell nodes apart', 'a constraint of a person stands, and gets a warning')
  t.equal((await user.deployment('web')).spec.template.spec.topologySpreadConstraints?.length, 1)
}

async function checkDryRun(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'dry-run', optIn)
  const result = await user.must(['apply', '--dry-run=server', '--output=json', '-f', '-'], bareDeployment('web'))
  const shown = JSON.parse(result.stdout) as Deployment
  t.match(shown.spec.template.spec.containers[0], { readinessProbe: { tcpSocket: { port: 8080 } } })
  t.ok(shown.metadata.annotations?.[injectedKey])
  t.equal((await user.must(['get', 'deployments', '--output=name'])).stdout, '', 'nothing was made')
}
