import type { Autoscaler } from '../kube/autoscaler.ts'
import type { BudgetSpec } from '../kube/budget.ts'
import type { Labels, LabelSelector } from '../kube/label-selector.ts'
import type { Metadata } from '../kube/metadata.ts'
import type { Node } from '../kube/node.ts'
import type { Requesting } from '../kube/requests.ts'
import type { ServerVersion } from '../kube/server-version.ts'
import type { Service } from '../kube/service.ts'

/** Something about the surroundings of a workload: known, or unknown and why. Never silently empty. */
export type Fact<T> = { known: true; value: T } | { known: false; why: string }

export function known<T>(value: T): Fact<T> {
  return { known: true, value }
}

export function unknown(why: string): Fact<never> {
  return { known: false, why }
}

/** A budget that is there. */
export interface ExistingBudget {
  name: string
  spec: BudgetSpec
  /** Ours: it is withdrawn as soon as another budget selects the same pods. */
  companion: boolean
}

/** A workload that is there, as far as anything around it asks. */
export interface ExistingWorkload {
  /** The API group: `apps`. */
  group: string
  kind: string
  /** Without managedFields; of the annotations only our own. */
  metadata: Metadata
  /** Undefined for kinds without. */
  replicas: number | undefined
  podLabels: Labels
  selector: LabelSelector | undefined
  /** Its containers by what they request: `{ name: 'web', requests: ['cpu', 'memory'] }`. A limit counts as a request. */
  containers: readonly Requesting[]
  /** The autoscaler that drives it, or null where there is none. */
  autoscaler: Autoscaler | null
}

/** The other workloads of the namespace, of the kinds that are watched: Jobs and single pods are not. */
export interface Neighbours {
  /** Whether the selector matches the pods of one of them. An absent selector matches nothing. */
  someSelectedBy(selector: LabelSelector | undefined): boolean
}

/** The nodes of the cluster. */
export interface Nodes {
  all: readonly Node[]
  /** The values of a label over all nodes that have it: the domains of a topology key. */
  domainsOf(key: string): ReadonlySet<string>
}

/** What surrounds a subject: a workload, a budget, an autoscaler, or the wish to scale. */
export interface Facts {
  /** The release that the API server behaves as. */
  serverVersion: Fact<ServerVersion>
  /** The autoscaler that drives the workload (of a Scale: its parent), or null where there is none. Of several, the one with the lowest floor. */
  autoscaler: Fact<Autoscaler | null>
  /** Of a workload: the autoscalers that have it as their target. Of an autoscaler: the others with the same target. */
  autoscalers: Fact<readonly Autoscaler[]>
  /** Of a workload: what else is in its namespace. */
  neighbours: Fact<Neighbours>
  /** Of a workload (of a Scale: its parent): the budgets that select its pods. Of a budget: the others that select a pod of a workload that it selects. */
  budgets: Fact<readonly ExistingBudget[]>
  /** Of a workload: whether the controller keeps a companion budget for it, or will as soon as it is there. */
  companion: Fact<boolean>
  /** Of a workload: the Services that select its pods. */
  services: Fact<readonly Service[]>
  nodes: Fact<Nodes>
  /** Of a budget: the workloads whose pods it selects. Of an autoscaler: its target. Of a Scale: its parent. */
  workloads: Fact<readonly ExistingWorkload[]>
}

export type FactName = keyof Facts

/** Every fact unknown for one reason; those that are known after all are given. */
export function unknownFacts(why: string, given: Partial<Facts> = {}): Facts {
  const nothing = unknown(why)
  return {
    serverVersion: nothing,
    autoscaler: nothing,
    autoscalers: nothing,
    neighbours: nothing,
    budgets: nothing,
    companion: nothing,
    services: nothing,
    nodes: nothing,
    workloads: nothing,
    ...given
  }
}

/** Gives the facts around a subject. It answers from memory: a review makes no API call. */
export type FactsFor<S> = (subject: S) => Facts
