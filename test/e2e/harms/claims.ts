import type { Test } from 'tap'
import { notPinned } from '../../../src/policies/not-pinned.ts'
import { rolloutCanFinish } from '../../../src/policies/rollout-can-finish.ts'
import { bareDeployment, type Deployment } from '../../support/cluster-objects.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import { create, patch, type Place, refusals, release, said, untilRolled, withSpec } from './place.ts'

/** A volume that any node can use, and a claim that is bound to it. */
async function bindClaim(place: Place, name: string, accessMode: string): Promise<object> {
  const { api, namespace } = place
  const capacity = { storage: '1Gi' }
  const spec = { accessModes: [accessMode], storageClassName: '', volumeName: name, resources: { requests: capacity } }
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec }
  const csi = { driver: 'csi.example', volumeHandle: name }
  const claimRef = { name, namespace }
  const volume = { capacity, accessModes: [accessMode], csi, storageClassName: '', claimRef }
  await create(place, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: volume }, claim)
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`
  await waitFor({ what: `claim ${name} to be bound`, seconds: 60 }, async () => {
    const { status } = (await api.must('GET', path)) as { status: { phase?: string } }
    return status.phase === 'Bound' ? true : undefined
  })
  return claim
}

function mounting(name: string): Deployment {
  return bareDeployment(name, {}, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] })
}

function waits(claim: string, fix: string): string {
  const problem = `claim ${claim} allows one pod at a time (ReadWriteOncePod), so a new pod waits for ever`
  return `[rollout-can-finish] spec.strategy.type: ${problem}; ${fix}`
}

export async function checkClaim(t: Test, place: Place): Promise<void> {
  const name = 'one-pod'
  const claim = await bindClaim(place, name, 'ReadWriteOncePod')
  const object = withSpec(mounting(name), { replicas: 1 })
  t.strictSame(said(rolloutCanFinish, object, [claim]), [waits(name, 'use Recreate')])
  await create(place, object)
  await untilRolled(place, name)
  await release(place, 'deployment', name, '2')
  const [why = ''] = await refusals(place, name, 2)
  t.match(why, 'ReadWriteOncePod', 'the new pod waits for the old one, which waits for the new one')
  const strategy = { type: 'Recreate', rollingUpdate: null }
  t.strictSame(said(rolloutCanFinish, withSpec(mounting(name), { replicas: 1, strategy }), [claim]), [])
  await patch(place, 'deployment', name, { spec: { strategy } })
  await untilRolled(place, name)
}

export async function checkTwoPods(t: Test, place: Place): Promise<void> {
  for (const [name, mode] of Object.entries({ 'two-pods': 'ReadWriteOncePod', 'many-pods': 'ReadWriteMany' })) {
    const claim = await bindClaim(place, name, mode)
    const isStuck = mode === 'ReadWriteOncePod'
    const says = isStuck ? [waits(name, 'use a ReadWriteMany claim')] : []
    t.strictSame(said(rolloutCanFinish, mounting(name), [claim]), says, mode)
    await create(place, mounting(name))
    const refused = await refusals(place, name, 2)
    t.equal(refused.length, isStuck ? 1 : 0, `of two pods with a ${mode} claim, so many never run`)
  }
}

/** Two pods on two nodes, of which the volume may be attached to one. The test attaches it, as a driver does. */
export async function checkTwoNodes(t: Test, place: Place): Promise<void> {
  await place.user.must(['annotate', 'node', ...pair, 'volumes.kubernetes.io/controller-managed-attach-detach=true'])
  for (const [name, mode] of Object.entries({ 'one-node': 'ReadWriteOnce', 'any-node': 'ReadWriteMany' })) {
    const claim = await bindClaim(place, name, mode)
    const isHeld = mode === 'ReadWriteOnce'
    const field = 'spec.template.spec.volumes[name=data].persistentVolumeClaim'
    const says = `[not-pinned] ${field}: holds all 2 pods on one node (unless its driver allows more nodes); use a ReadWriteMany claim`
    const object = onPair(mounting(name), name)
    t.strictSame(said(notPinned, object, [claim]), isHeld ? [says] : [], mode)
    await create(place, object)
    await waitFor({ what: `${name} to be attached`, seconds: 60, everyMilliseconds: 300 }, async () => {
      const attached = await attach(place, name)
      if (!isHeld) return attached === pair.length ? true : undefined
      const { stdout } = await place.user.must(['get', 'events', '--field-selector=reason=FailedAttachVolume'])
      return attached === 1 && stdout.includes('Multi-Attach error') ? true : undefined
    })
    t.pass(isHeld ? 'the pod on the other node gets no volume' : 'both nodes get the volume')
  }
}

const pair = ['node-2', 'node-3']

/** A pod on each of two nodes. */
function onPair(deployment: Deployment, name: string): object {
  const required = [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: name } } }]
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: pair }]
  const affinity = {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required },
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } }
  }
  const { template } = deployment.spec
  return withSpec(deployment, { template: { ...template, spec: { ...template.spec, affinity } } })
}

interface Attachment {
  metadata: { name: string }
  spec: { source: { persistentVolumeName?: string } }
}

/** Attaches a volume wherever that is asked for; to how many nodes. */
async function attach({ api }: Place, volume: string): Promise<number> {
  const path = '/apis/storage.k8s.io/v1/volumeattachments'
  const { items } = (await api.must('GET', path)) as { items: readonly Attachment[] }
  const wanted = items.filter(({ spec }) => spec.source.persistentVolumeName === volume)
  for (const { metadata } of wanted) {
    await api.must('PATCH', `${path}/${metadata.name}/status`, { status: { attached: true } })
  }
  return wanted.length
}
