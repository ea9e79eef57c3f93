import type { Test } from 'tap'
import { notPinned } from '../../../src/policies/not-pinned.ts'
import { resourceRequests } from '../../../src/policies/resource-requests.ts'
import { evict } from '../../support/cluster-evict.ts'
import { bareDeployment } from '../../support/cluster-objects.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import { create, isRunning, isStaying, type Place, podsOf, refusalOf, refusals, said, withSpec } from './place.ts'

/** Only pods of these tests go to these nodes. */
const pool = 'example.com/pool'

/**
 * Creates nodes, and waits until nothing but their own taint keeps pods away: until then the scheduler refuses whatever it tries.
 */
async function createPool(place: Place, name: string, nodes: readonly string[], status: object = {}): Promise<void> {
  for (const node of nodes) {
    const labels = { 'kubernetes.io/hostname': node, [pool]: name }
    const taints = [{ key: pool, value: name, effect: 'NoSchedule' }]
    await create(place, { apiVersion: 'v1', kind: 'Node', metadata: { name: node, labels }, spec: { taints }, status })
  }
  for (const node of nodes) {
    await waitFor({ what: `${node} to be ready`, seconds: 60, everyMilliseconds: 100 }, async () => {
      const { spec, status: seen } = (await place.api.must('GET', `/api/v1/nodes/${node}`)) as PoolNode
      const isReady = seen.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true
      return isReady && spec.taints?.length === 1 ? true : undefined
    })
  }
}

interface PoolNode {
  spec: { taints?: readonly object[] }
  status: { conditions?: readonly { type: string; status: string }[] }
}

function inPool(place: string): { nodeSelector: Record<string, string>; tolerations: object[] } {
  return { nodeSelector: { [pool]: place }, tolerations: [{ key: pool, operator: 'Exists' }] }
}

/** Two nodes of one CPU each, and three pods that use 0.6 of one. */
export async function checkRequests(t: Test, place: Place): Promise<void> {
  const amounts = { cpu: '1', memory: '1Gi', pods: '20' }
  await createPool(place, 'small', ['small-1', 'small-2'], { allocatable: amounts, capacity: amounts })
  const blind = withSpec(bareDeployment('blind', {}, inPool('small')), { replicas: 3 })
  const resources = { requests: { cpu: '600m', memory: '16Mi' } }
  const stated = withSpec(bareDeployment('stated', { resources }, inPool('small')), { replicas: 3 })
  const says =
    '[resource-requests] spec.template.spec.containers[name=web].resources.requests: requests no cpu and no memory; request both'
  t.strictSame(said(resourceRequests, blind), [says])
  t.strictSame(said(resourceRequests, stated), [])
  await create(place, blind, stated)
  t.strictSame(await refusals(place, 'blind', 3), [], 'two of them share a CPU of which each uses 0.6')
  const [why = '', ...others] = await refusals(place, 'stated', 3)
  t.strictSame(others, [])
  t.match(why, 'Insufficient cpu', 'the third one waits for a node that has room')
  const classes = async (name: string) => (await podsOf(place, name)).map(({ status }) => status.qosClass)
  t.strictSame([...new Set(await classes('blind'))], ['BestEffort'], 'which is what a node evicts first')
  t.strictSame([...new Set(await classes('stated'))], ['Burstable'])
}

/** Two nodes, of which one is drained. */
export async function checkPinned(t: Test, place: Place): Promise<void> {
  await createPool(place, 'pair', ['old', 'new'])
  const { nodeSelector, tolerations } = inPool('pair')
  const anywhere = { nodeSelector, tolerations, affinity: preferring('old') }
  const pods = {
    pinned: { ...anywhere, nodeSelector: { ...nodeSelector, 'kubernetes.io/hostname': 'old' } },
    bound: { ...anywhere, nodeName: 'old' },
    free: anywhere
  }
  const at = '[not-pinned] spec.template.spec'
  const says = {
    pinned: [`${at}.nodeSelector: only one node can run the pods; select nodes by a label that several have`],
    bound: [`${at}.nodeName: bypasses the scheduler, so the pods stop with that node; leave it out`],
    free: []
  }
  const names = ['pinned', 'bound', 'free'] as const
  for (const name of names) {
    const object = withSpec(bareDeployment(name, {}, pods[name]), { replicas: 1 })
    t.strictSame(said(notPinned, object), says[name], name)
    await create(place, object)
    t.equal(await nodeOf(place, name), 'old')
  }
  await place.user.must(['cordon', 'old'])
  for (const name of names) {
    for (const { metadata } of await podsOf(place, name)) await evict(place.api, place.namespace, metadata.name)
  }
  t.equal(await nodeOf(place, 'free'), 'new', 'a pod that is free goes to another node')
  t.equal(await nodeOf(place, 'bound'), 'old', 'one that is bound comes back to the node, which never gets empty')
  t.match(await nodeOf(place, 'pinned'), 'unschedulable', 'one that is pinned waits')
}

function preferring(node: string): object {
  const preference = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }
  return { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] } }
}

/** Where the only pod of a Deployment runs, or why it has no place. */
async function nodeOf(place: Place, name: string): Promise<string> {
  return waitFor({ what: `the pod of ${name} to be placed`, seconds: 60 }, async () => {
    const [pod, ...others] = (await podsOf(place, name)).filter(isStaying)
    if (pod === undefined || others.length > 0) return undefined
    return isRunning(pod) ? pod.spec.nodeName : refusalOf(pod)
  })
}
