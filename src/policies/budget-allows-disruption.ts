import type { ExistingBudget } from '../inventory/facts/budgets.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { definePolicy } from '../engine/policy.ts'
import { cutMiddle, nameText } from '../engine/text.ts'
import { certain, type Reason, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import { type Autoscaler, boundFields, isAutoscaler } from '../kube/autoscaler.ts'
import { blockageOf, type BudgetSpec } from '../kube/budget.ts'
import { disruptionsAtFullHealth, podsOfWorkload, type Uncounted } from '../kube/disruptions.ts'
import { percentOf } from '../kube/int-or-percent.ts'
import { type LabelSelector, selectorIsWithin } from '../kube/label-selector.ts'
import { atItsLeast, atTheirLeast } from '../kube/least-replicas.ts'
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
    if (subject.kind !== 'Scale') {
      const { kind, metadata, replicas, selector, provenance } = subject
      return blockedPods({ kind, metadata, replicas, selector, provenance }, facts)
    }
    const { parentKind: kind, metadata, replicas } = subject
    const selector = facts.workloads.known ? facts.workloads.value[0]?.selector : undefined
    // People may decide to run fewer replicas for a while, at night or in an emergency.
    return blockedPods({ kind, metadata, replicas, selector }, facts).map((found) => {
      return found.certainty.kind === 'certain' ? uncertain('intent', found) : found
    })
  }
})

type Around = Pick<Facts, 'budgets' | 'autoscaler' | 'neighbours' | 'workloads'>

const onePod: Group = { kind: 'Deployment', metadata: {}, replicas: 1, selector: undefined, autoscaler: null }

/** Of a budget, in its own finding. The API server refuses both bounds together. */
function fixOf({ minAvailable }: BudgetSpec): string {
  return minAvailable === undefined ? 'use maxUnavailable: 1' : 'use maxUnavailable: 1 instead'
}

