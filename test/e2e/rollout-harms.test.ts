import tap, { type Test } from 'tap'
import type { Policy } from '../../src/engine/policy.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { autoscalerCanAct } from '../../src/policies/autoscaler-can-act.ts'
import { fastFailover } from '../../src/policies/fast-failover.ts'
import { rolloutCanFinish } from '../../src/policies/rollout-can-finish.ts'
import { rolloutWaits } from '../../src/policies/rollout-waits.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { bareDeployment, type Deployment } from '../support/cluster-objects.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { factsAround } from '../support/inventory.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import { admitOf, type JsonMap, mutated, rulesetOf } from '../support/workloads.ts'

const namespace = 'harms'
const lost = 'node-1'
const external = {
  type: 'External',
  external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '5' } }
}

interface Cluster {
  api: ClusterApi
  user: NamespaceUser
}

interface Pod {
  metadata: { annotations?: Readonly<Record<string, string>>; deletionTimestamp?: string }
  spec: { nodeName?: string; tolerations?: readonly { key?: string; tolerationSeconds?: number }[] }
  status: { phase?: string; conditions?: readonly { type: string; status: string; message?: string }[] }
}

interface Condition {
  type: string
  status: string
  reason: string
}

interface Rolled {
  metadata: { generation: number }
  status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; availableReplicas?: number }
}

const controlPlane = await openControlPlane(tap, { kwok: true })
if (controlPlane !== undefined) {
  const api = openApi(controlPlane)
  tap.teardown(() => api.close())
  await createNodes(controlPlane, 3)
  const cluster = { api, user: await userIn(controlPlane, namespace, {}) }
  await tap.test('a claim that allows one pod keeps the new pod of a rollout waiting', (t) => checkClaim(t, cluster))
  await tap.test('and the second of two pods', (t) => checkTwoPods(t, cluster))
  await tap.test('a release cannot be undone without its history', (t) => checkHistory(t, cluster))
  await tap.test('an autoscaler whose metric nothing serves does not act', (t) => checkUnserved(t, cluster))
  // Last: no node has a kubelet after it.
  await tap.test('a lost node keeps its pods for as long as they tolerate it', (t) => {
    return checkLostNode(t, cluster, controlPlane)
  })
}

/** A volume that any node can use, and a claim that is bound to it. */
async function bindClaim({ api, user }: Cluster, name: string, accessMode: string): Promise<JsonMap> {
  const capacity = { storage: '1Gi' }
  const metadata = { name }
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: [accessMode], storageClassName: '', volumeName: name, resources: { requests: capacity } }
  }
  const csi = { driver: 'csi.example', volumeHandle: name }
  const spec = { capacity, accessModes: [accessMode], csi, storageClassName: '', claimRef: { name, namespace } }
  await api.must('POST', '/api/v1/persistentvolumes', { apiVersion: 'v1', kind: 'PersistentVolume', metadata, spec })
  await user.must(['create', '-f', '-'], claim)
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`
  await waitFor({ what: `claim ${name} to be bound`, seconds: 60 }, async () => {
    const { status } = (await api.must('GET', path)) as { status: { phase?: string } }
    return status.phase === 'Bound' ? true : undefined
  })
  return claim
}

function mounting(name: string, spec: object): ReturnType<typeof bareDeployment> {
  const bare = bareDeployment(name, {}, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] })
  return { ...bare, spec: { ...bare.spec, ...spec } }
}

/** What a policy says of an object beside others, as far as that is certain: the fixes. */
function fixesOf(policy: Policy, object: object, around: readonly JsonMap[] = []): string[] {
  const subject = subjectFrom({ ...object, metadata: { name: 'web', namespace } })
  const facts = factsAround(subject, around)
  const context = { facts, ruleset: rulesetOf({ policies: [policy] }), exemptions: { reasons: new Map(), remarks: [] } }
  return evaluate(subject, context).findings.flatMap(({ certainty, fix }) =>
    certainty.kind === 'certain' ? [fix] : []
  )
}

async function podsOf({ api }: Cluster, name: string): Promise<readonly Pod[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`
  return ((await api.must('GET', path)) as { items: readonly Pod[] }).items
}

function isRunning({ status }: Pod): boolean {
  return status.phase === 'Running'
}

/** Why the scheduler has refused a pod. */
function refusalOf({ status: { conditions = [] } }: Pod): string | undefined {
  return conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message
}

