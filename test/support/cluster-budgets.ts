import type { ClusterApi } from './cluster-api.ts'
import { waitFor } from './cluster-wait.ts'

/** What the disruption controller writes. */
export interface BudgetStatus {
  readonly observedGeneration?: number
  readonly currentHealthy: number
  readonly desiredHealthy: number
  readonly expectedPods: number
  readonly disruptionsAllowed: number
  readonly conditions?: readonly { readonly reason: string; readonly message: string }[]
}

/** A PodDisruptionBudget as it is read from a cluster. */
export interface LiveBudget {
  readonly metadata: { readonly name: string; readonly generation: number }
  readonly status: BudgetStatus
}

export function budgetsOf(namespace: string): string {
  return `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`
}

/** Why the controller cannot compute the budget's status. */
export function syncFailure({ status }: LiveBudget): string | undefined {
  return status.conditions?.find(({ reason }) => reason === 'SyncFailed')?.message
}

/** Whether the controller has dealt with the latest spec. */
export function isSynced(budget: LiveBudget): boolean {
  return budget.status.observedGeneration === budget.metadata.generation || syncFailure(budget) !== undefined
}

/** Creates a budget over the pods labelled `app: <app>`; resolves once the controller has written what is waited for. */
export async function createBudget(
  api: ClusterApi,
  namespace: string,
  name: string,
  { app, ...bounds }: { readonly app: string; readonly [bound: string]: unknown },
  isSo: (budget: LiveBudget) => boolean = isSynced
): Promise<LiveBudget> {
  const path = budgetsOf(namespace)
  await api.must('POST', path, { metadata: { name }, spec: { ...bounds, selector: { matchLabels: { app } } } })
  return waitFor({ what: `budget ${name} to be synced`, seconds: 45 }, async () => {
    const budget = (await api.must('GET', `${path}/${name}`)) as LiveBudget
    return isSo(budget) ? budget : undefined
  })
}
