import type { ExistingBudget } from '../inventory/facts/budgets.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { definePolicy } from '../engine/policy.ts'
import { cutMiddle, nameText } from '../engine/text.ts'
import { certain, type Reason, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import { type Autoscaler, boundFields, isAutoscaler } from '../kube/autoscaler.ts'
import { blockageOf, type BudgetSpec } from '../kube/budget.ts'
import { disruptionsAtFullHealth, podsOfWorkload } from '../kube/disruptions.ts'
import { percentOf } from '../kube/int-or-percent.ts'
import { type LabelSelector, selectorIsWithin } from '../kube/label-selector.ts'
import { atTheirLeast } from '../kube/least-replicas.ts'
import type { Metadata } from '../kube/metadata.ts'
import type { Provenance } from '../kube/provenance.ts'

export const budgetAllowsDisruption = definePolicy({
  id: 'budget-allows-disruption',
  title: 'No budget leaves zero allowed disruptions at full health',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget', 'Deployment', 'StatefulSet', 'Scale', 'HorizontalPodAutoscaler', 'ScaledObject'],
  needs: ['budgets', 'autoscaler', 'neighbours', 'workloads'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  check({ subject, facts }) {
    if (subject.kind === 'PodDisruptionBudget') return blocksAlone(subject.spec) ?? blocksItsPods(subject.spec, facts)
    if (isAutoscaler(subject)) return blockedAtFloor(subject, facts)
    if (subject.kind !== 'Scale') return blockedPods({ ...subject, replicas: subject.replicas ?? 1 }, facts)
    const { parentKind: kind, metadata, replicas } = subject
    const selector = facts.workloads.known ? facts.workloads.value[0]?.selector : undefined
    // People may decide to run fewer replicas for a while, at night or in an emergency.
    return blockedPods({ kind, metadata, replicas, selector }, facts).map((found) => {
      return found.certainty.kind === 'certain' ? uncertain('intent', found) : found
    })
  }
})

type Around = Pick<Facts, 'budgets' | 'autoscaler' | 'neighbours' | 'workloads'>

const onePod = podsOfWorkload({ kind: 'Deployment', replicas: 1 })

function fixOf({ minAvailable }: BudgetSpec): string {
  return minAvailable === undefined ? 'use maxUnavailable: 1' : 'use maxUnavailable: 1 instead'
}

/** How much of the pods must stay: `minAvailable 3 of 3 pods`; at the floor of an autoscaler where one drives them. */
function share({ minAvailable, maxUnavailable }: BudgetSpec, count: number, where: string): string {
  const bound =
    minAvailable === undefined ? `maxUnavailable ${shown(maxUnavailable)}` : `minAvailable ${shown(minAvailable)}`
  return `${bound} of ${podCount(count)}${where}`
}

/** The number that a percentage of the pods rounds up to; undefined if it does not round. */
function roundedUp({ minAvailable }: BudgetSpec, count: number): number | undefined {
  const percent = percentOf(minAvailable ?? 0) ?? 0
  return (percent * count) % 100 === 0 ? undefined : Math.ceil((percent * count) / 100)
}

/** `budget web blocks every drain: minAvailable 3 of 3 pods`. A percentage that rounds leaves no room for the name of its field. */
function blockedBy(spec: BudgetSpec, count: number, where: string): string {
  const rounded = roundedUp(spec, count)
  if (rounded === undefined) return share(spec, count, where)
  return `${shown(spec.minAvailable)} of ${podCount(count)}${where} rounds up to ${rounded}`
}

/** `minAvailable 3 of 3 pods blocks every drain`, with what a percentage rounds up to. */
function blocks(spec: BudgetSpec, count: number, where: string): string {
  const rounded = roundedUp(spec, count)
  const and = rounded === undefined ? '' : ` rounds up to ${rounded} and`
  return `${share(spec, count, where)}${and} blocks every drain`
}

function podCount(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`
}

function whereBy(drivers: readonly Autoscaler[]): string {
  if (drivers.length === 0) return ''
  return drivers.some(({ pausedAt }) => pausedAt !== undefined) ? ' while paused' : " at the autoscaler's floor"
}

/** A percentage may have any number of leading zeros. */
function shown(bound: number | string | undefined): string {
  return cutMiddle(String(bound), 8)
}

function blocksAlone(spec: BudgetSpec): Violation[] | undefined {
  const blockage = blockageOf(spec)
  if (blockage === undefined) return undefined
  const fix = fixOf(spec)
  if (blockage === 'no bound')
    return [certain({ field: 'spec', problem: 'without a bound it blocks every drain', fix })]
  const bound = blockage === 'maxUnavailable is 0' ? 'maxUnavailable' : 'minAvailable'
  return [certain({ field: `spec.${bound}`, problem: `${bound} ${shown(spec[bound])} blocks every drain`, fix })]
}

/** Certain only if no later workload can change it: the budget is for one workload, by the workload's own selector. */
function blocksItsPods(spec: BudgetSpec, { workloads }: Around): Violation[] {
  const field = `spec.${spec.minAvailable === undefined ? 'maxUnavailable' : 'minAvailable'}`
  const fix = fixOf(spec)
  const selected = workloads.known ? atTheirLeast(workloads.value) : []
  const allowed = disruptionsAtFullHealth(spec, workloads.known ? selected.map(podsOfWorkload) : [onePod])
  if (allowed === 'unknown' || (allowed === 0 && !workloads.known)) {
    return [uncertain('workloads', { field, problem: 'may block every drain', fix }, 'never')]
  }
  const counted = selected.filter(({ replicas }) => replicas !== undefined)
  if (counted.length === 0 || (allowed !== 0 && allowed !== 'cannot be counted')) return []
  if (allowed !== 0) {
    const problem = 'selects pods that cannot be counted, so it blocks every drain'
    return [certain({ field, problem, fix: 'select the pods of one workload' })]
  }
  const count = counted.reduce((sum, { replicas = 0 }) => sum + replicas, 0)
  const drivers = counted.flatMap(({ autoscaler }) => autoscaler ?? [])
  const shortfall = { field, problem: blocks(spec, count, whereBy(drivers)), fix }
  const whole = selected.length === 1 && selected.every((group) => viewOf(spec, group) === 'whole')
  return [whole ? certain(shortfall, { sparedOn: 'UPDATE' }) : uncertain('intent', shortfall)]
}

/** The budgets come first in most releases. The workload is not denied for one: it may have to come back in an emergency. */
function blockedPods(pods: Omit<Group, 'autoscaler'>, { budgets, autoscaler, neighbours }: Around): Violation[] {
  const driver = autoscaler.known ? autoscaler.value : null
  const own = { ...pods, autoscaler: driver }
  if (atTheirLeast([own]).length === 0) return []
  const field = 'spec.replicas'
  if (!budgets.known) {
    const problem = 'a budget may block every drain'
    return [uncertain('budgets', { field, problem, fix: 'use maxUnavailable: 1' }, 'never')]
  }
  return budgets.value.flatMap((budget): Violation[] => {
    const block = blockOf(budget, own, neighbours, whereBy(driver === null ? [] : [driver]))
    if (block === undefined) return []
    const shortfall = { field, problem: block.problem, fix: 'use maxUnavailable: 1 in the budget' }
    if (!autoscaler.known) return [uncertain('autoscaler', shortfall)]
    return [block.doubt === undefined ? certain(shortfall, { sparedOn: 'both' }) : doubted(block.doubt, shortfall)]
  })
}

/** An autoscaler answers for its floor alone: what blocks at any number of pods is for the budget to mend. */
function blockedAtFloor(scaler: Autoscaler, { budgets, workloads, neighbours }: Around): Violation[] {
  if (scaler.leastRunning === 0) return []
  const field = `spec.${boundFields[scaler.kind].min}`
  if (!workloads.known || !budgets.known) {
    const problem = 'at this floor a budget may block every drain'
    return [
      uncertain(workloads.known ? 'budgets' : 'workloads', { field, problem, fix: 'use maxUnavailable: 1' }, 'never')
    ]
  }
  const [target] = workloads.value
  if (target?.replicas === undefined) return []
  const paused = scaler.pausedAt !== undefined
  // The floor counts again after the pause.
  const states = paused ? [scaler, { ...scaler, pausedAt: undefined }] : [scaler]
  return budgets.value.flatMap((budget): Violation[] => {
    if (blockageOf(budget.spec) !== undefined) return []
    for (const autoscaler of states) {
      const [where, raise] =
        autoscaler.pausedAt === undefined ? [' at this floor', 'raise it, or '] : [' while paused', '']
      const block = blockOf(budget, { ...target, autoscaler }, neighbours, where)
      if (block === undefined) continue
      const shortfall = { field, problem: block.problem, fix: `${raise}use maxUnavailable: 1 in the budget` }
      const doubt = block.doubt ?? (paused ? 'intent' : undefined)
      return [doubt === undefined ? certain(shortfall) : doubted(doubt, shortfall)]
    }
    return []
  })
}

function doubted(doubt: Reason, shortfall: Shortfall): Violation {
  return uncertain(doubt, shortfall, doubt === 'neighbours' ? 'never' : 'always')
}

/** How a budget blocks the pods of a workload, and what could overturn that. */
interface Block {
  problem: string
  doubt: Reason | undefined
}

/** Under a wide budget, other pods may still compensate for these: such a budget is judged when it is written. */
function blockOf(
  { name, spec, companion }: ExistingBudget,
  own: Group,
  neighbours: Facts['neighbours'],
  where: string
): Block | undefined {
  const [running] = atTheirLeast([own])
  if (running === undefined || companion || disruptionsAtFullHealth(spec, [podsOfWorkload(running)]) !== 0)
    return undefined
  const alone = blockageOf(spec)
  const problem = `budget ${nameText(name)} blocks every drain: ${alone ?? blockedBy(spec, running.replicas ?? 0, where)}`
  const view = viewOf(spec, own)
  if (view === 'whole') return { problem, doubt: undefined }
  const shared = view === 'part' && (!neighbours.known || neighbours.value.someSelectedBy(spec.selector))
  return { problem, doubt: shared && alone === undefined ? 'neighbours' : 'intent' }
}

/** The pods of one workload. */
export interface Group {
  kind: string
  metadata: Metadata
  replicas: number | undefined
  selector: LabelSelector | undefined
  autoscaler: Autoscaler | null
  /** The provenance of a new workload: it may show that a person wrote the number. */
  provenance?: Provenance
}

/** One replica may be the default of a manifest that leaves the number to a later autoscaler. A pause is for a while. */
function numberStands({ replicas, autoscaler, provenance }: Group): boolean {
  if (autoscaler?.pausedAt !== undefined) return false
  return replicas !== 1 || autoscaler !== null || provenance?.of(['spec', 'replicas']) === 'written'
}

/**
 * How completely we see the pods of a budget. `whole`: no later object can change the result. The budget selects only these pods, because
 * it has every requirement of the workload's own selector, and their number is final or does not matter. `alone`: their number may
 * still change. `part`: the budget may also select other pods.
 */
export function viewOf(spec: BudgetSpec, group: Group): 'whole' | 'alone' | 'part' {
  if (!selectorIsWithin(spec.selector, group.selector)) return 'part'
  return blockageOf(spec) !== undefined || numberStands(group) ? 'whole' : 'alone'
}
