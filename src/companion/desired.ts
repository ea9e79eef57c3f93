import type { Surroundings } from '../inventory/cluster-view.ts'
import { injectDisabled, injectKey, votersOf } from '../engine/api.ts'
import { type CompanionRules, type CompanionWish, companionWish } from '../engine/companion-wish.ts'
import type { ExistingWorkload } from '../inventory/workloads.ts'
import type { Fact } from '../inventory/fact.ts'
import type { Budget } from '../kube/budget.ts'
import type { Stall } from '../kube/budget-status.ts'
import { disruptionsAtFullHealth, podsOfWorkload } from '../kube/disruptions.ts'
import { withoutJobPods } from '../kube/job-pods.ts'
import { makers, wholeOf } from '../kube/kinds.ts'
import { selectorIsEmpty, selectorMatches } from '../kube/label-selector.ts'
import { resolveIntOrPercent } from '../kube/int-or-percent.ts'
import { mostReplicas } from '../kube/most-replicas.ts'
import { mayBeQuorum, outsideMajority } from '../kube/quorum.ts'
import type { WorkloadRef } from '../kube/workload-key.ts'
import { claimOf, namesWorkload } from './claim.ts'
import { companionName } from './companion-name.ts'
import { gaveWayFor, givesWay, raised } from './give-way.ts'
import { buildManifest, type CompanionManifest } from './manifest.ts'
import { maxUnavailableOf } from './max-unavailable.ts'

/** Why a workload has no companion although one was requested. */
export const noneReasons = [
  'opted-out',
  'single-replica',
  'yielded',
  'unprotected',
  'shared-pods',
  'uncountable',
  'part-of-another',
  'withdrawn',
  'name-taken'
] as const
export type NoneReason = (typeof noneReasons)[number] | 'not-asked'

/**
 * The companion that a workload should have. `leave` and `unknown` change nothing: the first because the objects are being deleted, the
 * second because facts are unknown.
 */
export type Desired =
  | Keep
  | { verdict: 'would-keep' }
  | { verdict: 'none'; reason: NoneReason; why: string; isAudited?: true }
  | { verdict: 'gone' }
  | { verdict: 'leave'; why: string }
  | { verdict: 'unknown'; why: string }

/** A companion, and what else is to be said and done about it. */
export interface Keep {
  verdict: 'keep'
  manifest: CompanionManifest
  /** What is wrong with the annotation for its level. */
  fault: string | undefined
  /** Why it lets more pods go than its level; undefined while it does not. */
  gaveWay: string | undefined
  /** When time alone may change the answer, in milliseconds since the epoch. */
  lookAgainAt: number | undefined
}

export interface DesiredOf {
  ref: WorkloadRef
  around: Fact<Surroundings>
  /** The budget with the companion's name, companion or not. */
  named: Fact<Budget | undefined>
  rules: CompanionRules
  /** What a companion allows whose workload does not say otherwise. */
  maxUnavailable: number | string
  /** How long unready pods may keep the healthy ones from being evicted; 0: for ever. */
  giveWayMs: number
  /** Why no companion is tried at present: the last one could not count its pods. */
  withheld: string | undefined
  /** Milliseconds since the epoch. */
  now: number
  /** The apiVersion of the kind: `apps/v1`. */
  apiVersion: string
}

type None = Extract<Desired, { verdict: 'none' }>

/** An existing workload, with its surroundings. */
interface Present {
  ref: WorkloadRef
  workload: ExistingWorkload
  around: Surroundings
}

const wishes: Readonly<Record<Exclude<CompanionWish, 'keep' | 'record'>, None>> = {
  'not asked': none('not-asked', 'neither its namespace nor the configuration asks for one'),
  'injection disabled': none('opted-out', `its annotation says ${injectKey}: ${injectDisabled}`),
  exempt: none('opted-out', 'it is exempt from disruption-budget')
}

function none(reason: NoneReason, why: string): None {
  return { verdict: 'none', reason, why }
}

