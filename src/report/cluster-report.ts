import type { Mode, ProfileName, RulesetVersion } from '../engine/api.ts'
import type { ReportedObject } from './reported-object.ts'

/** What a report says of a cluster beside its results. */
export interface ClusterReport {
  /** The worst first. */
  namespaces: readonly NamespaceCounts[]
  /** By the value of a label, the worst first; absent if no label is asked for. */
  groups?: { label: string; values: readonly Counts[] }
  /** What Holdfast has injected, and the companions that it keeps. */
  changed: readonly Changed[]
  budgets: readonly BudgetCounts[]
  /** What a rehearsal turns, the worst first; absent if none is compared. */
  turned?: readonly Turned[]
  /** Where pods run; absent if it is not asked for. */
  placement?: Placement
}

/** What is found in a part of a cluster. What is exempt counts as exempted only. */
export interface Counts {
  /** Of the namespace, or a value of the label; empty for objects without the label. */
  name: string
  objects: number
  required: number
  advised: number
  unknown: number
  exempted: number
  /** How many of its objects would be denied. */
  denied: number
}

export interface NamespaceCounts extends Counts {
  profile: ProfileName
  version: RulesetVersion
  /** `off`: it has not opted in. With a rehearsal, its mode there. */
  mode: Mode | 'off'
  /** Whether its labels allow repairs. */
  injects: boolean
  /** False for a namespace that Holdfast leaves alone whatever its labels, such as kube-system. */
  enforceable: boolean
}

export interface Changed {
  object: ReportedObject
  /** Of what was injected; of a companion the policy that it makes true. */
  policies: readonly string[]
  companion: boolean
}

/** A budget and its arithmetic, as the disruption controller has written it into its status. */
export interface BudgetCounts {
  namespace: string
  name: string
  /** `minAvailable: 50%`. */
  bound: string
  /** Absent before the first sync. */
  pods?: { expected: number; healthy: number; desired: number; allowed: number }
}

/** What is to be said of an object, the most severe first. */
export const verdicts = ['denied', 'required', 'advised', 'unknown', 'pass'] as const
export type Verdict = (typeof verdicts)[number]

/** An object that a rehearsal judges in another way than the present configuration and labels. */
export interface Turned {
  object: ReportedObject
  from: Verdict
  to: Verdict
  /** For what it gets `to`. */
  policies: readonly string[]
}

export interface Placement {
  nodes: readonly { name: string; /** Empty if it has none. */ zone: string; ready: boolean; schedulable: boolean }[]
  /** By namespace, kind and name. */
  workloads: readonly PlacedWorkload[]
}

export interface PlacedWorkload {
  namespace: string
  kind: string
  name: string
  /** Its running pods by the index of their node. */
  pods: readonly (readonly [node: number, pods: number])[]
  /** Pods that run on no node yet. */
  pending: number
}

/** Orders by what is worst: denied, required, advised, unknown, then by name. */
export function compareCounts(one: Counts, other: Counts): number {
  return (
    other.denied - one.denied ||
    other.required - one.required ||
    other.advised - one.advised ||
    other.unknown - one.unknown ||
    (one.name < other.name ? -1 : 1)
  )
}
