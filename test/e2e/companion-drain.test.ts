import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { asksForCompanions, untilBudgets } from '../support/cluster-companions.ts'
import { openController } from '../support/cluster-controller.ts'
import { evict } from '../support/cluster-evict.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const create = ['create', '-f', '-']
const name = 'holdfast-deployment-web'
/** One write per second leaves most of these to be made. */
const crowd = 200
const slowly = { HOLDFAST_COMPANION_WRITES_PER_SECOND: '1', HOLDFAST_COMPANION_WRITES_BURST: '20' }

interface Scene {
  readonly plane: ControlPlane
  readonly api: ClusterApi
}

const plane = await openControlPlane(tap, { kwok: true })
if (plane !== undefined) {
  const api = openApi(plane)
  tap.teardown(() => api.close())
  const nodes = await createNodes(plane)
  const scene = { plane, api }
  await tap.test('a controller that keeps up', async (t) => {
    await openController(t, plane)
    await t.test('every node can be drained in turn', (test) => checkDrain(test, scene, nodes))
    await t.test('it makes way for another budget', (test) => checkForeign(test, scene, 'foreign'))
  })
  await tap.test('a controller with much to do', async (t) => {
    await openController(t, plane, { environment: slowly })
    await t.test('it makes way all the same', (test) => checkForeign(test, scene, 'busy', crowd))
  })
}

async function running({ plane: cluster }: Scene, namespace: string): Promise<NamespaceUser> {
  const user = await userIn(cluster, namespace, asksForCompanions)
  await user.must(create, podsOwnedBy('Deployment', 'web', 3))
  await user.must(['rollout', 'status', 'deployment', 'web', '--timeout=60s'])
  await untilBudgets(user, [name])
  return user
}

async function checkDrain(t: Test, scene: Scene, nodes: readonly string[]): Promise<void> {
  await running(scene, 'drained')
  for (const node of nodes) {
    const began = performance.now()
    const drain = ['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s']
    const { code, stderr } = await scene.plane.kubectl(drain)
    t.equal(code, 0, `${node}: ${stderr}`)
    t.comment(`${node} drained in ${((performance.now() - began) / 1000).toFixed(1)} s`)
    await scene.plane.kubectl(['uncordon', node])
  }
}

/** What dry runs of an eviction answered while `during` ran, each with the time of the answer. */
async function evictionsDuring(
  { api }: Scene,
  { namespace }: NamespaceUser,
  pod: string,
  during: () => Promise<void>
): Promise<readonly { status: number; at: number }[]> {
  const answers: { status: number; at: number }[] = []
  const over = new AbortController()
  const done = during().finally(() => over.abort())
  while (!over.signal.aborted) {
    const { status } = await evict(api, namespace, pod, { dryRun: ['All'] })
    answers.push({ status, at: Date.now() })
  }
  await done
  return answers
}

/** When a write of a budget was done, by the audit log. */
function writtenAt({ plane: cluster }: Scene, verb: string, namespace: string, budget: string): number {
  const found = cluster.auditLog().findLast(({ verb: done, objectRef, responseStatus }) => {
    const isThis = objectRef?.namespace === namespace && objectRef.name === budget && done === verb
    return isThis && objectRef.resource === 'poddisruptionbudgets' && (responseStatus?.code ?? 500) < 300
  })
  if (found === undefined) throw new Error(`${verb} of ${budget} is not in the audit log`)
  return Date.parse(found.stageTimestamp)
}

/** Deployments that make no pods: what is to be made for them is all that matters. */
async function fill(user: NamespaceUser, count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => {
    const deployment = podsOwnedBy('Deployment', `crowd-${index}`, 2) as { spec: object }
    return { ...deployment, spec: { ...deployment.spec, paused: true } }
  })
  await user.must(create, { apiVersion: 'v1', kind: 'List', items })
}

async function checkForeign(t: Test, scene: Scene, namespace: string, others = 0): Promise<void> {
  const user = await running(scene, namespace)
  if (others > 0) await fill(user, others)
  const { stdout: pod } = await user.must(['get', 'pods', '--output=jsonpath={.items[0].metadata.name}'])
  const selector = { matchLabels: { app: 'web' } }
  const foreign = { kind: 'PodDisruptionBudget', metadata: { name: 'own' }, spec: { maxUnavailable: 1, selector } }
  const answers = await evictionsDuring(scene, user, pod, async () => {
    await user.must(create, { apiVersion: 'policy/v1', ...foreign })
    await waitFor({ what: 'the companion to make way', seconds: 20 }, async () =>
      (await user.kubectl(['get', 'poddisruptionbudget', name])).code === 0 ? undefined : true
    )
    await new Promise((resolve) => setTimeout(resolve, 1000))
  })
  const gone = writtenAt(scene, 'delete', namespace, name)
  const failures = answers.filter(({ status }) => status === 500)
  t.comment(`${gone - writtenAt(scene, 'create', namespace, 'own')} ms with two budgets, by the audit log`)
  t.comment(`${failures.length} of ${answers.length} evictions asked for meanwhile failed`)
  t.strictSame(
    failures.filter(({ at }) => at > gone + 200),
    [],
    'none fails once it is gone'
  )
  t.ok(
    answers.some(({ status, at }) => status === 201 && at > gone),
    'and they are granted again'
  )
  if (others > 0) t.ok((await budgetCount(user)) < others, 'though many were still to be made')
  await user.must(['delete', 'poddisruptionbudget', 'own'])
  if (others === 0) await untilBudgets(user, [name])
}

async function budgetCount(user: NamespaceUser): Promise<number> {
  const { stdout } = await user.must(['get', 'poddisruptionbudgets', '--output=name'])
  return stdout.split('\n').length
}
