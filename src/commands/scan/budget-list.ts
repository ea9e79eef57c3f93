import type { Budget } from '../../kube/budget.ts'
import { expectShape, integer, type JsonObject, MalformedObject, object as shapeOf } from '../../kube/shape.ts'
import type { BudgetCounts } from '../../report/cluster-report.ts'

const counted = shapeOf({
  status: shapeOf({
    observedGeneration: integer,
    expectedPods: integer,
    currentHealthy: integer,
    desiredHealthy: integer,
    disruptionsAllowed: integer
  })
})

/** The budgets of a cluster, with what the disruption controller has counted for them. */
export class BudgetList {
  readonly #budgets: BudgetCounts[] = []

  add({ metadata, spec }: Budget, object: JsonObject): void {
    const { namespace = '', name = '' } = metadata
    const { minAvailable, maxUnavailable } = spec
    const bound =
      maxUnavailable === undefined ? `minAvailable: ${minAvailable ?? 1}` : `maxUnavailable: ${maxUnavailable}`
    const pods = podsOf(object)
    this.#budgets.push({ namespace, name, bound, ...(pods !== undefined && { pods }) })
  }

  sorted(): BudgetCounts[] {
    return this.#budgets.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
  }
}

function keyOf({ namespace, name }: BudgetCounts): string {
  return `${namespace}/${name}`
}

function podsOf(object: unknown): BudgetCounts['pods'] {
  try {
    expectShape(counted, object)
  } catch (error) {
    if (!(error instanceof MalformedObject)) throw error
    return undefined
  }
  const { status } = object
  if (status?.observedGeneration === undefined) return undefined
  const { expectedPods = 0, currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0 } = status
  return { expected: expectedPods, healthy: currentHealthy, desired: desiredHealthy, allowed: disruptionsAllowed }
}
