import { logTail, type ManagedProcess } from './cluster-process.ts'
import { waitFor } from './cluster-wait.ts'

/** Waits until a process of ours says at `/readyz` that it is ready. Throws with the end of its log where it has ended, or the time is up. */
export async function untilReady(process: ManagedProcess, healthUrl: string, seconds: number): Promise<void> {
  const details = (): string => logTail(process.log())
  await waitFor({ what: `${process.name} to be ready`, seconds, details }, async () => {
    if (!process.running()) throw new Error(`${process.name} ended\n${details()}`)
    const response = await fetch(`${healthUrl}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
    return response?.status === 200 ? true : undefined
  })
}
