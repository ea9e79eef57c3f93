import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { asksForCompanions, type BudgetWrite, budgetWrites } from '../support/cluster-companions.ts'
import { type Controller, openController } from '../support/cluster-controller.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { controllerUser, otherControllerUser, shareControllerRights } from '../support/cluster-rights.ts'
import { userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const namespace = 'churned'
const count = 8
/** What is done again and again is held back; here it is the load. */
const unheld = { HOLDFAST_COMPANION_WRITES_PER_SECOND: '100' }
const [one, two] = [controllerUser.name, otherControllerUser.name]

const plane = await openControlPlane(tap, {
  controllerManager: false,
  scheduler: false,
  users: [otherControllerUser]
})
if (plane !== undefined) {
  await shareControllerRights(plane)
  await tap.test('one controller at a time', (t) => checkFailover(t, plane))
}

/** Keeps a leader busy: in turn, each workload goes to one replica and back. */
function churn(api: ClusterApi): { stop: () => Promise<void> } {
  const paths = Array.from(
    { length: count },
    (_, index) => `/apis/apps/v1/namespaces/${namespace}/deployments/web-${index}`
  )
  const over = new AbortController()
  const done = (async () => {
    for (let round = 0; !over.signal.aborted; round++) {
      await api.must('PATCH', paths[round % count] ?? '', { spec: { replicas: round % (2 * count) < count ? 1 : 3 } })
      await wait(150)
    }
  })()
  return {
    stop: () => {
      over.abort()
      return done
    }
  }
}

/** Waits for the next write of a controller after `since`. Gives how many milliseconds it took. */
async function acts(cluster: ControlPlane, by: string, since: number): Promise<number> {
  const { at } = await waitFor({ what: `${by} to write`, seconds: 40, everyMilliseconds: 200 }, async () =>
    budgetWrites(cluster).find((write) => write.by === by && write.at > since)
  )
  return at - since
}

/** Who wrote, without repetitions: each a term. */
function termsOf(writes: readonly BudgetWrite[]): readonly string[] {
  return writes.map(({ by }) => by).filter((by, index, all) => by !== all[index - 1])
}

async function following({ process }: Controller): Promise<void> {
  await waitFor({ what: `${process.name} to follow`, seconds: 20 }, async () =>
    process.log().includes('"following"') ? true : undefined
  )
}

async function checkFailover(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, namespace, asksForCompanions)
  const items = Array.from({ length: count }, (_, index) => podsOwnedBy('Deployment', `web-${index}`, 3))
  await user.must(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
  const first = await openController(t, cluster, { user: one, environment: unheld })
  const api = openApi(cluster)
  t.teardown(() => api.close())
  const load = churn(api)
  await acts(cluster, one, 0)
  const second = await openController(t, cluster, { user: two, environment: unheld })
  await following(second)
  t.equal(await second.metric('holdfast_leader'), 0)

  first.process.signal('SIGKILL')
  const toSecond = await acts(cluster, two, Date.now())
  t.ok(toSecond < 20_000, `${toSecond} ms after the leader was killed the other acts`)
  const third = await openController(t, cluster, { user: one, environment: unheld })
  await following(third)

  second.process.signal('SIGSTOP')
  const toThird = await acts(cluster, one, Date.now())
  t.ok(toThird < 20_000, `${toThird} ms after the leader stood still the other acts`)
  second.process.signal('SIGCONT')
  const woken = Date.now()
  await wait(4000)
  t.notOk(
    budgetWrites(cluster).some(({ by, at }) => by === two && at > woken),
    'who wakes too late writes nothing'
  )
  t.ok(second.process.running(), 'and follows again')

  third.process.signal('SIGTERM')
  const toFourth = await acts(cluster, two, Date.now())
  t.ok(toFourth < 8000, `${toFourth} ms after the leader was told to end the other acts`)
  await waitFor({ what: 'the end', seconds: 10 }, async () => (third.process.running() ? undefined : true))
  t.match(third.process.log(), /"msg":"stopped"/)
  await load.stop()
  t.strictSame(termsOf(budgetWrites(cluster)), [one, two, one, two], 'never two at once')
  t.comment(`${budgetWrites(cluster).length} writes in four terms`)
}
