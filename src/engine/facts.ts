import type { Labels } from '../kube/label-selector.ts'
import type { ServerVersion } from '../kube/server-version.ts'

/** Something about the surroundings of a workload: known, or unknown and why. Never silently empty. */
export type Fact<T> = { known: true; value: T } | { known: false; why: string }

export function known<T>(value: T): Fact<T> {
  return { known: true, value }
}

export function unknown(why: string): Fact<never> {
  return { known: false, why }
}

/** The HorizontalPodAutoscaler (or what does its work) that sets the replicas of a workload. */
export interface Autoscaler {
  name: string
  minReplicas: number
}

/** What surrounds a workload. */
export interface Facts {
  /** The release that the API server behaves as. */
  serverVersion: Fact<ServerVersion>
  /** The autoscaler that drives the workload, or null where there is none. */
  autoscaler: Fact<Autoscaler | null>
  /** The pod labels of the other workloads in the namespace. */
  neighbours: Fact<readonly Labels[]>
}

export type FactName = keyof Facts

/** Gives the facts around a subject. It answers from memory: a review makes no API call. */
export type FactsFor<S> = (subject: S) => Facts
