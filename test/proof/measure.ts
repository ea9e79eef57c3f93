import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterApi } from '../support/cluster-api.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { actions } from './actions.ts'
import type { Variant } from './cases.ts'
import { flushConnectionTracking, serviceUrl, startClient, untilAnswering } from './client.ts'
import type { Failure, LoadResult } from './load.ts'
import { userManifest } from './manifest.ts'
import type { Planned } from './plan.ts'
import { untilSettled } from './pods.ts'
import { type Remedies, remediesOf, untilRemedied } from './remedies.ts'

export interface Measured {
  readonly case: string
  readonly variant: Variant
  readonly repetition: number
  readonly sent: number
  readonly failed: number
  readonly kinds: Partial<Record<Failure, number>>
  readonly slowestMs: number
  readonly waitedMs: number
  /** When the action began and ended, in seconds since the load did. */
  readonly action: readonly [began: number, ended: number]
  readonly seconds: number
  readonly failures: LoadResult['failures']
  readonly remedies: Remedies
}

let measurements = 0
const rate = 200
const timeoutMs = 3000
const optIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }
const reason = 'to see what it is good for'
const switches: Partial<Record<Variant, string>> = {
  'no-probe': 'readiness-probe',
  'no-sleep': 'pre-stop-sleep',
  'no-budget': 'disruption-budget'
}

/** Applies the user's manifest in a namespace of its own, does to it what the case says, and counts what the clients see. */
export async function measure(controlPlane: ControlPlane, api: ClusterApi, one: Planned): Promise<Measured> {
  const { case: subject, variant } = one
  measurements += 1
  const namespace = `${subject.id}-${variant}-${measurements}`
  const user = await userIn(controlPlane, namespace, variant === 'without' ? {} : optIn)
  try {
    const remedies = await prepare(user, one)
    const { application, keepAlive = false } = subject
    const url = await serviceUrl(user)
    await flushConnectionTracking()
    const client = startClient({ url, rate, keepAlive, timeoutMs })
    await wait(2000)
    const began = Date.now()
    await actions[subject.action]({ user, api, replicas: application.replicas })
    const ended = Date.now()
    // What was taken for ready before it listened shows now.
    await wait((application.startSeconds + 3) * 1000)
    return summarize(one, await client.end(), [began, ended], remedies)
  } finally {
    await user.kubectl(['delete', 'deployment,service', '--all', '--wait=false'])
    await user.kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0', '--wait=false'])
    await controlPlane.kubectl(['delete', 'namespace', namespace, '--wait=false'])
  }
}

/** Returns when every pod serves, and what is there of Holdfast is what should be. */
async function prepare(user: NamespaceUser, { case: { application }, variant }: Planned): Promise<Remedies> {
  const { replicas } = application
  const off = switches[variant]
  const annotations = off === undefined ? {} : { [`holdfast.dev/exempt.${off}`]: reason }
  await user.must(['apply', '-f', '-'], userManifest(application, annotations))
  await untilSettled(user, replicas)
  await untilAnswering(user)
  const expected = { probe: true, sleep: true, budget: replicas > 1 }
  if (variant !== 'without') await untilRemedied(user, expected, off)
  return remediesOf(user)
}

function summarize(
  one: Planned,
  { began, sent, failures, slowestMs, waitedMs }: LoadResult,
  [from, to]: readonly [number, number],
  remedies: Remedies
): Measured {
  const kinds: Partial<Record<Failure, number>> = {}
  for (const tally of Object.values(failures)) {
    for (const [kind, count] of Object.entries(tally) as [Failure, number][]) kinds[kind] = (kinds[kind] ?? 0) + count
  }
  const failed = Object.values(kinds).reduce((sum, count) => sum + count, 0)
  const second = (at: number): number => Math.round((at - began) / 100) / 10
  return {
    case: one.case.id,
    variant: one.variant,
    repetition: one.repetition,
    sent,
    failed,
    kinds,
    slowestMs,
    waitedMs,
    action: [second(from), second(to)],
    seconds: Math.ceil(sent / rate),
    failures,
    remedies
  }
}
