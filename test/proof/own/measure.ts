import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterApi } from '../../support/cluster-api.ts'
import type { NamespaceUser } from '../../support/cluster-user.ts'
import type { ControlPlane } from '../../support/control-plane.ts'
import { evictUntilGone } from '../actions.ts'
import { podsOf, untilSettled } from '../pods.ts'
import { type Component, installHoldfast, replicas, selectorOf } from './install.ts'
import { prepareAdmissionLoad, startAdmissionLoad } from './load.ts'
import { type Phase, type PhaseName, phaseNames } from './phases.ts'
import { rotate, untilOldAuthorityLeft } from './rotation.ts'

interface Place {
  readonly controlPlane: ControlPlane
  readonly api: ClusterApi
  readonly helm: string
}

interface Installed {
  readonly user: NamespaceUser
  readonly api: ClusterApi
}

async function restart({ user }: Installed, component: Component): Promise<void> {
  const before = (await podsOf(user, selectorOf(component))).map(({ name }) => name)
  await user.must(['rollout', 'restart', `deployment/holdfast-${component}`])
  await untilSettled(user, replicas[component], { gone: new Set(before), selector: selectorOf(component) })
}

async function drain({ user, api }: Installed): Promise<void> {
  const names = (await podsOf(user)).map(({ name }) => name)
  await Promise.all(names.map((name) => evictUntilGone(api, user.namespace, name)))
  await untilSettled(user, replicas.webhook + replicas.controller, { gone: new Set(names) })
}

const actions: Readonly<Record<PhaseName, (installed: Installed) => Promise<void>>> = {
  'nothing, for ten seconds': () => wait(10_000),
  'rolling restart of the webhook': (installed) => restart(installed, 'webhook'),
  'rolling restart of the controller': (installed) => restart(installed, 'controller'),
  'drain of all its pods': drain,
  'another certificate authority': ({ user, api }) => rotate(user, api),
  'the old authority leaves': ({ api }) => untilOldAuthorityLeft(api)
}

/** Installs Holdfast as pods of the node, and does to it what happens to every workload, under load. */
export async function* measureOwn({ controlPlane, api, helm }: Place): AsyncGenerator<Phase, void> {
  const user = await installHoldfast(controlPlane, helm)
  await prepareAdmissionLoad(controlPlane, api)
  const load = startAdmissionLoad(controlPlane)
  for (const what of phaseNames) {
    await actions[what]({ user, api })
    // What it leads to may show a little later.
    await wait(2000)
    const { calls, skipped, failures, slowestMs, seconds } = await load.look()
    const failed = failures.length
    yield { what, calls, skipped, failed, failures: failures.slice(0, 20), slowestMs, seconds }
  }
  await load.end()
}
