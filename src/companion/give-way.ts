import { gaveWayKey } from '../engine/api.ts'
import type { Budget } from '../kube/budget.ts'
import type { BudgetStatus } from '../kube/budget-status.ts'
import { resolveIntOrPercent } from '../kube/int-or-percent.ts'
import { annotation, type Metadata } from '../kube/metadata.ts'
import { outsideMajority, type Voters } from '../kube/quorum.ts'

/** For how many unready pods a companion gives way, and when to look at it again. */
export interface GivingWay {
  /** 0: it allows its level. */
  pods: number
  /** Milliseconds since the epoch; undefined where only a change matters. */
  lookAgainAt: number | undefined
}

export interface GiveWayOf {
  /** The companion as it is; undefined if there is none. */
  live: Budget | undefined
  /** How long unready pods may keep the healthy ones from being evicted; 0: for ever. */
  afterMs: number
  /** Milliseconds since the epoch. */
  now: number
  /** Whether unready pods are spared as well, until it gives way. */
  isQuorum: boolean
}

/**
 * For how many unready pods the companion gives way. It gives way once no healthy pod may have gone for that long, and for fewer pods as
 * they become ready. It never adds to that at once: an evicted pod is unready, too, until its successor is ready.
 */
export function givesWay({ live, afterMs, now, isQuorum }: GiveWayOf): GivingWay {
  const before = live === undefined ? 0 : gaveWayFor(live)
  if (afterMs === 0 || live === undefined) return { pods: 0, lookAgainAt: undefined }
  if (live.status?.isCurrent !== true) return { pods: before, lookAgainAt: undefined }
  const { expectedPods, currentHealthy, stall } = live.status
  const unready = Math.max(0, expectedPods - currentHealthy)
  const kept = Math.min(before, unready)
  const keepsSome = currentHealthy > 0 || isQuorum
  // The same number again would change nothing.
  if (stall?.reason !== 'InsufficientPods' || !keepsSome || kept === unready) {
    return { pods: kept, lookAgainAt: undefined }
  }
  const dueAt = stall.since + afterMs
  return now >= dueAt ? { pods: unready, lookAgainAt: undefined } : { pods: kept, lookAgainAt: dueAt }
}

/** For how many unready pods a companion gives way by its mark. A mark that is no number says nothing. */
export function gaveWayFor({ metadata }: { metadata: Metadata }): number {
  const pods = Number(annotation(metadata, gaveWayKey) ?? 0)
  return Number.isSafeInteger(pods) && pods > 0 ? pods : 0
}

/**
 * What the companion allows: its level, and as many more as pods stay unready, so that healthy ones go by its level as before. What may be
 * a quorum keeps its majority.
 */
export function raised(
  level: number | string,
  pods: number,
  { status, isQuorum, said }: { status: BudgetStatus | undefined; isQuorum: boolean; said?: Voters | undefined }
): number | string {
  const { expectedPods = 0 } = status ?? {}
  const levelPods = resolveIntOrPercent(level, expectedPods, 'up') ?? 0
  const voters = typeof said === 'number' ? Math.min(said, expectedPods) : expectedPods
  const most = isQuorum ? outsideMajority(voters) : Infinity
  const allowed = Math.min(levelPods + pods, most)
  return allowed > levelPods ? allowed : level
}
