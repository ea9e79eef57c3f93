import type { Test } from 'tap'
import { pinnedImage } from '../../../src/policies/pinned-image.ts'
import { rolloutWaits } from '../../../src/policies/rollout-waits.ts'
import { bareDeployment } from '../../support/cluster-objects.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import {
  brokenRelease,
  crashed,
  create,
  isStaying,
  patch,
  type Place,
  podsOf,
  release,
  report,
  said,
  until,
  untilRolled,
  withSpec
} from './place.ts'

const id = '[rollout-waits]'

export async function checkHistory(t: Test, place: Place): Promise<void> {
  for (const limit of [0, 2]) {
    const name = `keeps-${limit}`
    const object = withSpec(bareDeployment(name), { revisionHistoryLimit: limit })
    const says = `${id} spec.revisionHistoryLimit: keeps no earlier revision, so a completed rollout cannot be undone; leave it out, or set it to 2 or more`
    t.strictSame(said(rolloutWaits, object), limit === 0 ? [says] : [], `of ${limit} revisions`)
    await create(place, object)
    await untilRolled(place, name)
    await release(place, 'deployment', name, 'broken')
    await untilRolled(place, name)
    await untilRevisions(place, name, limit === 0 ? 1 : 2)
    const undone = await place.user.kubectl(['rollout', 'undo', `deployment/${name}`])
    if (limit === 0) t.match(undone.stderr, 'no rollout history found', 'kubectl has nothing to go back to')
    else t.equal(undone.code, 0, undone.stderr)
    if (limit > 0) await untilRolled(place, name)
    const [pod] = await podsOf(place, name)
    t.equal(pod?.metadata.annotations?.['version'], limit === 0 ? 'broken' : undefined, 'what runs afterwards')
  }
}

