import type { ClusterView, Surroundings } from '../inventory/cluster-view.ts'
import type { Budget } from '../kube/budget.ts'
import { sameJson } from '../kube/json.ts'
import { apiVersionOf, type ResourceKind } from '../kube/resource-kind.ts'
import { groupOf, type WorkloadKey, workloadRef, type WorkloadRef } from '../kube/workload-key.ts'
import { claimOf } from './claim.ts'
import type { Owner } from './companion-api.ts'
import { companionName } from './companion-name.ts'
import { gaveWayFor } from './give-way.ts'
import { type Desired, desiredCompanion, type DesiredOf, type NoneReason } from './desired.ts'
import type { CompanionManifest } from './manifest.ts'

/** A write to the cluster. */
export type Action =
  | { do: 'create'; manifest: CompanionManifest }
  | { do: 'update'; manifest: CompanionManifest; live: Budget }
  | { do: 'remove'; live: Budget; why: string }

export type Removal = Extract<Action, { do: 'remove' }>

/** The actions that bring the cluster to the desired state. */
export interface Actions {
  actions: readonly Action[]
  /** Evictions fail until the actions are done: they do not wait for the rate limit. */
  urgent: boolean
}

/** The desired companion of a workload at one moment, and the actions for it. */
export interface Plan extends Actions {
  owner: Owner
  /** Undefined where companions are not kept for its kind. */
  kind: ResourceKind | undefined
  desired: Desired
}

export interface PlanOptions extends Pick<DesiredOf, 'rules' | 'maxUnavailable' | 'giveWayMs' | 'now'> {
  view: ClusterView
  /** Why no companion is tried for the workload with that uid at present; undefined: nothing speaks against it. */
  withheld: (uid: string) => string | undefined
  /** The kinds that the rules name, by group and kind, and where the API server has them. */
  kinds: ReadonlyMap<string, ResourceKind>
}

/** Plans from memory alone, so it is quick. */
export function planFor(key: WorkloadKey, { view, kinds, withheld, ...settings }: PlanOptions): Plan {
  const ref = workloadRef(key)
  const kind = kinds.get(`${ref.group}/${ref.kind}`)
  const facts = { around: view.around(key), named: view.budgetNamed(ref.namespace, companionName(ref)) }
  const apiVersion = kind === undefined ? '' : apiVersionOf(kind)
  const around = facts.around.known ? facts.around.value : nothingAround
  const named = facts.named.known ? facts.named.value : undefined
  const owner = { ref, uid: around.workload?.metadata.uid }
  const whyWithheld = owner.uid === undefined ? undefined : withheld(owner.uid)
  const desired = desiredCompanion({ ref, apiVersion, withheld: whyWithheld, ...settings, ...facts })
  return { owner, kind, desired, ...actionsFor(desired, { ref, around, named }) }
}

const nothingAround: Surroundings = {
  workload: undefined,
  namespace: undefined,
  budgets: [],
  overlapping: [],
  companions: []
}

/** Removes before it creates: a removed budget may have the same name, and the next plan waits until it is gone. */
export function actionsFor(
  desired: Desired,
  { ref, around, named }: { ref: WorkloadRef; around: Surroundings; named: Budget | undefined }
): Actions {
  if (desired.verdict === 'leave' || desired.verdict === 'unknown') return none
  const uid = around.workload?.metadata.uid
  const ours = [...candidates(around, named)].filter((budget) => claimOf(budget, ref, uid) !== 'foreign')
  if (desired.verdict === 'none') {
    return { actions: removals(ours, desired.why), urgent: blocking.has(desired.reason) }
  }
  if (desired.verdict === 'gone') return { actions: removals(ours, 'its workload is gone'), urgent: false }
  if (desired.verdict === 'would-keep')
    return { actions: removals(ours, 'its namespace is in audit mode'), urgent: false }
  const leftovers = ours.filter((budget) => claimOf(budget, ref, uid) === 'leftover')
  if (leftovers.length > 0) return { actions: removals(leftovers, 'it belongs to no existing workload'), urgent: false }
  return keep(desired.manifest, ours[0])
}

const none: Actions = { actions: [], urgent: false }

/** With a companion in spite of these, evictions fail that should not. */
const blocking: ReadonlySet<NoneReason> = new Set(['yielded', 'unprotected', 'shared-pods', 'withdrawn'])

function removals(budgets: readonly Budget[], why: string): Removal[] {
  return budgets.map((live) => ({ do: 'remove', live, why }))
}

/** Every budget that may be the workload's companion: by its name, or by its owner. */
function candidates({ companions }: Surroundings, named: Budget | undefined): ReadonlySet<Budget> {
  const byUid = new Map<string | undefined, Budget>()
  for (const budget of [...companions, ...(named === undefined ? [] : [named])]) byUid.set(budget.metadata.uid, budget)
  return new Set(byUid.values())
}

function keep(manifest: CompanionManifest, companion: Budget | undefined): Actions {
  if (companion === undefined) return { actions: [{ do: 'create', manifest }], urgent: false }
  if (isUpToDate(manifest, companion)) return none
  // An apply removes nothing that another manager wrote, and the API server refuses both bounds at once: so it is created again.
  if (companion.spec.minAvailable !== undefined)
    return { actions: removals([companion], 'its bound was changed to minAvailable'), urgent: false }
  return { actions: [{ do: 'update', manifest, live: companion }], urgent: false }
}

/** Whether a companion is up to date. Fields that the API server or others added do not count. */
function isUpToDate({ metadata, spec }: CompanionManifest, live: Budget): boolean {
  const [owner] = metadata.ownerReferences
  const { labels = {}, ownerReferences = [] } = live.metadata
  const isOwned = ownerReferences.some(({ uid, controller, apiVersion = '' }) => {
    return uid === owner.uid && controller === true && groupOf(apiVersion) === groupOf(owner.apiVersion)
  })
  const isLabelled = Object.entries(metadata.labels).every(([key, value]) => labels[key] === value)
  const isMarked = gaveWayFor({ metadata }) === gaveWayFor(live)
  return isOwned && isLabelled && isMarked && sameJson(spec, live.spec)
}
