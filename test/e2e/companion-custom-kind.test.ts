import tap, { type Test } from 'tap'
import { asksForCompanions, budgetsIn, untilBudgets } from '../support/cluster-companions.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { controllerUser } from '../support/cluster-rights.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const create = ['create', '-f', '-']
const environment = {
  HOLDFAST_COMPANION_KINDS: 'Rollout.v1.example.test,Fleet.v1.example.test',
  HOLDFAST_EXCLUDED_NAMESPACES: 'left-out'
}

const plane = await openControlPlane(tap, { scheduler: false })
if (plane !== undefined) await tap.test('a custom kind', (t) => checkRollout(t, plane))

/** A kind with replicas, and the rights that the controller needs for it. */
async function install(user: NamespaceUser): Promise<void> {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const subresources = { scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } }
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, subresources }
  const names = { kind: 'Rollout', singular: 'rollout', plural: 'rollouts' }
  await user.must(create, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rollouts.example.test' },
    spec: { group: 'example.test', scope: 'Namespaced', names, versions: [version] }
  })
  await user.must(['wait', 'crd', 'rollouts.example.test', '--for=condition=Established'])
  await grant(user)
  await user.must([
    'create',
    'clusterrolebinding',
    'rollouts',
    '--clusterrole=rollouts',
    `--user=${controllerUser.name}`
  ])
}

/** Not by `kubectl create clusterrole`, which grants nothing for a kind that is not installed. */
async function grant(user: NamespaceUser): Promise<void> {
  const resources = ['rollouts', 'fleets']
  await user.must(create, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'rollouts' },
    rules: [{ apiGroups: ['example.test'], resources, verbs: ['get', 'list', 'watch'] }]
  })
}

function rollout(name: string) {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'registry.example/a' }] } }
  const spec = { replicas: 3, selector: { matchLabels: labels }, template }
  return { apiVersion: 'example.test/v1', kind: 'Rollout', metadata: { name }, spec }
}

async function checkRollout(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'custom', asksForCompanions)
  await install(user)
  // One of the two kinds is not installed, which keeps nobody waiting.
  const controller = await openController(t, cluster, { environment })
  const excluded = await userIn(cluster, 'left-out', asksForCompanions)
  await excluded.must(create, rollout('web'))
  await user.must(create, rollout('web'))
  await user.must(create, podsOwnedBy('Deployment', 'api', 3))
  const { stdout: uid } = await user.must(['get', 'rollouts', 'web', '--output=jsonpath={.metadata.uid}'])
  const [budget, ...others] = await untilSome(user)
  t.strictSame(others, [], 'none for the Deployment, which is not among the kinds')
  t.strictSame(await budgetsIn(excluded), [], 'none in an excluded namespace, whatever its labels ask for')
  t.match(budget?.metadata.name, /^holdfast-rollout-web-[0-9a-f]{10}$/)
  t.match(budget?.metadata.ownerReferences, [{ apiVersion: 'example.test/v1', kind: 'Rollout', name: 'web', uid }])
  t.match(budget?.spec, { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } })
  await user.must(['scale', 'rollouts', 'web', '--replicas=1'])
  await untilBudgets(user, [])
  await user.must(['scale', 'rollouts', 'web', '--replicas=2'])
  await untilSome(user)
  await checkUnreadable(t, user, controller)
  await user.must(['delete', 'rollouts', 'web', 'later'])
  await untilBudgets(user, [])
  t.pass('it follows the scale, and goes with the object')
}

/** The budget of a workload that cannot be read stays as it was; that of the next one shows that the change was seen. */
async function checkUnreadable(t: Test, user: NamespaceUser, controller: Controller): Promise<void> {
  const before = await budgetsIn(user)
  await user.must(['patch', 'rollouts', 'web', '--type=merge', '--patch={"spec":{"selector":"all"}}'])
  const said = () => controller.process.log().includes('an object of the API server cannot be read')
  await waitFor({ what: 'the log line', seconds: 20 }, async () => (said() ? true : undefined))
  await user.must(create, rollout('later'))
  const after = await waitFor({ what: 'the next budget', seconds: 20 }, async () => {
    const budgets = await budgetsIn(user)
    return budgets.length > before.length ? budgets : undefined
  })
  const uids = new Set(after.map(({ metadata }) => metadata.uid))
  t.strictSame(
    before.filter(({ metadata }) => !uids.has(metadata.uid)),
    [],
    'nothing is taken from a workload that cannot be read'
  )
  await user.must([
    'patch',
    'rollouts',
    'web',
    '--type=merge',
    '--patch={"spec":{"selector":{"matchLabels":{"app":"web"}}}}'
  ])
}

function untilSome(user: NamespaceUser) {
  const hashed = 'holdfast-rollout-web-'
  return waitFor({ what: 'a budget', seconds: 20 }, async () => {
    const budgets = await budgetsIn(user)
    return budgets.some(({ metadata }) => metadata.name.startsWith(hashed)) ? budgets : undefined
  })
}