function namesIn(budgets: readonly Budget[]): string {
  const [first = '', ...others] = budgets.map(({ metadata: { name = '' } }) => name).sort()
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

/** Two budgets over one pod make every eviction of it fail: the eviction API supports only one. */
function yields({ ref, workload, around }: Present): None | undefined {
  const others = around.budgets.filter((budget) => claimOf(budget, ref, workload.metadata.uid) === 'foreign')
  if (others.length === 0) return undefined
  const isSure = others.some(({ spec }) => selectorMatches(spec.selector, workload.podLabels))
  const [noun, sure] = others.length === 1 ? ['PodDisruptionBudget', 'selects'] : ['PodDisruptionBudgets', 'select']
  const verb = isSure ? sure : 'may select'
  const why = `${noun} ${namesIn(others)} ${verb} the same pods`
  const [only] = others
  if (others.length > 1 || only === undefined || !letsAllGo(only, workload)) return none('yielded', why)
  return none('unprotected', `${why}, and lets all of them go at once`)
}

/** However many run: a budget that protects some of the pods of a busy hour protects. */
function letsAllGo({ spec }: Budget, { kind, replicas, podLabels, autoscaler }: ExistingWorkload): boolean {
  const most = mostReplicas(replicas ?? 0, autoscaler)
  if (most < 2 || !selectorMatches(spec.selector, podLabels)) return false
  return disruptionsAtFullHealth(spec, [podsOfWorkload({ kind, replicas: most })]) === most
}

/**
 * A companion over the pods of another workload would count both together, so unhealthy pods of one would block evictions of the other.
 * The workload with the wide selector gets no companion; the other workload keeps its own.
 */
function shares({ ref, workload, around }: Present): None | undefined {
  const strangers = around.overlapping.filter(({ podLabels, olderLabels = [], metadata: { ownerReferences = [] } }) => {
    const isShared = [podLabels, ...olderLabels].some((labels) => selectorMatches(workload.selector, labels))
    return isShared && !ownerReferences.some((owner) => namesWorkload(owner, ref))
  })
  const [first] = strangers
  if (first === undefined) return undefined
  const more = strangers.length === 1 ? '' : ` and ${strangers.length - 1} more`
  return none('shared-pods', `its selector also matches the pods of ${first.kind} ${first.metadata.name ?? ''}${more}`)
}

/** With an empty selector a companion would select the whole namespace. */
function cannotBeCounted({ selector, podLabels, replicas }: ExistingWorkload): None | undefined {
  if (selector === undefined || selectorIsEmpty(selector)) return none('uncountable', 'it has no selector')
  if (!selectorMatches(selector, podLabels)) return none('uncountable', 'its selector does not match its own pods')
  return replicas === undefined ? none('uncountable', 'it does not say how many replicas it has') : undefined
}

/** The floor of an autoscaler does not matter: at 1 replica `maxUnavailable: 1` allows its eviction. */
function isAlone({ replicas = 0, autoscaler }: ExistingWorkload): None | undefined {
  if (mostReplicas(replicas, autoscaler) > 1) return undefined
  return none('single-replica', replicas === 1 ? 'it runs 1 replica' : 'it runs no replicas')
}

/** A part is counted with the larger workload. A workload of a custom resource that gets no companion may still get one. */
function isPart({ metadata }: ExistingWorkload, { kinds }: CompanionRules): None | undefined {
  const whole = wholeOf(metadata, { has: (kind) => makers.has(kind) || kinds.has(kind) })
  if (whole === undefined) return undefined
  return none('part-of-another', `it is part of ${whole.kind ?? ''} ${whole.name ?? ''}`)
}

/**
 * How long a failed sync may last. One that passes, as while the pods of a deleted ReplicaSet stop, is no reason to go without a budget.
 */
const syncPatienceMs = 3000

/** Nothing but its status tells whether the disruption controller can count the pods; while it cannot, it refuses every eviction. */
function isWithdrawn({ withheld, now }: DesiredOf, live: Budget | undefined): None | undefined {
  if (withheld !== undefined) return none('withdrawn', withheld)
  const stall = syncFailureOf(live)
  if (stall === undefined || now < stall.since + syncPatienceMs) return undefined
  return none('withdrawn', `the disruption controller cannot count its pods: ${stall.message}`)
}

function syncFailureOf(live: Budget | undefined): Stall | undefined {
  const stall = live?.status?.stall
  return stall?.reason === 'SyncFailed' ? stall : undefined
}

function toKeep(of: DesiredOf, { workload, around }: Present, live: Budget | undefined): Keep {
  const { ref, apiVersion, maxUnavailable: configured, giveWayMs: afterMs, now } = of
  const { metadata, selector = {}, podLabels } = workload
  const { value: level, fault } = maxUnavailableOf(metadata, withinMajority(configured, workload))
  const said = votersOf(metadata)
  const parts = around.overlapping.filter((other) => selectorMatches(selector, other.podLabels))
  const isQuorum =
    mayBeQuorum(workload, said) ||
    (said === undefined && parts.some((part) => mayBeQuorum(part, votersOf(part.metadata))))
  const { pods, lookAgainAt } = givesWay({ live, afterMs, now, isQuorum })
  const maxUnavailable = pods === 0 ? level : raised(level, pods, { status: live?.status, isQuorum, said })
  const { kind, name, namespace } = ref
  const manifest = buildManifest({
    name: companionName(ref),
    namespace,
    owner: { apiVersion, kind, name, uid: metadata.uid ?? '' },
    maxUnavailable,
    selector: withoutJobPods(selector, podLabels),
    // Left out, a mark stays that somebody else wrote: it is written over.
    gaveWay: pods > 0 || (live !== undefined && gaveWayFor(live) > 0) ? pods : undefined,
    unhealthyPods: isQuorum && pods === 0 ? 'IfHealthyBudget' : 'AlwaysAllow'
  })
  const failed = syncFailureOf(live)
  return {
    verdict: 'keep',
    manifest,
    fault,
    gaveWay: pods === 0 ? undefined : gaveWayText({ pods, level, maxUnavailable }),
    lookAgainAt: failed === undefined ? lookAgainAt : failed.since + syncPatienceMs
  }
}

/** What the configuration allows of all workloads is too much for voters if they lose their majority by it. */
function withinMajority(configured: number | string, { metadata, replicas = 0 }: ExistingWorkload): number | string {
  const said = votersOf(metadata)
  if (said === undefined || said === 'none') return configured
  const spare = Math.max(1, outsideMajority(said === 'all' ? replicas : Math.min(said, replicas)))
  return (resolveIntOrPercent(configured, replicas, 'up') ?? 1) > spare ? spare : configured
}

function gaveWayText(given: { pods: number; level: number | string; maxUnavailable: number | string }): string {
  const { pods, level, maxUnavailable } = given
  const stay = pods === 1 ? '1 pod stays unready' : `${pods} pods stay unready`
  if (maxUnavailable === level) return `${stay}: unready pods may be evicted, the healthy ones may be a quorum and stay`
  return `${stay}: it allows ${maxUnavailable} instead of ${level}, so that the healthy ones can be evicted`
}

/** In audit nobody is told: the workload would not have had one. */
function audited(desired: None, wish: 'keep' | 'record'): None {
  return wish === 'record' ? { ...desired, isAudited: true } : desired
}

/** Decides which companion a workload should have. Pure: the same facts give the same answer. */
export function desiredCompanion(of: DesiredOf): Desired {
  const { ref, around, named, rules } = of
  if (!around.known) return { verdict: 'unknown', why: around.why }
  if (!named.known) return { verdict: 'unknown', why: named.why }
  const { workload, namespace } = around.value
  if (namespace?.terminating === true) return { verdict: 'leave', why: 'its namespace is being deleted' }
  if (workload === undefined) return { verdict: 'gone' }
  if (namespace === undefined) return { verdict: 'unknown', why: 'its namespace is not known' }
  const wish = companionWish(workload, namespace.labels, rules)
  if (wish !== 'keep' && wish !== 'record') return wishes[wish]
  const present: Present = { ref, workload, around: around.value }
  const yielded = yields(present)
  if (yielded !== undefined) return audited(yielded, wish)
  if (workload.metadata.deletionTimestamp !== undefined) return { verdict: 'leave', why: 'it is being deleted' }
  const hindrance = cannotBeCounted(workload) ?? isPart(workload, rules) ?? shares(present) ?? isAlone(workload)
  if (hindrance !== undefined) return audited(hindrance, wish)
  if (wish === 'record') return { verdict: 'would-keep' }
  if (named.value !== undefined && claimOf(named.value, ref, workload.metadata.uid) === 'foreign')
    return none('name-taken', `PodDisruptionBudget ${companionName(ref)} exists and does not belong to Holdfast`)
  return isWithdrawn(of, named.value) ?? toKeep(of, present, named.value)
}
