import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterApi } from '../support/cluster-api.ts'
import type { NamespaceUser } from '../support/cluster-user.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { evictUntilGone } from './actions.ts'
import { type Component, installHoldfast, replicas, selectorOf } from './own-install.ts'
import { prepareAdmissionLoad, startAdmissionLoad } from './own-load.ts'
import { rotate } from './own-rotation.ts'
import { podsOf, untilSettled } from './pods.ts'

/** What clients of the API server saw while something was done to Holdfast itself. */
export interface Phase {
  readonly what: string
  readonly calls: number
  readonly failed: number
  /** The first few. */
  readonly failures: readonly string[]
  readonly slowestMs: number
  readonly seconds: number
}

interface Installed {
  readonly user: NamespaceUser
  readonly api: ClusterApi
}

export const callsPerSecond = 50

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

const phases: Readonly<Record<string, (installed: Installed) => Promise<void>>> = {
  'nothing, for ten seconds': () => wait(10_000),
  'rolling restart of the webhook': (installed) => restart(installed, 'webhook'),
  'rolling restart of the controller': (installed) => restart(installed, 'controller'),
  'drain of all its pods': drain,
  'another certificate authority': ({ user, api }) => rotate(user, api)
}

export const phaseNames = Object.keys(phases)

/** Installs Holdfast as pods of the node, and does to it what happens to every workload, under load. */
export async function measureOwn(
  { controlPlane, api, helm }: { readonly controlPlane: ControlPlane; readonly api: ClusterApi; readonly helm: string },
  say: (phase: Phase) => void
): Promise<readonly Phase[]> {
  const user = await installHoldfast(controlPlane, helm)
  await prepareAdmissionLoad(controlPlane, api)
  const load = startAdmissionLoad(controlPlane, callsPerSecond)
  const seen: Phase[] = []
  await wait(2000)
  for (const [what, act] of Object.entries(phases)) {
    load.look()
    const began = Date.now()
    await act({ user, api })
    await wait(2000)
    const { calls, failures, slowestMs } = load.look()
    const seconds = Math.round((Date.now() - began) / 1000)
    const phase = { what, calls, failed: failures.length, failures: failures.slice(0, 20), slowestMs, seconds }
    say(phase)
    seen.push(phase)
  }
  await load.end()
  return seen
}
