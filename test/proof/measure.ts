import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterApi } from '../support/cluster-api.ts'
import { run } from '../support/cluster-kubectl.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { actions } from './actions.ts'
import type { Case, Variant } from './cases.ts'
import type { Failure, LoadOptions, LoadResult } from './load.ts'
import { userManifest } from './manifest.ts'
import { podsOf, untilSettled } from './pods.ts'
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
export async function measure(
  controlPlane: ControlPlane,
  api: ClusterApi,
  one: { readonly case: Case; readonly variant: Variant; readonly repetition: number }
): Promise<Measured> {
  const { application, keepAlive = false, id, action } = one.case
  const { replicas } = application
  measurements += 1
  const user = await userIn(
    controlPlane,
    `${id}-${one.variant}-${measurements}`,
    one.variant === 'without' ? {} : optIn
  )
  try {
    const off = switches[one.variant]
    const annotations = off === undefined ? {} : { [`holdfast.dev/exempt.${off}`]: reason }
    await user.must(['apply', '-f', '-'], userManifest(application, annotations))
    await untilSettled(user, replicas)
    await untilAnswering(user)
    const expected = { probe: true, sleep: true, budget: replicas > 1 }
    if (one.variant !== 'without') await untilRemedied(user, expected, off)
    const remedies = await remediesOf(user)
    const url = await serviceUrl(user)
    await flushConnectionTracking()
    const client = startLoad({ url, rate, keepAlive, timeoutMs })
    await wait(2000)
    const began = Date.now()
    await actions[action]({ user, api, replicas })
    const ended = Date.now()
    // What was taken for ready before it listened shows now.
    await wait((application.startSeconds + 3) * 1000)
    const result = await client.end()
    return summarize(one, result, [began, ended], remedies)
  } finally {
    await user.kubectl(['delete', 'deployment,service', '--all', '--wait=false'])
    await user.kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0', '--wait=false'])
    await controlPlane.kubectl(['delete', 'namespace', user.namespace, '--wait=false'])
  }
}

function summarize(
  one: { readonly case: Case; readonly variant: Variant; readonly repetition: number },
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

async function serviceUrl(user: NamespaceUser): Promise<string> {
  const { stdout } = await user.must(['get', 'service', 'web', '--output=jsonpath={.spec.clusterIP}'])
  return `http://${stdout}/`
}

/** Until every pod has answered itself, and the Service does a few times in a row: the measurement begins with all well. */
async function untilAnswering(user: NamespaceUser): Promise<void> {
  const pods = await podsOf(user)
  const urls = [
    ...pods.map(({ address }) => `http://${address}:8080/`),
    ...Array<string>(20).fill(await serviceUrl(user))
  ]
  for (const url of urls) {
    await waitFor({ what: `${url} to answer`, seconds: 30 }, async () => {
      const response = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
      return response?.status === 200 ? true : undefined
    })
  }
}

/** A port that was used a moment ago may be tied to a pod that is gone: the client would be told of failures that are not there. */
async function flushConnectionTracking(): Promise<void> {
  const result = await run(['conntrack', '--flush'], {})
  if (result.code !== 0) throw new Error(`conntrack: ${result.stderr}`)
}

function startLoad(options: LoadOptions): { readonly end: () => Promise<LoadResult> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  return {
    async end() {
      child.stdin.end()
      const [result] = await Promise.all([json(child.stdout), exited])
      return result as LoadResult
    }
  }
}
