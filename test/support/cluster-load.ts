import { setTimeout as wait } from 'node:timers/promises'
import { type ClusterApi, openApi } from './cluster-api.ts'
import { createNamespace } from './cluster-nodes.ts'
import { bareDeployment } from './cluster-objects.ts'
import type { ControlPlane } from './control-plane.ts'

export interface LoadResult {
  readonly calls: number
  readonly failures: readonly string[]
  /** Milliseconds. */
  readonly slowest: number
  readonly perSecond: number
}

export interface Load {
  /** What was asked since the last look, or since the start. */
  readonly look: () => LoadResult
  /** How many calls have ended since the last look. */
  readonly calls: () => number
  readonly end: () => Promise<void>
}

export const loadNamespace = 'busy'

const collection = `/apis/apps/v1/namespaces/${loadNamespace}/deployments`
const kept = 20
const mostAtOnce = 40
/** Without a probe and a preStop sleep: each of them is patched, and then admitted. */
const web = { readinessProbe: { tcpSocket: { port: 8080 } }, ports: [{ containerPort: 8080 }] }

/** A namespace whose objects are judged and patched. What is patched later has to be there. */
export async function prepareLoad(cluster: ControlPlane, api: ClusterApi): Promise<void> {
  await createNamespace(cluster, loadNamespace, { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' })
  // The API server reads labels from a cache, so the first ones may not be judged yet.
  await wait(1000)
  for (let index = 0; index < kept; index++) await api.must('POST', collection, bareDeployment(`kept-${index}`, web))
}

function send(api: ClusterApi, number: number) {
  if (number % 2 === 0) return api.send('POST', `${collection}?dryRun=All`, bareDeployment('web', web))
  const metadata = { annotations: { 'example.test/number': String(number) } }
  return api.send('PATCH', `${collection}/kept-${number % kept}`, { metadata })
}

/** What went wrong with a call; undefined where it was patched and admitted. */
async function problemOf(api: ClusterApi, number: number): Promise<string | undefined> {
  try {
    const { status, body } = await send(api, number)
    const text = JSON.stringify(body)
    if ((status === 200 || status === 201) && text.includes('holdfast.dev/injected')) return undefined
    return `${status} ${text.slice(0, 400)}`
  } catch (error) {
    return String(error)
  }
}

/** Creates and patches Deployments in turn, at so many calls a second, or at as many as are answered where that is less. */
export function startLoad(cluster: ControlPlane, perSecond: number): Load {
  // Of its own: whoever else asks does not queue up behind the load.
  const api = openApi(cluster)
  const over = new AbortController()
  const under = new Set<Promise<void>>()
  let now = { calls: 0, failures: [] as string[], slowest: 0, since: performance.now() }
  const one = async (number: number): Promise<void> => {
    const began = performance.now()
    const problem = await problemOf(api, number)
    now.calls += 1
    now.slowest = Math.max(now.slowest, performance.now() - began)
    if (problem !== undefined) now.failures.push(`${new Date().toISOString()} ${problem}`)
  }
  const done = (async () => {
    const began = performance.now()
    for (let number = 0; !over.signal.aborted; number++) {
      const call = one(number).finally(() => under.delete(call))
      under.add(call)
      if (under.size >= mostAtOnce) await Promise.race(under)
      await wait(Math.max(0, began + ((number + 1) * 1000) / perSecond - performance.now()))
    }
    await Promise.all(under)
    api.close()
  })()
  return {
    calls: () => now.calls,
    look: () => {
      const { since, ...seen } = now
      const took = (performance.now() - since) / 1000
      now = { calls: 0, failures: [], slowest: 0, since: performance.now() }
      return { ...seen, perSecond: seen.calls / took }
    },
    end: () => {
      over.abort()
      return done
    }
  }
}
