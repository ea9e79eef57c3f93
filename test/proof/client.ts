import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from '../support/cluster-kubectl.ts'
import type { NamespaceUser } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { LoadOptions, LoadResult } from './load.ts'
import { podsOf } from './pods.ts'

const steadyMs = 30_000

/** Where clients find the pods: the ClusterIP. */
export async function serviceUrl(user: NamespaceUser): Promise<string> {
  const { stdout } = await user.must(['get', 'service', 'web', '--output=jsonpath={.spec.clusterIP}'])
  return `http://${stdout}/`
}

/** Until every pod has answered itself, and the Service does a few times in a row: the measurement begins with all well. */
export async function untilAnswering(user: NamespaceUser): Promise<void> {
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
export async function flushConnectionTracking(): Promise<void> {
  const result = await run(['conntrack', '--flush'], {})
  if (result.code !== 0) throw new Error(`conntrack: ${result.stderr}`)
}

export interface Client {
  /** Settles once it is running and the first requests were answered. Throws where it ends before. */
  readonly steady: Promise<unknown>
  readonly end: () => Promise<LoadResult>
  /** Ends it whatever it is doing; nothing happens to one that has ended. */
  readonly kill: () => Promise<void>
}

async function tooLate(): Promise<never> {
  await wait(steadyMs, undefined, { ref: false })
  throw new Error(`the client had no answers after ${steadyMs} ms`)
}

/** The load, in a process of its own. */
export function startClient(options: LoadOptions): Client {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  // One that could not be started has no answers either.
  exited.catch(() => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the client has ended')
    return value
  }
  return {
    steady: Promise.race([next(), tooLate()]),
    async end() {
      child.stdin.end()
      const result = JSON.parse(await next()) as LoadResult
      await exited
      return result
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    }
  }
}
