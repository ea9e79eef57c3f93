import { type ApiReply, type ClusterApi, openApi } from '../../support/cluster-api.ts'
import { createNamespace } from '../../support/cluster-nodes.ts'
import { bareDeployment, type Deployment } from '../../support/cluster-objects.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import type { ControlPlane } from '../../support/control-plane.ts'
import { optIn } from '../opt-in.ts'
import { callsPerSecond } from './phases.ts'

export interface Seen {
  readonly calls: number
  readonly skipped: number
  readonly failures: readonly string[]
  readonly slowestMs: number
  readonly seconds: number
}

export interface AdmissionLoad {
  /** What became of the calls that began since the last look. Waits for the last of them. */
  readonly look: () => Promise<Seen>
  readonly end: () => Promise<void>
}

const namespace = 'busy'
const collection = `/apis/apps/v1/namespaces/${namespace}/deployments`
/** Longer than the API server waits for the webhooks: it says itself that they did not answer. */
const timeoutSeconds = 10
/** Those of the time after which a call is given up, and of one more second: all are made even while none is answered. */
const mostAtOnce = callsPerSecond * (timeoutSeconds + 1)

/** Whether Holdfast has put in, or back, what none of the calls has in it. */
function isRepaired(body: unknown): boolean {
  const { spec } = body as Deployment
  return spec.template.spec.containers[0].lifecycle?.preStop !== undefined
}

/** A dry run: the webhooks are called all the same, and no controller has work with it that would delay what is measured. */
function send(api: ClusterApi, number: number): Promise<ApiReply> {
  if (number % 2 === 0) return api.send('POST', `${collection}?dryRun=All`, bareDeployment('new'))
  // A list is replaced as a whole, so this takes out of the container what was put in.
  const { template } = bareDeployment('kept').spec
  return api.send('PATCH', `${collection}/kept?dryRun=All`, { spec: { template } })
}

/** What went wrong with a call that needs both webhooks; undefined where it was repaired and admitted. */
async function problemOf(api: ClusterApi, number: number): Promise<string | undefined> {
  try {
    const { status, body } = await send(api, number)
    return status < 300 && isRepaired(body) ? undefined : `${status} ${JSON.stringify(body).slice(0, 300)}`
  } catch (error) {
    return String(error)
  }
}

/** Returns when the API server really calls the webhook and gets an answer. */
export async function prepareAdmissionLoad(controlPlane: ControlPlane, api: ClusterApi): Promise<void> {
  await createNamespace(controlPlane, namespace, optIn)
  let answer: string | undefined
  const details = (): string => answer ?? ''
  await waitFor({ what: 'the webhook to answer', seconds: 60, details, everyMilliseconds: 500 }, async () => {
    answer = await problemOf(api, 0)
    return answer === undefined ? true : undefined
  })
  const { spec, ...deployment } = bareDeployment('kept')
  // No pods: what is admitted is measured, not what runs.
  await api.must('POST', collection, { ...deployment, spec: { ...spec, replicas: 0 } })
}

interface Tally {
  readonly began: number
  readonly calls: Promise<void>[]
  readonly failures: string[]
  skipped: number
  slowestMs: number
}

function emptyTally(): Tally {
  return { began: performance.now(), calls: [], failures: [], skipped: 0, slowestMs: 0 }
}

/** Creates and changes Deployments in turn (dry), so many in a second, whether or not earlier calls were answered. */
export function startAdmissionLoad(controlPlane: ControlPlane): AdmissionLoad {
  const api = openApi(controlPlane, { connections: mostAtOnce, timeoutMs: timeoutSeconds * 1000 })
  const began = performance.now()
  let [sent, underWay, tally] = [0, 0, emptyTally()]
  async function one(number: number, into: Tally): Promise<void> {
    const from = performance.now()
    underWay += 1
    const problem = await problemOf(api, number)
    underWay -= 1
    into.slowestMs = Math.max(into.slowestMs, Math.round(performance.now() - from))
    if (problem !== undefined) into.failures.push(`${new Date().toISOString()} ${problem}`)
  }
  const clock = setInterval(() => {
    for (; sent < ((performance.now() - began) * callsPerSecond) / 1000; sent += 1) {
      if (underWay < mostAtOnce) tally.calls.push(one(sent, tally))
      else tally.skipped += 1
    }
  }, 5)
  return {
    async look() {
      const looked = tally
      tally = emptyTally()
      const seconds = Math.round((tally.began - looked.began) / 100) / 10
      await Promise.all(looked.calls)
      const { calls, skipped, failures, slowestMs } = looked
      return { calls: calls.length, skipped, failures, slowestMs, seconds }
    },
    async end() {
      clearInterval(clock)
      await Promise.all(tally.calls)
      api.close()
    }
  }
}