/** Of a budget, in a finding of another object. */
function fixThere({ minAvailable }: BudgetSpec): string {
  return minAvailable === undefined ? 'use maxUnavailable: 1 in the budget' : 'use maxUnavailable: 1 there instead'
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

/** What a budget allows of the pods that it selects. */
interface Count {
  allowed: number | Uncounted | undefined
  /** How many pods its workloads have while each is scaled down as far as it may be, as far as they can be counted. */
  pods: number
  drivers: readonly Autoscaler[]
  /** Whether no later object can change the result: all its pods are those of one workload, and their number is final. */
  whole: boolean
}

/** Counts a budget with all workloads under its selector, whichever of the objects is judged. */
function countUnder(spec: BudgetSpec, workloads: readonly Group[]): Count {
  const selected = atTheirLeast(workloads)
  const counted = selected.filter(({ replicas }) => replicas !== undefined)
  const all = disruptionsAtFullHealth(spec, selected.map(podsOfWorkload))
  // Pods of unknown number add at least no disruption.
  const atLeast = all === 'unknown' ? disruptionsAtFullHealth(spec, counted.map(podsOfWorkload)) : all
  return {
    allowed: all === 'unknown' && atLeast === 0 ? 'unknown' : atLeast,
    pods: counted.reduce((sum, { replicas = 0 }) => sum + replicas, 0),
    drivers: counted.flatMap(({ autoscaler }) => autoscaler ?? []),
    whole: selected.length === 1 && selected.every((group) => isWhole(spec, group))
  }
}

/** Certain only if no later workload can change it: the budget is for one workload, by the workload's own selector. */
function blocksItsPods(spec: BudgetSpec, { workloads }: Around): Violation[] {
  const field = `spec.${spec.minAvailable === undefined ? 'maxUnavailable' : 'minAvailable'}`
  const fix = fixOf(spec)
  const { allowed, pods, drivers, whole } = countUnder(spec, workloads.known ? workloads.value : [onePod])
  if (allowed === 'unknown' || (allowed === 0 && !workloads.known)) {
    return [uncertain('workloads', { field, problem: 'may block every drain', fix }, 'never')]
  }
  if (pods === 0 || (allowed !== 0 && allowed !== 'cannot be counted')) return []
  if (allowed !== 0) {
    const problem = 'selects pods that cannot be counted, so it blocks every drain'
    return [certain({ field, problem, fix: 'select the pods of one workload' })]
  }
  const shortfall = { field, problem: blocks(spec, pods, whereBy(drivers)), fix }
  return [whole ? certain(shortfall, { sparedOn: 'UPDATE' }) : uncertain('intent', shortfall)]
}

/** The budgets come first in most releases. The workload is not denied for one: it may have to come back in an emergency. */
function blockedPods(pods: Omit<Group, 'autoscaler'>, { budgets, autoscaler, neighbours }: Around): Violation[] {
  const driver = autoscaler.known ? autoscaler.value : null
  const own = atItsLeast({ ...pods, autoscaler: driver })
  if (own === undefined) return []
  const field = 'spec.replicas'
  if (!budgets.known) {
    const problem = 'a budget may block every drain'
    return [uncertain('budgets', { field, problem, fix: 'use maxUnavailable: 1' }, 'never')]
  }
  return budgets.value.flatMap((budget): Violation[] => {
    const block = blockOf(budget, own, neighbours)
    if (block === undefined) return []
    const { problem, fix } = block
    const isOpen = !autoscaler.known && block.byNumber && block.doubt !== 'neighbours'
    const doubt = isOpen ? 'autoscaler' : block.doubt
    const shortfall = { field, problem, fix }
    return [doubt === undefined ? certain(shortfall, { sparedOn: 'both' }) : doubted(doubt, shortfall)]
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
    for (const autoscaler of states) {
      const [where, raise] = standing(autoscaler)
      const own = atItsLeast({ ...target, autoscaler })
      const block = own === undefined ? undefined : blockOf(budget, own, neighbours, where)
      if (block?.byNumber !== true) continue
      const shortfall = { field, problem: block.problem, fix: `${raise}${block.fix}` }
      const doubt = block.doubt ?? (paused ? 'intent' : undefined)
      return [doubt === undefined ? certain(shortfall) : doubted(doubt, shortfall)]
    }
    return []
  })
}

/** When its pods are as few, and what to do about that: a higher floor would keep KEDA from scaling to zero. */
function standing({ pausedAt, minReplicas }: Autoscaler): [where: string, raise: string] {
  if (pausedAt !== undefined) return [' while paused', '']
  return minReplicas === 0 ? [' while active', ''] : [' at this floor', 'raise it, or ']
}

function doubted(doubt: Reason, shortfall: Shortfall): Violation {
  return uncertain(doubt, shortfall, doubt === 'neighbours' ? 'never' : 'always')
}

/** How a budget blocks the pods of a workload, and what could overturn that. */
interface Block {
  problem: string
  fix: string
  /** Whether more pods would change it. */
  byNumber: boolean
  doubt: Reason | undefined
}

/**
 * How a budget blocks a workload that is scaled down as far as it may be. Undefined if it allows the eviction of one of its pods, or of
 * another workload's under its selector.
 */
function blockOf(
  { name, spec, companion }: ExistingBudget,
  own: Group,
  neighbours: Facts['neighbours'],
  where?: string
): Block | undefined {
  if (companion) return undefined
  const uncounted = neighbours.known ? neighbours.value.someUncounted(spec.selector) : neighbours
  const isUncounted = uncounted.known && uncounted.value
  if (!isUncounted && disruptionsAtFullHealth(spec, [podsOfWorkload(own)]) !== 0) return undefined
  const budget = `budget ${nameText(name)}`
  const alone = blockageOf(spec)
  if (alone !== undefined) {
    const problem = `${budget} blocks every drain: ${alone}`
    const doubt = isWhole(spec, own) ? undefined : 'intent'
    return { problem, fix: fixThere(spec), byNumber: false, doubt }
  }
  const others = neighbours.known ? neighbours.value.selectedBy(spec.selector) : neighbours
  const { allowed, pods, drivers, whole } = countUnder(spec, [own, ...(others.known ? others.value : [])])
  if (allowed === 'cannot be counted') {
    const problem = `${budget} selects pods that cannot be counted, so it blocks every drain`
    return { problem, fix: 'let it select the pods of one workload', byNumber: false, doubt: undefined }
  }
  if (allowed !== 0 && allowed !== 'unknown') return undefined
  const problem = `${budget} blocks every drain: ${blockedBy(spec, pods, where ?? whereBy(drivers))}`
  const unseen = allowed === 'unknown' || (!others.known && !selectorIsWithin(spec.selector, own.selector))
  const doubt = unseen ? 'neighbours' : whole ? undefined : 'intent'
  return { problem, fix: fixThere(spec), byNumber: true, doubt }
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
 * Whether no later object can change what a budget allows of these pods. The budget selects only them, because it has every requirement
 * of the workload's own selector, and their number is final or does not matter.
 */
export function isWhole(spec: BudgetSpec, group: Group): boolean {
  return selectorIsWithin(spec.selector, group.selector) && (blockageOf(spec) !== undefined || numberStands(group))
}