async function untilRevisions({ api, namespace }: Place, name: string, count: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3D${name}`
  await waitFor({ what: `${count} revisions of ${name}`, seconds: 60 }, async () => {
    const { items } = (await api.must('GET', path)) as { items: readonly unknown[] }
    return items.length === count ? true : undefined
  })
}

/** The largest number there is stands for no deadline (kubernetes pkg/controller/deployment/util, HasProgressDeadline). */
const noDeadline = 2_147_483_647

export async function checkDeadline(t: Test, place: Place): Promise<void> {
  const silent = withSpec(bareDeployment('silent'), { progressDeadlineSeconds: noDeadline })
  const reported = withSpec(bareDeployment('reported'), { progressDeadlineSeconds: 2 })
  const says = `${id} spec.progressDeadlineSeconds: a rollout that is stuck is never reported; set it to 600`
  t.strictSame(said(rolloutWaits, silent), [says])
  t.strictSame(said(rolloutWaits, reported), [])
  await create(place, silent, reported)
  for (const name of ['silent', 'reported']) {
    await untilRolled(place, name)
    await brokenRelease(place, 'deployment', name)
  }
  await until(place, ['Deployment', 'reported'], 'reported', ({ conditions = [] }) => {
    return conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded')
  })
  const told = await place.user.kubectl(['rollout', 'status', 'deployment/reported'])
  t.match(told.stderr, 'exceeded its progress deadline')
  const { conditions = [], updatedReplicas } = await until(place, ['Deployment', 'silent'], 'seen', () => true)
  t.equal(updatedReplicas, 1, 'its new pod is stuck as well')
  t.notOk(
    conditions.find(({ type }) => type === 'Progressing'),
    'and nothing says so'
  )
  const waiting = await place.user.kubectl(['rollout', 'status', 'deployment/silent', '--timeout=1s'])
  t.match(waiting.stderr, 'timed out', 'nor does kubectl end by itself')
}

export async function checkShortDeadline(t: Test, place: Place): Promise<void> {
  const startupProbe = { tcpSocket: { port: 8080 }, failureThreshold: 30, periodSeconds: 2 }
  const early = withSpec(bareDeployment('early', { startupProbe }), { progressDeadlineSeconds: 1 })
  const patient = withSpec(bareDeployment('patient', { startupProbe }), { progressDeadlineSeconds: 60 })
  const says = `${id} spec.progressDeadlineSeconds: 1 s is shorter than a start that its probes allow (60 s); set it to 60 or more`
  t.strictSame(said(rolloutWaits, early), [says])
  t.strictSame(said(rolloutWaits, patient), [])
  await create(place, early, patient)
  for (const name of ['early', 'patient']) {
    await untilRolled(place, name)
    await patch(place, 'deployment', name, {
      spec: { template: { spec: { schedulingGates: [{ name: 'x.io/slow' }] } } }
    })
  }
  await until(place, ['Deployment', 'early'], 'reported', ({ conditions = [] }) => isGivenUp(conditions))
  const { conditions = [] } = await until(place, ['Deployment', 'patient'], 'seen', () => true)
  t.notOk(isGivenUp(conditions), 'a start that takes its time is not reported')
  for (const name of ['early', 'patient']) {
    await patch(place, 'deployment', name, { spec: { template: { spec: { schedulingGates: null } } } })
    await untilRolled(place, name)
  }
}

function isGivenUp(conditions: readonly { type: string; reason?: string }[]): boolean {
  return conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded')
}

export async function checkPaused(t: Test, place: Place): Promise<void> {
  const name = 'paused'
  const object = withSpec(bareDeployment(name), { paused: true })
  const says = `${id} spec.paused: while it is paused, no change rolls out, and none can be undone (unless intended); leave it out, or run kubectl rollout resume`
  t.strictSame(said(rolloutWaits, object), [says])
  t.strictSame(said(rolloutWaits, bareDeployment(name)), [])
  await create(place, bareDeployment(name))
  await untilRolled(place, name)
  await release(place, 'deployment', name, 'broken')
  await untilRolled(place, name)
  const undo = ['rollout', 'undo', `deployment/${name}`]
  await patch(place, 'deployment', name, { spec: { paused: true } })
  t.match((await place.user.kubectl(undo)).stderr, 'cannot rollback a paused deployment')
  await release(place, 'deployment', name, 'mended')
  const { updatedReplicas = 0 } = await until(place, ['Deployment', name], 'seen', () => true)
  t.equal(updatedReplicas, 0, 'nor does a mended release roll out')
  await place.user.must(['rollout', 'resume', `deployment/${name}`])
  await untilRolled(place, name)
  t.equal((await place.user.kubectl(undo)).code, 0)
}

/** Kwok has every pod ready at once. A release that crashes seconds after its start looks the same. */
export async function checkCrash(t: Test, place: Place): Promise<void> {
  const critical = { profile: 'critical' } as const
  const worker = { ports: [] }
  const blind = withSpec(bareDeployment('blind', worker), { replicas: 3 })
  const watched = withSpec(bareDeployment('watched', worker), { replicas: 3, minReadySeconds: 10 })
  const says = `${id} spec.minReadySeconds: a release that crashes after its start counts as available, and replaces every pod; set it to 10, or add a readiness probe`
  t.strictSame(said(rolloutWaits, blind, [], critical), [says])
  t.strictSame(said(rolloutWaits, watched, [], critical), [])
  await create(place, blind, watched)
  await untilRolled(place, 'watched')
  await release(place, 'deployment', 'blind', 'broken')
  await untilRolled(place, 'blind')
  // Within the ten seconds after which its pod would count.
  await release(place, 'deployment', 'watched', 'broken')
  await until(place, ['Deployment', 'watched'], 'under way', ({ updatedReplicas }) => updatedReplicas === 1)
  for (const name of ['watched', 'blind']) {
    for (const pod of await podsOf(place, name)) {
      if (pod.metadata.annotations?.['version'] === 'broken') await report(place, pod, crashed(pod))
    }
  }
  await until(place, ['Deployment', 'blind'], 'down', ({ availableReplicas = 0 }) => availableReplicas === 0)
  const { availableReplicas } = await until(place, ['Deployment', 'watched'], 'seen', () => true)
  t.equal(availableReplicas, 3, 'every old pod stays')
}

export async function checkImage(t: Test, place: Place): Promise<void> {
  const floating = bareDeployment('floating', { image: 'registry.example/web:latest' })
  const pinned = bareDeployment('pinned', { image: 'registry.example/web:1' })
  const says =
    '[pinned-image] spec.template.spec.containers[name=web].image: the tag latest moves, so pods may run different code; use a version or a digest'
  t.strictSame(said(pinnedImage, floating), [says])
  t.strictSame(said(pinnedImage, pinned), [])
  await create(place, floating, pinned)
  for (const name of ['floating', 'pinned']) await untilRolled(place, name)
  const same = await place.user.must(['set', 'image', 'deployment/floating', 'web=registry.example/web:latest'])
  t.equal(same.stdout, '', 'a tag that floats to a new image is no change, and no revision')
  await place.user.must(['rollout', 'restart', 'deployment/floating'])
  await place.user.must(['set', 'image', 'deployment/pinned', 'web=registry.example/web:2'])
  const undone: Record<string, unknown> = {}
  for (const name of ['floating', 'pinned']) {
    await untilRolled(place, name)
    await place.user.must(['rollout', 'undo', `deployment/${name}`])
    await untilRolled(place, name)
    const pods = (await podsOf(place, name)).filter(isStaying)
    undone[name] = [...new Set(pods.map(({ spec }) => spec.containers[0]?.image))]
  }
  const images = { floating: ['registry.example/web:latest'], pinned: ['registry.example/web:1'] }
  t.strictSame(undone, images, 'what is undone is a name, which is an earlier image only if it is pinned')
}
