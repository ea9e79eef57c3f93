import type { CompanionRules } from '../engine/companion-wish.ts'
import type { Autoscaler } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import type { Scale } from '../kube/scale.ts'
import type { Service } from '../kube/service.ts'
import type { ServerVersion } from '../kube/server-version.ts'
import type { Workload } from '../kube/workload.ts'
import type { Fact } from './fact.ts'
import type { Inventory } from './inventory.ts'
import type { Readiness } from './readiness.ts'
import type { Bounded } from './steps.ts'
import type { Source } from './source.ts'

/** The sources of all facts. */
export interface FactInputs {
  inventory: Inventory
  readiness: Readiness
  /** The release that the API server behaves as. */
  serverVersion: () => Fact<ServerVersion>
  /** Which workloads companions are kept for. */
  companions: CompanionRules
}

/** The subjects that facts are found for, in the classes that they are found by. */
export interface SubjectByClass {
  workload: Workload
  budget: Budget
  autoscaler: Autoscaler
  service: Service
  scale: Scale
}
export type SubjectClass = keyof SubjectByClass

/** How a fact is found for a class of subjects. */
export interface FactProvider<S, T> {
  /** The fact is unknown while one of these is not ready, or if they are namespaced and the subject names no namespace. */
  from: readonly Source[]
  /** The fact is the last known value, ready or not; `find` checks readiness where it must. */
  asLastKnown?: true
  /** Its searches run within the bound of the review; one that the fact leaves for later, too, by `bounded`. */
  find: (subject: S, inputs: FactInputs, bounded: Bounded) => Fact<T>
}

/** How a fact is found for each class of subjects. It is unknown for a class that is left out. */
export type FactDefinition<T> = { readonly [C in SubjectClass]?: FactProvider<SubjectByClass[C], T> }

/** A fact that is the same whatever the subject. */
export function forEverySubject<T>(provider: FactProvider<unknown, T>): Required<FactDefinition<T>> {
  return { workload: provider, budget: provider, autoscaler: provider, service: provider, scale: provider }
}