/** Until the scheduler has tried all the pods; the refusals. */
async function refusals(cluster: Cluster, name: string, count: number): Promise<string[]> {
  return waitFor({ what: `${count} pods of ${name} to be tried`, seconds: 60 }, async () => {
    const pods = await podsOf(cluster, name)
    const refused = pods.flatMap((pod) => refusalOf(pod) ?? [])
    return pods.filter(isRunning).length + refused.length === count ? refused : undefined
  })
}

async function untilRolled({ api }: Cluster, name: string): Promise<void> {
  await waitFor({ what: `${name} to be rolled out`, seconds: 60 }, async () => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
    const { metadata, status } = (await api.must('GET', path)) as Rolled
    const { observedGeneration, replicas = 0, updatedReplicas, availableReplicas } = status
    const isDone = replicas > 0 && updatedReplicas === replicas && availableReplicas === replicas
    return isDone && observedGeneration === metadata.generation ? true : undefined
  })
}

async function release({ user }: Cluster, name: string, version: string): Promise<void> {
  const patch = { spec: { template: { metadata: { annotations: { version } } } } }
  await user.must(['patch', 'deployment', name, '--patch', JSON.stringify(patch)])
}

async function checkClaim(t: Test, cluster: Cluster): Promise<void> {
  const name = 'one-pod'
  const claim = await bindClaim(cluster, name, 'ReadWriteOncePod')
  const object = mounting(name, { replicas: 1 })
  t.strictSame(fixesOf(rolloutCanFinish, object, [claim]), ['use Recreate'], 'as it is foreseen')
  await cluster.user.must(['create', '-f', '-'], object)
  await untilRolled(cluster, name)
  await release(cluster, name, '2')
  const [why = ''] = await refusals(cluster, name, 2)
  t.match(why, 'ReadWriteOncePod', 'the new pod waits for the old one, which waits for the new one')
  const strategy = { type: 'Recreate', rollingUpdate: null }
  t.strictSame(fixesOf(rolloutCanFinish, mounting(name, { replicas: 1, strategy }), [claim]), [])
  await cluster.user.must(['patch', 'deployment', name, '--patch', JSON.stringify({ spec: { strategy } })])
  await untilRolled(cluster, name)
  await cluster.user.must(['delete', 'deployment', name])
}

async function checkTwoPods(t: Test, cluster: Cluster): Promise<void> {
  const claims = { 'two-pods': 'ReadWriteOncePod', 'many-pods': 'ReadWriteMany' }
  for (const [name, mode] of Object.entries(claims)) {
    const claim = await bindClaim(cluster, name, mode)
    const object = mounting(name, { replicas: 2 })
    const isStuck = mode === 'ReadWriteOncePod'
    t.strictSame(fixesOf(rolloutCanFinish, object, [claim]), isStuck ? ['use a ReadWriteMany claim'] : [], mode)
    await cluster.user.must(['create', '-f', '-'], object)
    const refused = await refusals(cluster, name, 2)
    t.equal(refused.length, isStuck ? 1 : 0, `of two pods with a ${mode} claim, so many never run`)
    await cluster.user.must(['delete', 'deployment', name])
  }
}

