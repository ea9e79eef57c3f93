import type { LabelSelector } from '../../kube/label-selector.ts'
import type { WorkloadRef } from '../../kube/workload-key.ts'
import { type Fact, known, unknown } from '../fact.ts'
import type { FactDefinition, FactInputs } from '../fact-definition.ts'
import { whyUnready } from '../readiness.ts'
import { parentRefOf, refOfSubject, targetRefOf } from '../subject-workload.ts'
import { type Bounded, tooMany } from '../steps.ts'
import type { ExistingWorkload, KeptWorkload } from '../workloads.ts'

/** The other workloads of the namespace, of the kinds that an inventory keeps: Jobs and single pods are not among them. */
export interface Neighbours {
  /** Whether the selector matches the pods of one of them. An absent selector matches nothing. */
  someSelectedBy(selector: LabelSelector | undefined): Fact<boolean>
  /** Whether the selector matches the pods of one that has no replicas, which a budget cannot count. */
  someUncounted(selector: LabelSelector | undefined): Fact<boolean>
  /** Those whose pods the selector matches, each with the autoscaler that drives it. Unknown if its autoscalers are, or for thousands. */
  selectedBy(selector: LabelSelector | undefined): Fact<readonly ExistingWorkload[]>
}

/**
 * For a workload, the parent of a Scale, or the target of an autoscaler: the others in its namespace. Its own old version is not a
 * neighbour.
 */
export const neighbours: FactDefinition<Neighbours> = {
  workload: {
    from: ['workloads'],
    find: (workload, inputs, bounded) => known(othersThan(refOfSubject(workload), inputs, bounded))
  },
  autoscaler: {
    from: ['workloads'],
    find: (autoscaler, inputs, bounded) => known(othersThan(targetRefOf(autoscaler), inputs, bounded))
  },
  scale: {
    from: ['workloads'],
    find: (scale, inputs, bounded) => known(othersThan(parentRefOf(scale), inputs, bounded))
  }
}

const drivers = ['autoscalers'] as const

/** The most neighbours that one fact lists: about a millisecond of work. */
const mostSelected = 2000

function othersThan(own: WorkloadRef, { inventory, readiness }: FactInputs, bounded: Bounded): Neighbours {
  const { workloads } = inventory
  const { namespace } = own
  return {
    someSelectedBy: (selector) =>
      bounded(() => some(besides(workloads.get(own), workloads.matching(namespace, selector)))),
    someUncounted: (selector) =>
      bounded(() => some(besides(workloads.get(own), workloads.unscaledMatching(namespace, selector)))),
    selectedBy: (selector) =>
      bounded(() => {
        const found: ExistingWorkload[] = []
        for (const other of besides(workloads.get(own), workloads.matching(namespace, selector))) {
          if (found.push(inventory.whole(other)) > mostSelected) return unknown(tooMany)
        }
        if (found.length === 0) return known(found)
        const why = whyUnready(readiness, drivers) ?? inventory.whyPartial(drivers, namespace)
        return why === undefined ? known(found) : unknown(why)
      })
  }
}

/** All but one: what is judged is no neighbour of its own old version. */
function* besides(one: KeptWorkload | undefined, all: Iterable<KeptWorkload>): Iterable<KeptWorkload> {
  for (const each of all) if (each !== one) yield each
}

function some(all: Iterable<unknown>): Fact<boolean> {
  for (const _one of all) return known(true)
  return known(false)
}
