import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { verticalAutoscalerKind } from '../support/custom-kinds.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import type { AuditEvent } from '../support/cluster-audit.ts'
import { asksForCompanions, untilBudgets } from '../support/cluster-companions.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { soundDeployment } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { installWebhooks } from '../support/cluster-registration.ts'
import { controllerUser, webhookUser } from '../support/cluster-rights.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { apply, checkDenied, denied, untilSaid } from '../support/cluster-verdict.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { type Installed, installed } from '../support/installed.ts'

const create = ['create', '-f', '-']
const companion = 'holdfast-deployment-web'
const other = 'holdfast-statefulset-db'
const budget = `/apis/policy/v1/namespaces/rights/poddisruptionbudgets/${companion}`

/** Where rights are limited to a place or a name. */
const placed = new Set(['leases', 'secrets'])
const named = new Set([...placed, 'validatingwebhookconfigurations', 'mutatingwebhookconfigurations'])

interface Role extends Installed {
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

const plane = await openControlPlane(tap, { scheduler: false })
if (plane !== undefined) {
  await tap.test('the rights that we deploy are those that are used', async (t) => {
    const api = openApi(plane)
    t.teardown(() => api.close())
    await createOptionalKinds(plane)
    await t.test('by the controller', (test) => checkController(test, plane, api))
    await t.test('by the webhook', (test) => checkWebhook(test, plane))
  })
  await tap.test('without the right to read claims the webhook serves, and calls them unknown', (t) => {
    return checkWithoutClaims(t, plane)
  })
}

function rulesOf(name: string): Role['rules'] {
  const roles = installed('ClusterRole') as readonly Role[]
  return roles.filter(({ metadata }) => metadata.name === name).flatMap(({ rules }) => rules)
}

/** As `verb group/resource`, with the namespace and the name that a right is limited to. */
function rightsOf(name: string): readonly string[] {
  const roles = installed('ClusterRole', 'Role') as readonly Role[]
  const own = roles.filter(({ metadata }) => metadata.name === name)
  const rights = own.flatMap(({ metadata: { namespace }, rules }) => {
    const within = namespace === undefined ? '' : ` in ${namespace}`
    return rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) => {
      const places = apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}${within}`))
      const limits = (resourceNames ?? ['']).map((one) => (one === '' ? '' : ` named ${one}`))
      return verbs.flatMap((verb) => places.flatMap((place) => limits.map((one) => `${verb} ${place}${one}`)))
    })
  })
  return rights.sort()
}

/**
 * The same of what was asked for. What is made is not limited by name. An apply that makes an object takes the right to create it, too.
 */
function asked({ verb, objectRef = {}, responseStatus }: AuditEvent): readonly string[] {
  const { apiGroup = '', resource = '', subresource, namespace = '', name = '' } = objectRef
  const within = placed.has(resource) ? ` in ${namespace}` : ''
  const place = `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}${within}`
  if (named.has(resource)) return [`${verb} ${place}${verb === 'create' ? '' : ` named ${name}`}`]
  const isMade = verb === 'patch' && responseStatus?.code === 201
  return [`${verb} ${place}`, ...(isMade ? [`create ${place}`] : [])]
}

/** What a user asked the API server for, but for what everybody may: its version. */
function askedBy({ auditLog }: ControlPlane, user: string): readonly AuditEvent[] {
  return auditLog().filter((event) => event.user?.username === user && event.objectRef !== undefined)
}

async function checkUsed(t: Test, cluster: ControlPlane, user: string, role: string): Promise<void> {
  const granted = rightsOf(role)
  let used: readonly string[] = []
  // The audit log tells of a watch when it has begun to answer.
  const all = waitFor({ what: 'all rights to be used', seconds: 30 }, async () => {
    used = [...new Set(askedBy(cluster, user).flatMap(asked))].sort()
    return granted.every((right) => used.includes(right)) ? true : undefined
  })
  await all.catch(() => {})
  t.strictSame(used, granted)
  const refused = askedBy(cluster, user).filter(({ responseStatus }) => responseStatus?.code === 403)
  t.strictSame(refused.flatMap(asked), [], 'nothing was refused')
}

/** All that a controller ever asks for happens here. */
async function checkController(t: Test, cluster: ControlPlane, api: ClusterApi): Promise<void> {
  const user = await userIn(cluster, 'rights', asksForCompanions)
  const first = await openController(t, cluster, { environment: { HOLDFAST_CERTIFICATES_MODE: 'self-managed' } })
  await untilBundled(cluster, first)
  await user.create(podsOwnedBy('Deployment', 'web', 3))
  await user.create(podsOwnedBy('StatefulSet', 'db', 3))
  await untilBudgets(user, [companion, other])
  await untilRead(cluster, user, api)
  const selector = { matchLabels: { app: 'web' } }
  const own = { metadata: { name: 'own' }, spec: { maxUnavailable: 1, selector } }
  await user.create({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', ...own })
  await untilBudgets(user, ['own', other])
  await first.process.stop(10_000)
  // One that begins anew says again why there is none, and so does the one after it.
  for (let time = 0; time < 2; time++) {
    const next = await openController(t, cluster)
    const said = `holdfast_companion_events_total{result="written"}`
    await waitFor({ what: 'the events', seconds: 20 }, async () => ((await next.metric(said)) === 1 ? true : undefined))
    await next.process.stop(10_000)
  }
  await checkUsed(t, cluster, controllerUser.name, 'holdfast-controller')
}

/** The webhook configurations are there only until they have their bundle: nobody answers to them here. */
async function untilBundled(cluster: ControlPlane, { metric }: Controller): Promise<void> {
  await installWebhooks(cluster)
  await waitFor({ what: 'the bundles', seconds: 20 }, async () =>
    (await metric('holdfast_ca_bundle_writes_total')) === 2 ? true : undefined
  )
  await cluster.kubectl(['delete', 'validatingwebhookconfiguration,mutatingwebhookconfiguration', 'holdfast'])
}

/** A companion that keeps changing has to be read again before it can be removed. Once it was, it is left alone: removing it takes a pause. */
async function untilRead(cluster: ControlPlane, user: NamespaceUser, api: ClusterApi): Promise<void> {
  const over = new AbortController()
  const isRead = () =>
    askedBy(cluster, controllerUser.name).some(({ verb, requestURI }) => verb === 'get' && requestURI === budget)
  const changing = (async () => {
    for (let count = 1; !over.signal.aborted; count++) {
      await api.send('PATCH', budget, { metadata: { annotations: { 'example.test/count': String(count) } } })
      await wait(10)
      if (count % 50 === 0 && isRead()) return
    }
  })()
  try {
    for (let replicas = 1, left = 30; left > 0 && !isRead(); replicas = 4 - replicas, left--) {
      await user.must(['scale', 'deployment', 'web', `--replicas=${replicas}`])
      await untilBudgets(user, [other, ...(replicas === 1 ? [] : [companion])])
    }
  } finally {
    over.abort()
    await changing
  }
  await user.must(['scale', 'deployment', 'web', '--replicas=3'])
  await untilBudgets(user, [companion, other])
}

async function checkWebhook(t: Test, cluster: ControlPlane): Promise<void> {
  await openWebhook(t, cluster)
  await checkUsed(t, cluster, webhookUser.name, 'holdfast-webhook')
  await t.test('and what it follows of KEDA counts', (test) => checkKeda(test, cluster))
}

function scaledObject(name: string, target: string, spec: object = {}, annotations: object = {}): object {
  const metadata = { name, annotations }
  const triggers = [{ type: 'cron', metadata: {} }]
  const whole = { scaleTargetRef: { name: target }, maxReplicaCount: 9, triggers, ...spec }
  return { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec: whole }
}

async function checkKeda(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'keda', {})
  for (const name of ['shop', 'worker']) await user.create(podsOwnedBy('Deployment', name, 3))
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }
  const hpa = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'shop-hpa' } }
  await user.create({ ...hpa, spec: { scaleTargetRef, minReplicas: 3, maxReplicas: 9 } })
  await user.label({ 'holdfast.dev/mode': 'enforce', 'holdfast.dev/profile': 'critical' }, denied)
  const rival =
    '[autoscaler-can-act] spec.scaleTargetRef: HorizontalPodAutoscaler shop-hpa also drives its target; remove one of them'
  const floor = { minReplicaCount: 3 }
  await untilSaid(user, scaledObject('shop', 'shop', floor), rival)
  const advanced = { horizontalPodAutoscalerConfig: { name: 'shop-hpa' } }
  const transfer = { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' }
  const taken = await user.must(create, scaledObject('shop', 'shop', { ...floor, advanced }, transfer))
  t.equal(taken.stderr, '', 'KEDA takes over the autoscaler that is there')

  await user.create(scaledObject('worker', 'worker'))
  const half = { minAvailable: '50%', selector: { matchLabels: { app: 'worker' } } }
  const own = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'worker' }, spec: half }
  const blocked =
    "[budget-allows-disruption] spec.minAvailable: minAvailable 50% of 1 pod at the autoscaler's floor rounds up to 1 and blocks every drain; use maxUnavailable: 1 instead"
  await untilSaid(user, own, blocked)
  checkDenied(t, await apply(user, own), blocked)
}

async function checkWithoutClaims(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'no-claims', { 'holdfast.dev/mode': 'enforce' })
  const [rule, ...rules] = rulesOf('holdfast-webhook')
  const resources = rule?.resources.filter((resource) => resource !== 'persistentvolumeclaims')
  await user.must([
    'patch',
    'clusterrole',
    'holdfast-webhook',
    '--patch',
    JSON.stringify({ rules: [{ ...rule, resources }, ...rules] })
  ])
  const mayList = ['auth', 'can-i', 'list', 'persistentvolumeclaims', '--all-namespaces', `--as=${webhookUser.name}`]
  await waitFor({ what: 'the right to be gone', seconds: 20 }, async () => {
    const { stdout } = await cluster.kubectl(mayList)
    return stdout.startsWith('no') ? true : undefined
  })
  const { log } = await openWebhook(t, cluster)
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
  const { spec, ...web } = soundDeployment('web')
  const { topologySpreadConstraints: _, ...pod } = spec.template.spec
  const claiming = { ...web, spec: { ...spec, template: { ...spec.template, spec: { ...pod, volumes } } } }
  t.notMatch((await user.must(['create', '-f', '-'], claiming)).stderr, 'topology-spread')
  const { stderr } = await user.must(['set', 'image', 'deployment/web', 'web=registry.example/nginx:1.30'])
  t.match(stderr, 'all pods may share one node (claims unknown); if its claims allow it, add a constraint')
  const refused = log().match(/"path":"\/api\/v1\/persistentvolumeclaims"/g)
  t.equal(refused?.length, 1, 'the log says it once')
}

/** What KEDA and the vertical pod autoscaler install, so that it can be watched. */
async function createOptionalKinds({ kubectl }: ControlPlane): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const names = { plural: 'scaledobjects', singular: 'scaledobject', kind: 'ScaledObject' }
  const versions = [{ name: 'v1alpha1', served: true, storage: true, schema }]
  const scaledObjectKind = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'scaledobjects.keda.sh' },
    spec: { group: 'keda.sh', scope: 'Namespaced', names, versions }
  }
  for (const input of [scaledObjectKind, verticalAutoscalerKind]) await kubectl(create, { input })
  const { code, stderr } = await kubectl(['wait', 'crd', '--all', '--for=condition=Established'])
  if (code !== 0) throw new Error(stderr)
}
