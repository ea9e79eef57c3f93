import type { Autoscaler } from './autoscaler.ts'

/** The most replicas that may ever run: those that run now, or as many as its autoscaler may start. */
export function mostReplicas(replicas: number, driver: Autoscaler | null): number {
  return driver === null ? replicas : Math.max(replicas, driver.maxReplicas)
}
