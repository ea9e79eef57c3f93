import type { NamespaceUser } from './cluster-user.ts'
import { waitFor } from './cluster-wait.ts'
import type { ControlPlane } from './control-plane.ts'

/** A PodDisruptionBudget as it is read from a cluster. */
export interface SeenBudget {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly object[]
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[]
  }
  readonly spec: object
}

/** Who asks for companions. */
export const asksForCompanions = { 'holdfast.dev/mode': 'warn', 'holdfast.dev/inject': 'enabled' }

export async function budgetsIn(user: NamespaceUser): Promise<readonly SeenBudget[]> {
  return ((await user.read('apis/policy/v1', 'poddisruptionbudgets')) as { items: readonly SeenBudget[] }).items
}

/** Waits until these budgets are there and no others. */
export async function untilBudgets(
  user: NamespaceUser,
  names: readonly string[],
  seconds = 40
): Promise<readonly SeenBudget[]> {
  let there: readonly string[] = []
  const what = `the budgets ${names.join(', ') || 'to be none'} in ${user.namespace}`
  return waitFor({ what, seconds, details: () => `there are: ${there.join(', ')}` }, async () => {
    const budgets = await budgetsIn(user)
    there = budgets.map(({ metadata }) => metadata.name).sort()
    return there.join() === [...names].sort().join() ? budgets : undefined
  })
}

/** What is told of an object, as `reason: note`. */
export async function eventsOf(user: NamespaceUser, kind: string, name: string): Promise<readonly string[]> {
  const { items } = (await user.read('apis/events.k8s.io/v1', 'events')) as {
    items: readonly { reason: string; note?: string; regarding: { kind?: string; name?: string } }[]
  }
  const own = items.filter(({ regarding }) => regarding.kind === kind && regarding.name === name)
  return own
    .filter(({ reason }) => /^Companion|^MaxUnavailable|^RequiredFinding/.test(reason))
    .map(({ reason, note = '' }) => `${reason}: ${note}`)
}

/** A write of a budget by one of our controllers, by the audit log. */
export interface BudgetWrite {
  readonly by: string
  /** `patch`, `delete`. */
  readonly verb: string
  /** Namespace and name. */
  readonly budget: string
  /** When it was done; milliseconds of the machine's clock. */
  readonly at: number
}

/** What our controllers wrote and the API server took, in order. */
export function budgetWrites(plane: ControlPlane): readonly BudgetWrite[] {
  return plane.auditLog().flatMap(({ verb, user, objectRef, responseStatus, stageTimestamp }) => {
    const by = user?.username ?? ''
    const isWrite = objectRef?.resource === 'poddisruptionbudgets' && !['get', 'list', 'watch'].includes(verb)
    if (!isWrite || !by.includes(':holdfast-controller') || (responseStatus?.code ?? 500) >= 300) return []
    return [{ by, verb, budget: `${objectRef.namespace}/${objectRef.name}`, at: Date.parse(stageTimestamp) }]
  })
}
