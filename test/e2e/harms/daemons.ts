import type { Test } from 'tap'
import { daemonRollout } from '../../../src/policies/daemon-rollout.ts'
import { bareDeployment } from '../../support/cluster-objects.ts'
import {
  brokenRelease,
  create,
  isRunning,
  isStaying,
  patch,
  type Place,
  podsOf,
  release,
  said,
  until
} from './place.ts'

const id = '[daemon-rollout]'
/** The nodes that have a label for the system, as the first three do. */
const agents = 3

function daemonSet(name: string, updateStrategy: object): object {
  const { spec, ...rest } = bareDeployment(name, { ports: [] }, { nodeSelector: { 'kubernetes.io/os': 'linux' } })
  const { selector, template } = spec
  return { ...rest, kind: 'DaemonSet', spec: { selector, template, updateStrategy } }
}

function rolling(maxUnavailable: number | string): object {
  return { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } }
}

async function untilAvailable(place: Place, name: string, count: number): Promise<void> {
  await until(place, ['DaemonSet', name], `${count} available`, (status) => {
    const { desiredNumberScheduled, numberAvailable = 0 } = status
    return desiredNumberScheduled === agents && numberAvailable === count
  })
}

export async function checkEverywhere(t: Test, place: Place): Promise<void> {
  const everywhere = daemonSet('everywhere', rolling('100%'))
  const stepwise = daemonSet('stepwise', rolling('10%'))
  const field = 'spec.updateStrategy.rollingUpdate.maxUnavailable'
  const says = `${id} ${field}: a rollout may stop its pods on all nodes at once; set it to 10%`
  const nodes = Array.from({ length: agents }, (_, index) => {
    const metadata = { name: `node-${index}`, labels: { 'kubernetes.io/os': 'linux' } }
    return { apiVersion: 'v1', kind: 'Node', metadata }
  })
  t.strictSame(said(daemonRollout, everywhere, nodes), [says])
  t.strictSame(said(daemonRollout, stepwise, nodes), [])
  await create(place, everywhere, stepwise)
  for (const name of ['everywhere', 'stepwise']) {
    await untilAvailable(place, name, agents)
    await brokenRelease(place, 'daemonset', name)
  }
  await untilAvailable(place, 'everywhere', 0)
  await until(
    place,
    ['DaemonSet', 'stepwise'],
    'under way',
    ({ updatedNumberScheduled }) => updatedNumberScheduled === 1
  )
  t.equal((await podsOf(place, 'stepwise')).filter(isRunning).length, agents - 1, 'one node at a time')
  t.strictSame((await podsOf(place, 'everywhere')).filter(isRunning), [], 'no node has an agent that runs')
}

export async function checkOnDelete(t: Test, place: Place): Promise<void> {
  const object = daemonSet('by-hand', { type: 'OnDelete' })
  const says = `${id} spec.updateStrategy.type: OnDelete never rolls out a change (unless intended); use RollingUpdate`
  t.strictSame(said(daemonRollout, object), [says])
  t.strictSame(said(daemonRollout, daemonSet('by-hand', rolling(1))), [])
  await create(place, object)
  await untilAvailable(place, 'by-hand', agents)
  await release(place, 'daemonset', 'by-hand', '2')
  const { updatedNumberScheduled = 0 } = await until(place, ['DaemonSet', 'by-hand'], 'seen', () => true)
  t.equal(updatedNumberScheduled, 0, 'the release is seen, and reaches no pod')
  await patch(place, 'daemonset', 'by-hand', { spec: { updateStrategy: rolling(1) } })
  await until(place, ['DaemonSet', 'by-hand'], 'rolled out', (status) => status.updatedNumberScheduled === agents)
  t.equal((await podsOf(place, 'by-hand')).filter(isStaying).length, agents)
}
