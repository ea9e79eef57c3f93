import { setTimeout as wait } from 'node:timers/promises'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { createNamespace } from '../support/cluster-nodes.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'

export interface Seen {
  readonly calls: number
  readonly failures: readonly string[]
  readonly slowestMs: number
}

export interface AdmissionLoad {
  /** What was asked since the last look. */
  readonly look: () => Seen
  readonly end: () => Promise<void>
}

const namespace = 'busy'
const collection = `/apis/apps/v1/namespaces/${namespace}/deployments`
/** As many as there are connections. */
const mostAtOnce = 10
/** Enough that two calls never change the same one at once. */
const kept = 20
const optIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }

/** What went wrong with a call that needs both webhooks; undefined where it was repaired and admitted. */
async function problemOf(api: ClusterApi, number: number): Promise<string | undefined> {
  try {
    const metadata = { annotations: { 'example.test/number': String(number) } }
    const { status, body } = await (number % 2 === 0
      ? api.send('POST', `${collection}?dryRun=All`, bareDeployment('new'))
      : api.send('PATCH', `${collection}/kept-${number % kept}`, { metadata }))
    const text = JSON.stringify(body)
    return status < 300 && text.includes('holdfast.dev/injected') ? undefined : `${status} ${text.slice(0, 300)}`
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
  for (let index = 0; index < kept; index++) {
    const { spec, ...deployment } = bareDeployment(`kept-${index}`)
    // No pods: what is admitted is measured, not what runs.
    await api.must('POST', collection, { ...deployment, spec: { ...spec, replicas: 0 } })
  }
}

/** Creates (dry) and changes Deployments in turn, so many in a second; fewer where answers take long, so that none waits for the others. */
export function startAdmissionLoad(controlPlane: ControlPlane, perSecond: number): AdmissionLoad {
  const api = openApi(controlPlane)
  const underWay = new Set<Promise<void>>()
  const began = performance.now()
  let [sent, calls, slowestMs, failures] = [0, 0, 0, [] as string[]]
  async function one(number: number): Promise<void> {
    const from = performance.now()
    const problem = await problemOf(api, number)
    calls += 1
    slowestMs = Math.max(slowestMs, Math.round(performance.now() - from))
    if (problem !== undefined) failures.push(`${new Date().toISOString()} ${problem}`)
  }
  const clock = setInterval(() => {
    for (; sent < ((performance.now() - began) * perSecond) / 1000; sent += 1) {
      if (underWay.size >= mostAtOnce) continue
      const call = one(sent)
      underWay.add(call)
      void call.then(() => underWay.delete(call))
    }
  }, 5)
  return {
    look() {
      const seen = { calls, failures, slowestMs }
      ;[calls, failures, slowestMs] = [0, [], 0]
      return seen
    },
    async end() {
      clearInterval(clock)
      await Promise.all(underWay)
      await wait(0)
      api.close()
    }
  }
}
