import { type ExistingWorkload, type Fact, known, unknown } from '../engine/facts.ts'
import type { ScaleOf } from '../engine/policy.ts'
import type { Autoscaler } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import { kinds } from '../kube/kinds.ts'
import type { Workload } from '../kube/workload.ts'
import { workloadKey, type WorkloadRef } from '../kube/workload-key.ts'
import { isSameAutoscaler, lowest, targetKeyOf } from './autoscalers.ts'
import type { FactProviders } from './lazy-facts.ts'
import type { FactReader } from './fact-reader.ts'
import type { Sort } from '../cluster/resources.ts'
import type { KeptWorkload } from './transform.ts'
import { keyOfWorkload } from './workloads.ts'

/** Facts that make sense for whatever is judged, and those that nobody looks up unless a kind of subject says how. */
function common(lookup: FactReader, of: string) {
  const notAsked = unknown(`not looked up for ${of}`)
  const never = () => notAsked
  return {
    serverVersion: () => lookup.serverVersion(),
    nodes: () => lookup.nodes(),
    autoscaler: never,
    autoscalers: never,
    neighbours: never,
    budgets: never,
    companion: never,
    services: never,
    workloads: never
  }
}

function lowestOf(autoscalers: Fact<readonly Autoscaler[]>): Fact<Autoscaler | null> {
  return autoscalers.known ? known(lowest(autoscalers.value)) : autoscalers
}

function refOf({ kind, metadata: { namespace = '', name = '' } }: Workload): WorkloadRef {
  return { group: kinds[kind].group, kind, namespace, name }
}

/** A workload that comes takes the place of its old version, which is no neighbour. */
export function workloadFacts(lookup: FactReader): FactProviders<Workload> {
  const { workloads, services } = lookup.inventory
  return {
    ...common(lookup, 'a workload'),
    autoscaler: (workload) => lowestOf(lookup.autoscalersOf(refOf(workload))),
    autoscalers: (workload) => lookup.autoscalersOf(refOf(workload)),
    neighbours: (workload) => {
      const own = refOf(workload)
      const { namespace } = own
      return lookup.within(namespace, ['workloads'], () => ({
        someSelectedBy: (selector) => {
          for (const other of workloads.matching(namespace, selector)) {
            if (keyOfWorkload(other) !== workloadKey(own)) return true
          }
          return false
        }
      }))
    },
    budgets: ({ metadata: { namespace = '' }, podLabels }) => lookup.budgetsSelecting(namespace, podLabels),
    companion: (workload) => lookup.companionOf({ ...refOf(workload), metadata: workload.metadata }),
    services: ({ metadata: { namespace = '' }, podLabels }) => {
      return lookup.within(namespace, ['services'], () => [...services.selecting(namespace, podLabels)])
    }
  }
}

/** A budget that comes takes the place of its old version, which is no other budget. */
export function budgetFacts(lookup: FactReader): FactProviders<Budget> {
  const { inventory } = lookup
  return {
    ...common(lookup, 'a budget'),
    budgets: (budget) => lookup.budgetsBeside(budget),
    workloads: ({ metadata: { namespace = '' }, spec: { selector } }) => {
      return lookup.within(namespace, ['workloads', 'autoscalers'], () => {
        return Array.from(inventory.workloads.matching(namespace, selector), (workload) => inventory.whole(workload))
      })
    }
  }
}

/** An autoscaler that comes takes the place of its old version, and its target has it already. */
export function autoscalerFacts(lookup: FactReader): FactProviders<Autoscaler> {
  const { inventory } = lookup
  const others = (subject: Autoscaler) => {
    const all = inventory.autoscalers.of(targetKeyOf(subject))
    return all.filter((other) => !isSameAutoscaler(subject, other))
  }
  return {
    ...common(lookup, 'an autoscaler'),
    autoscalers: (subject) => lookup.within(subject.metadata.namespace ?? '', ['autoscalers'], () => others(subject)),
    workloads: (subject) => {
      const { metadata, target } = subject
      const { namespace = '' } = metadata
      if (!inventory.workloads.has(target)) return unknown('workloads of the kind that it targets are not watched')
      return lookup.within(namespace, ['workloads', 'autoscalers'], (): ExistingWorkload[] => {
        const workload = inventory.workloads.get({ ...target, namespace })
        return workload === undefined ? [] : [{ ...workload, autoscaler: lowest([...others(subject), subject]) }]
      })
    }
  }
}

function parentOf({ parentKind: kind, metadata: { namespace = '', name = '' } }: ScaleOf): WorkloadRef {
  return { group: 'apps', kind, namespace, name }
}

/** There is no Scale without its parent: one that is not there has just not been seen. */
export function scaleFacts(lookup: FactReader): FactProviders<ScaleOf> {
  const { inventory } = lookup
  const parentFor = (scale: ScaleOf, ...sorts: readonly Sort[]): Fact<KeptWorkload> => {
    const ref = parentOf(scale)
    const parent = lookup.within(ref.namespace, ['workloads', ...sorts], () => inventory.workloads.get(ref))
    if (!parent.known) return parent
    return parent.value === undefined ? unknown('what it scales has not been seen yet') : known(parent.value)
  }
  return {
    ...common(lookup, 'a Scale'),
    autoscaler: (scale) => lowestOf(lookup.autoscalersOf(parentOf(scale))),
    autoscalers: (scale) => lookup.autoscalersOf(parentOf(scale)),
    budgets: (scale) => {
      const parent = parentFor(scale)
      return parent.known ? lookup.budgetsSelecting(parentOf(scale).namespace, parent.value.podLabels) : parent
    },
    workloads: (scale) => {
      const parent = parentFor(scale, 'autoscalers')
      return parent.known ? known([inventory.whole(parent.value)]) : parent
    }
  }
}
