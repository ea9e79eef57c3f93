import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterApi } from '../support/cluster-api.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { actions } from './actions.ts'
import { appProcesses } from './app-processes.ts'
import { requestsPerSecond as rate, type Variant } from './cases.ts'
import { type Client, flushConnectionTracking, serviceUrl, startClient, untilAnswering } from './client.ts'
import { byKind, type LoadResult, type Tally, totalOf } from './load.ts'
import { userManifest } from './manifest.ts'
import { optIn } from './opt-in.ts'
import type { Planned } from './plan.ts'
import { untilSettled } from './pods.ts'
import { exemptionsOf, expectedOf, type Remedies, untilRemedied } from './remedies.ts'

/** What was measured, as the report has it. Times are seconds since the load began. */
export interface Measured extends Omit<LoadResult, 'began'> {
  readonly case: string
  readonly variant: Variant
  readonly repetition: number
  readonly failed: number
  readonly kinds: Tally
  readonly action: readonly [began: number, ended: number]
  readonly remedies: Remedies
}

const timeoutMs = 3000
const secondsBefore = 2

/** Applies the user's manifest in a namespace of its own, does to it what the case says, and counts what the clients see. */
export async function measure(controlPlane: ControlPlane, api: ClusterApi, one: Planned): Promise<Measured> {
  const { case: subject, variant, repetition } = one
  const { application, action, keepAlive = false } = subject
  const namespace = `${subject.id}-${variant}-${repetition}-${Date.now()}`
  await untilNothingRuns()
  const user = await userIn(controlPlane, namespace, variant === 'without' ? {} : optIn)
  let client: Client | undefined
  try {
    const remedies = await prepare(user, one)
    const url = await serviceUrl(user)
    await flushConnectionTracking()
    client = startClient({ url, rate, keepAlive, timeoutMs })
    await client.steady
    await wait(secondsBefore * 1000)
    const began = Date.now()
    await actions[action]({ user, api, replicas: application.replicas })
    const ended = Date.now()
    // What was taken for ready before it listened shows now.
    await wait((application.startSeconds + 3) * 1000)
    return summarize(one, await client.end(), [began, ended], remedies)
  } finally {
    await client?.kill()
    await user.kubectl(['scale', 'deployment', 'web', '--replicas=0'])
    await user.kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0', '--wait=false'])
    await controlPlane.kubectl(['delete', 'namespace', namespace, '--wait=false'])
  }
}

/** The end of what was measured before is not to fall into the next measurement. */
async function untilNothingRuns(): Promise<void> {
  await waitFor({ what: 'the pods before to end', seconds: 120 }, async () => (appProcesses() === 0 ? true : undefined))
}

/** Returns when every pod serves, and what is there of Holdfast is what should be. */
async function prepare(user: NamespaceUser, { case: { application }, variant }: Planned): Promise<Remedies> {
  await user.must(['apply', '-f', '-'], userManifest(application, exemptionsOf(variant)))
  await untilSettled(user, application.replicas)
  await untilAnswering(user)
  const remedies = expectedOf(application, variant)
  await untilRemedied(user, remedies)
  return remedies
}

function summarize(
  { case: { id }, variant, repetition }: Planned,
  { began, failures, ...result }: LoadResult,
  [from, to]: readonly [number, number],
  remedies: Remedies
): Measured {
  const kinds = byKind(failures)
  const second = (at: number): number => Math.round((at - began) / 100) / 10
  const action = [second(from), second(to)] as const
  return { case: id, variant, repetition, ...result, failed: totalOf(kinds), kinds, action, failures, remedies }
}
