import tap, { type Test } from 'tap'
import { openApi } from '../support/cluster-api.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { checkUnserved } from './harms/autoscalers.ts'
import { checkClaim, checkTwoNodes, checkTwoPods } from './harms/claims.ts'
import { checkEverywhere, checkOnDelete } from './harms/daemons.ts'
import { checkData, checkMajority, checkNames } from './harms/identity.ts'
import { checkEvictedJobs, checkHungRuns, checkMissedRuns } from './harms/jobs.ts'
import { checkLostNode } from './harms/lost-node.ts'
import { openPlace, type Place } from './harms/place.ts'
import { checkPinned, checkRequests } from './harms/places.ts'
import {
  checkCrash,
  checkDeadline,
  checkHistory,
  checkImage,
  checkPaused,
  checkShortDeadline
} from './harms/rollouts.ts'
import { checkUnready } from './harms/services.ts'

type Check = (t: Test, place: Place) => Promise<void>

/** Each shows a harm, that its policy foresees it, and that an object which the policy accepts does not have it. */
const checks: Readonly<Record<string, Check>> = {
  'a claim that allows one pod keeps the new pod of a rollout waiting': checkClaim,
  'and the second of two pods': checkTwoPods,
  'a volume that attaches to one node keeps the pods of others waiting': checkTwoNodes,
  'a release cannot be undone without its history': checkHistory,
  'a rollout that is stuck is reported by its deadline alone': checkDeadline,
  'a deadline that is short reports a start that takes its time': checkShortDeadline,
  'a paused Deployment takes no release, and undoes none': checkPaused,
  'a release that crashes after its start replaces every pod, unless it is waited for': checkCrash,
  'a rollback brings back the name of an image': checkImage,
  'a bad release stops the agents of all nodes that it may reach at once': checkEverywhere,
  'no release reaches pods that are replaced by hand': checkOnDelete,
  'pods that request nothing are placed where there is no room': checkRequests,
  'a pod that only one node can run waits, or comes back, when that node is drained': checkPinned,
  'pods have names only by a Service that selects them': checkNames,
  'scaling down deletes data where that is asked for': checkData,
  'evictions take a majority where a budget lets them': checkMajority,
  'a drain fails a Job that does not allow for it': checkEvictedJobs,
  'a CronJob without time to start never starts': checkMissedRuns,
  'a run that hangs stops all later ones': checkHungRuns,
  'a Service sends traffic to pods that are not ready': checkUnready,
  'an autoscaler whose metric nothing serves does not act': checkUnserved
}

const controlPlane = await openControlPlane(tap, { kwok: true })
if (controlPlane !== undefined) {
  const api = openApi(controlPlane)
  tap.teardown(() => api.close())
  await createNodes(controlPlane, 3)
  await tap.test('harms', { jobs: 4 }, async (t) => {
    const shown = Object.entries(checks).map(async ([harm, check], index) => {
      const place = await openPlace(controlPlane, api, `harms-${index}`)
      await t.test(harm, { buffered: true }, (test) => check(test, place))
    })
    await Promise.all(shown)
  })
  // Last: no node has a kubelet after it.
  await tap.test('a lost node keeps its pods for as long as they tolerate it', async (t) => {
    await checkLostNode(t, await openPlace(controlPlane, api, 'harms-lost-node'), controlPlane)
  })
}
