import type { Autoscaler } from './autoscaler.ts'
import type { Metadata } from './metadata.ts'

/**
 * The fewest replicas that a workload may be scaled down to while it runs. A workload with 0 replicas is switched off, and its
 * autoscaler pauses. One that KEDA scales to zero passes through 1 replica on its way, and may stay there.
 */
export function leastReplicas(replicas: number, driver: Autoscaler | null): number {
  if (replicas === 0 || driver === null || driver.pausedAt === 'current') return replicas
  return driver.pausedAt ?? driver.leastRunning
}

interface Driven {
  metadata: Metadata
  replicas: number | undefined
  autoscaler: Autoscaler | null
}

/** The workloads that are not being deleted and have pods, each with the fewest replicas that it may be scaled down to. */
export function atTheirLeast<W extends Driven>(workloads: readonly W[]): W[] {
  return workloads.flatMap((workload) => atItsLeast(workload) ?? [])
}

/** The same for one workload; undefined if it is being deleted, or has no pods. */
export function atItsLeast<W extends Driven>(workload: W): W | undefined {
  const { metadata, replicas, autoscaler } = workload
  const least = replicas === undefined ? undefined : leastReplicas(replicas, autoscaler)
  return metadata.deletionTimestamp !== undefined || least === 0 ? undefined : { ...workload, replicas: least }
}
