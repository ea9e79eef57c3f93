import type { Autoscaler } from './autoscaler.ts'
import type { Metadata } from './metadata.ts'

/** The fewest replicas that a workload may be brought down to. One that has none is switched off, and its autoscaler stands still. */
export function leastReplicas(replicas: number, driver: Autoscaler | null): number {
  return replicas === 0 || driver === null ? replicas : driver.minReplicas
}

interface Driven {
  metadata: Metadata
  replicas: number | undefined
  autoscaler: Autoscaler | null
}

/** Of these workloads those that stay and have pods, with as few replicas as they may be brought down to. */
export function atTheirLeast<W extends Driven>(workloads: readonly W[]): W[] {
  return workloads.flatMap((workload) => {
    const {
      metadata: { deletionTimestamp },
      replicas,
      autoscaler
    } = workload
    const least = replicas === undefined ? undefined : leastReplicas(replicas, autoscaler)
    return deletionTimestamp !== undefined || least === 0 ? [] : [{ ...workload, replicas: least }]
  })
}