async function checkHistory(t: Test, cluster: Cluster): Promise<void> {
  const { api, user } = cluster
  for (const limit of [0, 2]) {
    const name = `keeps-${limit}`
    const bare = bareDeployment(name)
    const object = { ...bare, spec: { ...bare.spec, revisionHistoryLimit: limit } }
    const foreseen = limit === 0 ? ['leave it out, or set it to 2 or more'] : []
    t.strictSame(fixesOf(rolloutWaits, object), foreseen, `of ${limit} revisions`)
    await user.must(['create', '-f', '-'], object)
    await untilRolled(cluster, name)
    await release(cluster, name, 'broken')
    await untilRolled(cluster, name)
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3D${name}`
    await waitFor(
      { what: `the old revision of ${name} to be ${limit === 0 ? 'gone' : 'kept'}`, seconds: 60 },
      async () => {
        const { items } = (await api.must('GET', path)) as { items: readonly unknown[] }
        return items.length === (limit === 0 ? 1 : 2) ? true : undefined
      }
    )
    const undone = await user.kubectl(['rollout', 'undo', `deployment/${name}`])
    if (limit === 0) t.match(undone.stderr, 'no rollout history found', 'kubectl has nothing to go back to')
    else t.equal(undone.code, 0, undone.stderr)
    if (limit > 0) await untilRolled(cluster, name)
    const [pod] = await podsOf(cluster, name)
    t.equal(pod?.metadata.annotations?.['version'], limit === 0 ? 'broken' : undefined, 'what runs afterwards')
    await user.must(['delete', 'deployment', name])
  }
}

/** The controller looks every 15 s. */
async function checkUnserved(t: Test, { api, user }: Cluster): Promise<void> {
  const bare = bareDeployment('measured')
  const target = { ...bare, metadata: { ...bare.metadata, namespace } }
  await user.must(['create', '-f', '-'], target)
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'measured' }
  const hpa = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'measured', namespace },
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5, metrics: [external] }
  }
  const served = (await api.must('GET', '/apis/apiregistration.k8s.io/v1/apiservices')) as { items: JsonMap[] }
  const services = served.items.map((one) => ({ ...one, kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1' }))
  const facts = factsAround(subjectFrom(hpa), [target, ...services])
  const context = {
    facts,
    ruleset: rulesetOf({ policies: [autoscalerCanAct] }),
    exemptions: { reasons: new Map(), remarks: [] }
  }
  t.match(evaluate(subjectFrom(hpa), context).findings, [
    { field: 'spec.metrics[0]', problem: 'nothing serves external.metrics.k8s.io, so it never scales' }
  ])
  await user.must(['create', '-f', '-'], hpa)
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/measured`
  const active = await waitFor({ what: 'the autoscaler to be tried', seconds: 60 }, async () => {
    const { status } = (await api.must('GET', path)) as { status: { conditions?: readonly Condition[] } }
    return status.conditions?.find(({ type }) => type === 'ScalingActive')
  })
  t.match(active, { status: 'False', reason: 'FailedGetExternalMetric' })
}

/** A pod that goes to the node which will be lost, as long as it is there. */
function drawn(name: string): Deployment {
  const preference = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [lost] }] }
  const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] }
  const bare = bareDeployment(name, {}, { affinity: { nodeAffinity } })
  return { ...bare, spec: { ...bare.spec, replicas: 1 } }
}

/** As Holdfast repairs it where it is to inject tolerations. */
function repaired(deployment: Deployment): object {
  const override = { severity: 'advised', parameters: { inject: 'on', seconds: 30 } } as const
  const overrides = { policies: new Map([[fastFailover.id, override]]), common: {} }
  return mutated(admitOf({ policies: [fastFailover], overrides }), { object: deployment }) as object
}

/** Kwok is the kubelet of every node. Once it is gone, the others are kept alive by their leases. */
async function checkLostNode(t: Test, cluster: Cluster, plane: ControlPlane): Promise<void> {
  const { api, user } = cluster
  await user.must(['create', '-f', '-'], drawn('slow'))
  await user.must(['create', '-f', '-'], repaired(drawn('fast')))
  for (const name of ['slow', 'fast']) {
    await waitFor({ what: `${name} to run on ${lost}`, seconds: 60 }, async () => {
      const [pod] = await podsOf(cluster, name)
      return pod !== undefined && isRunning(pod) && pod.spec.nodeName === lost ? true : undefined
    })
  }
  await plane.component('kwok').stop()
  const began = Date.now()
  const replaced = { what: 'the repaired pod to be replaced', seconds: 180, everyMilliseconds: 2000 }
  const elsewhere = await waitFor(replaced, async () => {
    for (const node of ['node-2', 'node-3']) await renewLease(api, node)
    const pods = await podsOf(cluster, 'fast')
    const isLeaving = pods.some(
      ({ metadata, spec }) => metadata.deletionTimestamp !== undefined && spec.nodeName === lost
    )
    return isLeaving
      ? pods.find(({ metadata, spec }) => metadata.deletionTimestamp === undefined && spec.nodeName)?.spec.nodeName
      : undefined
  })
  t.not(elsewhere, lost, 'another node gets the new pod')
  t.comment(`replaced after ${Math.round((Date.now() - began) / 1000)} s`)
  const [slow, ...others] = await podsOf(cluster, 'slow')
  t.strictSame(
    [slow?.spec.nodeName, slow?.metadata.deletionTimestamp, others],
    [lost, undefined, []],
    'the other one stays'
  )
  const unreachable = slow?.spec.tolerations?.find(({ key }) => key === 'node.kubernetes.io/unreachable')
  t.equal(unreachable?.tolerationSeconds, 300, 'for as long as the API server has filled in')
}

async function renewLease(api: ClusterApi, node: string): Promise<void> {
  const renewTime = new Date().toISOString().replace('Z', '000Z')
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`
  await api.must('PATCH', path, { spec: { renewTime } })
}
