import type { WorkloadKey } from '../kube/workload-key.ts'
import { noneReasons } from './desired.ts'
import type { Plan } from './plan.ts'

/** The state of a workload's companion: kept, kept but giving way, pending, only recorded in audit mode, or the reason for none. */
export const companionStates = [
  'kept',
  'gave-way',
  'pending',
  'would-keep',
  'leaving',
  'unknown',
  ...noneReasons
] as const
export type CompanionState = (typeof companionStates)[number]

/** Undefined for a workload without a requested companion, and for one that is gone, even with its namespace. */
export function stateOf({
  owner,
  desired,
  actions
}: Pick<Plan, 'owner' | 'desired' | 'actions'>): CompanionState | undefined {
  if (owner.uid === undefined && desired.verdict === 'leave') return undefined
  switch (desired.verdict) {
    case 'keep':
      if (actions.length > 0) return 'pending'
      return desired.gaveWay === undefined ? 'kept' : 'gave-way'
    case 'none':
      return desired.reason === 'not-asked' ? undefined : desired.reason
    case 'leave':
      return 'leaving'
    case 'gone':
      return undefined
    default:
      return desired.verdict
  }
}

/** The state of every workload that has one, and how many are in each. */
export class States {
  readonly #states = new Map<WorkloadKey, CompanionState>()
  readonly #counts = new Map<CompanionState, number>()

  get counts(): ReadonlyMap<CompanionState, number> {
    return this.#counts
  }

  /** Returns whether the state changed. */
  set(key: WorkloadKey, state: CompanionState | undefined): boolean {
    const before = this.#states.get(key)
    if (before === state) return false
    if (before !== undefined) this.#count(before, -1)
    if (state === undefined) this.#states.delete(key)
    else {
      this.#states.set(key, state)
      this.#count(state, 1)
    }
    return true
  }

  #count(state: CompanionState, by: number): void {
    this.#counts.set(state, (this.#counts.get(state) ?? 0) + by)
  }
}
