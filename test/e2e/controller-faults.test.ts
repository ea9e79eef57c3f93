import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { asksForCompanions, budgetWrites, untilBudgets } from '../support/cluster-companions.ts'
import { compact } from '../support/cluster-compact.ts'
import { openController } from '../support/cluster-controller.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { openRelay } from '../support/cluster-relay.ts'
import { controllerUser } from '../support/cluster-rights.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { podsOwnedBy } from '../support/cluster-workloads.ts'
import type { ControlPlane } from '../support/control-plane.ts'

/** Each fact is to be right again within this. */
const seconds = 60

const plane = await openControlPlane(tap, { scheduler: false })
if (plane !== undefined) {
  await untilControllersRun(plane)
  await tap.test('the API server is restarted', (t) => checkRestart(t, plane))
  await tap.test('the API server stands still', (t) => checkStandstill(t, plane))
  await tap.test('nothing gets through, and what happened meanwhile is forgotten', (t) => checkCompacted(t, plane))
}

/** The controller manager ends where the API server goes while it still starts. Once it does its work, it has started. */
async function untilControllersRun({ kubectl }: ControlPlane): Promise<void> {
  await waitFor({ what: 'the controller manager to work', seconds }, async () => {
    const { code } = await kubectl(['get', 'configmap', 'kube-root-ca.crt', '--namespace=default'])
    return code === 0 ? true : undefined
  })
}

function budgetOf(name: string): string {
  return `holdfast-deployment-${name}`
}

async function withDeployments(cluster: ControlPlane, namespace: string, ...names: string[]): Promise<NamespaceUser> {
  const user = await userIn(cluster, namespace, asksForCompanions)
  for (const name of names) await user.create(podsOwnedBy('Deployment', name, 3))
  await untilBudgets(user, names.map(budgetOf))
  return user
}

/** The writes to a namespace so far, as `patch holdfast-deployment-web`, each once: a write may be repeated when its answer is lost. */
function writesTo(cluster: ControlPlane, { namespace }: NamespaceUser): readonly string[] {
  const own = budgetWrites(cluster).filter(({ budget }) => budget.startsWith(`${namespace}/`))
  return [...new Set(own.map(({ verb, budget }) => `${verb} ${budget.slice(namespace.length + 1)}`))]
}

async function rightAgain(t: Test, user: NamespaceUser, names: readonly string[]): Promise<void> {
  const began = performance.now()
  await untilBudgets(user, names.map(budgetOf), seconds)
  t.pass(`right after ${Math.round(performance.now() - began)} ms`)
}

async function checkRestart(t: Test, cluster: ControlPlane): Promise<void> {
  await openController(t, cluster)
  const user = await withDeployments(cluster, 'restarted', 'stays', 'goes')
  await cluster.component('kube-apiserver').stop(0)
  await wait(3000)
  await cluster.restart('kube-apiserver')
  await user.create(podsOwnedBy('Deployment', 'comes', 3))
  await user.must(['scale', 'deployment', 'goes', '--replicas=1'])
  await rightAgain(t, user, ['stays', 'comes'])
  const expected = ['patch', 'patch', 'patch', 'delete'].map((verb, index) => {
    return `${verb} ${budgetOf(['stays', 'goes', 'comes', 'goes'][index] ?? '')}`
  })
  t.same(new Set(writesTo(cluster, user)), new Set(expected), 'nothing else was written')
}

async function checkStandstill(t: Test, cluster: ControlPlane): Promise<void> {
  const controller = await openController(t, cluster)
  const user = await withDeployments(cluster, 'still', 'stays')
  const server = cluster.component('kube-apiserver')
  server.signal('SIGSTOP')
  t.teardown(() => server.signal('SIGCONT'))
  await wait(15_000)
  t.equal(await controller.metric('holdfast_leader'), 0, 'who cannot renew the lease does not lead')
  server.signal('SIGCONT')
  await user.create(podsOwnedBy('Deployment', 'comes', 3))
  await rightAgain(t, user, ['stays', 'comes'])
  t.same(writesTo(cluster, user), [`patch ${budgetOf('stays')}`, `patch ${budgetOf('comes')}`])
}

/** A way to the API server of the controller's own. */
async function relayedUser(t: Test, cluster: ControlPlane) {
  const relay = await openRelay(t, Number(new URL(cluster.url).port))
  const text = readFileSync(cluster.kubeconfigOf(controllerUser.name), 'utf8')
  writeFileSync(cluster.kubeconfigOf('relayed'), text.replaceAll(cluster.url, `https://127.0.0.1:${relay.port}`))
  return { relay, user: 'relayed' }
}

async function checkCompacted(t: Test, cluster: ControlPlane): Promise<void> {
  const { relay, user: relayed } = await relayedUser(t, cluster)
  await openController(t, cluster, { user: relayed })
  const user = await withDeployments(cluster, 'compacted', 'stays', 'goes', 'yields')
  relay.freeze()
  await user.must(['delete', 'deployment', 'goes'])
  await untilBudgets(user, ['stays', 'yields'].map(budgetOf), seconds)
  const selector = { matchLabels: { app: 'yields' } }
  const own = { metadata: { name: 'own' }, spec: { maxUnavailable: 1, selector } }
  await user.create({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', ...own })
  await user.create(podsOwnedBy('Deployment', 'comes', 3))
  const before = writesTo(cluster, user)
  await cluster.component('kube-apiserver').stop(0)
  await compact(cluster)
  await cluster.restart('kube-apiserver')
  await wait(15_000)
  t.same(writesTo(cluster, user), before, 'who sees nothing writes nothing')
  relay.thaw()
  const began = performance.now()
  await untilBudgets(user, ['own', ...['stays', 'comes'].map(budgetOf)], seconds)
  t.pass(`right after ${Math.round(performance.now() - began)} ms`)
  const since = writesTo(cluster, user).filter((write) => !before.includes(write))
  t.same(new Set(since), new Set([`delete ${budgetOf('yields')}`, `patch ${budgetOf('comes')}`]), 'and nothing else')
}
