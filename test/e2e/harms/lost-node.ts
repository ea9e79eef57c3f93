import type { Test } from 'tap'
import { fastFailover } from '../../../src/policies/fast-failover.ts'
import { leavesDrainedNode } from '../../../src/policies/leaves-drained-node.ts'
import type { ClusterApi } from '../../support/cluster-api.ts'
import { bareDeployment } from '../../support/cluster-objects.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import type { ControlPlane } from '../../support/control-plane.ts'
import { admitOf, mutated } from '../../support/workloads.ts'
import { create, isRunning, isStaying, type Place, podsOf, said, withSpec } from './place.ts'

const lost = 'node-1'
const others = ['node-2', 'node-3']
const forAMoment = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }
const forEver = { operator: 'Exists', effect: 'NoExecute' }

/** A pod that goes to the node which will be lost, as long as it is there. */
function drawn(name: string, tolerations: readonly object[] = []): object {
  const preference = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [lost] }] }
  const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] }
  const pod = { affinity: { nodeAffinity }, ...(tolerations.length > 0 && { tolerations }) }
  return withSpec(bareDeployment(name, {}, pod), { replicas: 1 })
}

/** As Holdfast repairs it where it is to inject tolerations. */
function repaired(deployment: object): object {
  const override = { severity: 'advised', parameters: { inject: 'on', seconds: 30 } } as const
  const overrides = { policies: new Map([[fastFailover.id, override]]), common: {} }
  return mutated(admitOf({ policies: [fastFailover], overrides }), { object: deployment }) as object
}

const slow = drawn('slow')
const fast = repaired(drawn('fast'))
const kept = drawn('kept', [forEver])
const spared = drawn('spared', [forAMoment])

function checkSaid(t: Test): void {
  const critical = { profile: 'critical' } as const
  const late = '[fast-failover] spec.template.spec.tolerations: '
  t.match(said(fastFailover, slow, [], critical), [late])
  t.strictSame(said(fastFailover, fast, [], critical), [])
  t.strictSame(said(fastFailover, spared, [], critical), [])
  const ever =
    '[leaves-drained-node] spec.template.spec.tolerations[effect=NoExecute]: keeps pods on a lost node for ever; name the key of each taint to tolerate'
  t.strictSame(said(leavesDrainedNode, kept), [ever])
  for (const one of [slow, fast, spared]) t.strictSame(said(leavesDrainedNode, one), [])
}

/** Kwok is the kubelet of every node. Once it is gone, the others are kept alive by their leases. */
export async function checkLostNode(t: Test, place: Place, plane: ControlPlane): Promise<void> {
  checkSaid(t)
  await create(place, slow, fast, kept, spared)
  for (const name of ['slow', 'fast', 'kept', 'spared']) {
    await waitFor({ what: `${name} to run on ${lost}`, seconds: 60 }, async () => {
      const [pod] = await podsOf(place, name)
      return pod !== undefined && isRunning(pod) && pod.spec.nodeName === lost ? true : undefined
    })
  }
  await plane.component('kwok').stop()
  const began = Date.now()
  const patience = { what: 'the pods to be replaced', seconds: 240, everyMilliseconds: 2000 }
  for (const name of ['fast', 'spared']) {
    const elsewhere = await waitFor(patience, async () => {
      for (const node of others) await renewLease(place.api, node)
      return replacementOf(place, name)
    })
    t.ok(others.includes(elsewhere), 'another node gets the new pod')
    t.comment(`${name}: replaced after ${Math.round((Date.now() - began) / 1000)} s`)
  }
  const until = { slow: 300, kept: undefined }
  for (const [name, seconds] of Object.entries(until)) {
    const [pod, ...more] = await podsOf(place, name)
    t.ok(pod !== undefined && isStaying(pod) && more.length === 0, 'the other ones stay')
    t.equal(pod?.spec.nodeName, lost)
    const unreachable = pod?.spec.tolerations?.find(({ key }) => key === 'node.kubernetes.io/unreachable')
    t.equal(
      unreachable?.tolerationSeconds,
      seconds,
      `${name}: for as long as the API server has filled in, or for ever`
    )
  }
}

/** The node of the pod that takes the place of one which leaves the lost node. */
async function replacementOf(place: Place, name: string): Promise<string | undefined> {
  const pods = await podsOf(place, name)
  const isLeaving = pods.some((pod) => !isStaying(pod) && pod.spec.nodeName === lost)
  return isLeaving ? pods.find((pod) => isStaying(pod))?.spec.nodeName : undefined
}

async function renewLease(api: ClusterApi, node: string): Promise<void> {
  const renewTime = new Date().toISOString().replace('Z', '000Z')
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`
  await api.must('PATCH', path, { spec: { renewTime } })
}
