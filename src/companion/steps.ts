import type { Surroundings } from '../cluster/cluster-view.ts'
import type { Budget } from '../kube/budget.ts'
import { sameJson } from '../kube/json.ts'
import { groupOf, type WorkloadRef } from '../kube/workload-key.ts'
import { claimOf } from './claim.ts'
import type { Desired } from './desired.ts'
import type { CompanionManifest } from './manifest.ts'

/** A write to the cluster. */
export type Step =
  | { do: 'create'; manifest: CompanionManifest }
  | { do: 'update'; manifest: CompanionManifest; live: Budget }
  | { do: 'remove'; live: Budget; why: string }

/** What it takes to get from what is there to what should be there. */
export interface Steps {
  steps: readonly Step[]
  /** While it is not done, evictions fail: it waits for nothing. */
  urgent: boolean
}

const nothing: Steps = { steps: [], urgent: false }

function removals(budgets: readonly Budget[], why: string): Step[] {
  return budgets.map((live) => ({ do: 'remove', live, why }))
}

/** Whether a companion is as it should be. What the API server or others added is theirs. */
function holds({ metadata, spec }: CompanionManifest, live: Budget): boolean {
  const [owner] = metadata.ownerReferences
  const { labels = {}, ownerReferences = [] } = live.metadata
  const isOwned = ownerReferences.some(({ uid, controller, apiVersion = '' }) => {
    return uid === owner.uid && controller === true && groupOf(apiVersion) === groupOf(owner.apiVersion)
  })
  const isMarked = Object.entries(metadata.labels).every(([key, value]) => labels[key] === value)
  return isOwned && isMarked && sameJson(spec, live.spec)
}

/** All that ever bore the name of the workload's companion, or says that it is one. */
function claimed({ budgets, companions }: Surroundings, named: Budget | undefined): ReadonlySet<Budget> {
  const byUid = new Map<string | undefined, Budget>()
  for (const budget of [...budgets, ...companions, ...(named === undefined ? [] : [named])])
    byUid.set(budget.metadata.uid, budget)
  return new Set(byUid.values())
}

function keep(manifest: CompanionManifest, companion: Budget | undefined): Steps {
  if (companion === undefined) return { steps: [{ do: 'create', manifest }], urgent: false }
  if (holds(manifest, companion)) return nothing
  // An apply takes out nothing that another wrote, and the API server refuses both bounds at once: it is made anew.
  if (companion.spec.minAvailable !== undefined)
    return { steps: removals([companion], 'somebody gave it another bound'), urgent: false }
  return { steps: [{ do: 'update', manifest, live: companion }], urgent: false }
}

/** Removes before it makes anything: what is removed may bear the same name, and is seen to be gone before the next look. */
export function stepsTo(
  desired: Desired,
  { ref, around, named }: { ref: WorkloadRef; around: Surroundings; named: Budget | undefined }
): Steps {
  if (desired.verdict === 'leave' || desired.verdict === 'unknown') return nothing
  const uid = around.workload?.metadata.uid
  const ours = [...claimed(around, named)].filter((budget) => claimOf(budget, ref, uid) !== 'foreign')
  if (desired.verdict === 'none') {
    const urgent = desired.reason === 'yielded' || desired.reason === 'shared-pods'
    return { steps: removals(ours, desired.why), urgent }
  }
  if (desired.verdict === 'gone') return { steps: removals(ours, 'its workload is gone'), urgent: false }
  if (desired.verdict === 'would-keep')
    return { steps: removals(ours, 'its namespace is in audit mode'), urgent: false }
  const leftovers = ours.filter((budget) => claimOf(budget, ref, uid) === 'leftover')
  if (leftovers.length > 0) return { steps: removals(leftovers, 'it belongs to no workload any more'), urgent: false }
  return keep(desired.manifest, ours[0])
}
