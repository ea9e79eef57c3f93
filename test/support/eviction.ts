export interface EvictedPod {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  readonly ready: boolean
  readonly terminating: boolean
}

/** As much of a PodDisruptionBudget that selects the pod as an eviction reads. */
export interface SelectingBudget {
  readonly name: string
  /** Whether the disruption controller has seen the latest spec. */
  readonly observed: boolean
  readonly unhealthyPodEvictionPolicy?: 'AlwaysAllow' | 'IfHealthyBudget'
  readonly currentHealthy: number
  readonly desiredHealthy: number
  readonly disruptionsAllowed: number
  /** How many pods are evicted and not seen to be gone. */
  readonly disruptedPods: number
  /** What the condition of a failed sync says. */
  readonly syncFailed?: string
}

export interface EvictionOutcome {
  readonly status: 201 | 403 | 429 | 500
  /** Seconds, where a Retry-After tells them. */
  readonly retryAfter?: number
  /** The cause of a 429, the message of another refusal. */
  readonly says?: string
}

const evicted: EvictionOutcome = { status: 201 }
const nobodysLoss: ReadonlySet<EvictedPod['phase']> = new Set(['Pending', 'Succeeded', 'Failed'])
const mostDisruptedPods = 2000

/**
 * What the API server answers to the eviction of a pod, where nothing else refuses it: EvictionREST.Create and checkAndDecrement
 * (kubernetes pkg/registry/core/pod/storage/eviction.go), question by question.
 */
export function evictionOutcome(pod: EvictedPod, budgets: readonly SelectingBudget[]): EvictionOutcome {
  if (nobodysLoss.has(pod.phase) || pod.terminating) return evicted
  const [budget, another] = budgets
  if (budget === undefined) return evicted
  if (another !== undefined) {
    const says = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
    return { status: 500, says }
  }
  if (!pod.ready && sparesUnready(budget)) return evicted
  return decrement(budget)
}

function sparesUnready({ unhealthyPodEvictionPolicy, currentHealthy, desiredHealthy }: SelectingBudget): boolean {
  return unhealthyPodEvictionPolicy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0)
}

function decrement(budget: SelectingBudget): EvictionOutcome {
  const { name, observed, disruptedPods, disruptionsAllowed } = budget
  if (!observed) {
    return {
      status: 429,
      retryAfter: 10,
      says: `The disruption budget ${name} is still being processed by the server.`
    }
  }
  if (disruptedPods > mostDisruptedPods) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    return { status: 403, says: `poddisruptionbudget.policy "${name}" is forbidden: ${why}` }
  }
  return disruptionsAllowed > 0 ? evicted : { status: 429, says: refusal(budget) }
}

function refusal({ name, syncFailed, currentHealthy, desiredHealthy }: SelectingBudget): string {
  const subject = `The disruption budget ${name}`
  const refuses = `${subject} does not allow evicting pods currently`
  if (syncFailed !== undefined) return `${refuses} because it failed sync: ${syncFailed}`
  if (currentHealthy > desiredHealthy) return refuses
  return `${subject} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
}
