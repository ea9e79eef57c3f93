import { isCompanion } from '../../src/engine/api.ts'
import { type ExistingBudget, type ExistingWorkload, type Facts, known, unknown } from '../../src/engine/facts.ts'
import type { Subject } from '../../src/engine/policy.ts'
import { type Autoscaler, isAutoscaler, type ScaleTarget } from '../../src/kube/autoscaler.ts'
import type { Budget } from '../../src/kube/budget.ts'
import { selectorMatches } from '../../src/kube/label-selector.ts'
import { requesting } from '../../src/kube/requests.ts'
import { isWorkload, type Workload } from '../../src/kube/workload.ts'
import { neighboursOf } from './facts.ts'

interface Surroundings {
  workloads: readonly Workload[]
  budgets: readonly Budget[]
  autoscalers: readonly Autoscaler[]
}

function drives({ target }: Autoscaler, { kind, name }: Partial<ScaleTarget>): boolean {
  return target.kind === kind && target.name === name
}

function driversOf({ kind, metadata: { name = '' } }: Workload, { autoscalers }: Surroundings): Autoscaler[] {
  return autoscalers.filter((autoscaler) => drives(autoscaler, { kind, name }))
}

/** Of several, the one with the lowest floor. */
function driverOf(workload: Workload, around: Surroundings): Autoscaler | null {
  return driversOf(workload, around).toSorted((one, other) => one.minReplicas - other.minReplicas)[0] ?? null
}

function selects({ spec }: Budget, { podLabels }: Workload): boolean {
  return selectorMatches(spec.selector, podLabels)
}

function existingBudget({ metadata, spec }: Budget): ExistingBudget {
  return { name: metadata.name ?? '', spec, companion: isCompanion(metadata) }
}

function existingWorkload(workload: Workload, around: Surroundings): ExistingWorkload {
  const { kind, metadata, replicas, podLabels, selector, podSpec } = workload
  const autoscaler = driverOf(workload, around)
  return { group: 'apps', kind, metadata, replicas, podLabels, selector, containers: requesting(podSpec), autoscaler }
}

function aroundWorkload(subject: Workload, around: Surroundings): Partial<Facts> {
  return {
    autoscaler: known(driverOf(subject, around)),
    autoscalers: known(driversOf(subject, around)),
    neighbours: neighboursOf(...around.workloads.map(({ podLabels }) => podLabels)),
    budgets: known(around.budgets.filter((budget) => selects(budget, subject)).map(existingBudget))
  }
}

function aroundBudget(subject: Budget, around: Surroundings): Partial<Facts> {
  const workloads = around.workloads.filter((workload) => selects(subject, workload))
  const others = around.budgets.filter((budget) => workloads.some((workload) => selects(budget, workload)))
  return {
    workloads: known(workloads.map((workload) => existingWorkload(workload, around))),
    budgets: known(others.map(existingBudget))
  }
}

function aroundAutoscaler(subject: Autoscaler, around: Surroundings): Partial<Facts> {
  const { group, kind, name } = subject.target
  const targets = around.workloads.filter((workload) => {
    return group === 'apps' && kind === workload.kind && name === workload.metadata.name
  })
  return {
    workloads: known(targets.map((workload) => existingWorkload(workload, around))),
    autoscalers: known(around.autoscalers.filter((other) => drives(other, subject.target)))
  }
}

/** The facts around a subject in the midst of other objects, as the doc comments of Facts have them; those that they bear on. */
export function factsAround(subject: Subject, others: readonly Subject[]): Partial<Facts> {
  const around: Surroundings = {
    workloads: others.filter(isWorkload),
    budgets: others.filter((other) => other.kind === 'PodDisruptionBudget'),
    autoscalers: others.filter(isAutoscaler)
  }
  if (subject.kind === 'PodDisruptionBudget') return aroundBudget(subject, around)
  if (isAutoscaler(subject)) return aroundAutoscaler(subject, around)
  if (isWorkload(subject)) return aroundWorkload(subject, around)
  if (subject.kind !== 'Scale') return {}
  const parent = around.workloads.find(({ kind, metadata }) => {
    return kind === subject.parentKind && metadata.name === subject.metadata.name
  })
  if (parent === undefined) return { workloads: known([]) }
  const workloads = known([existingWorkload(parent, around)])
  return { ...aroundWorkload(parent, around), neighbours: unknown('not looked up for a Scale'), workloads }
}
