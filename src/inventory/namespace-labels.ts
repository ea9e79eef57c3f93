import type { Labels } from '../kube/label-selector.ts'
import { type Fact, known, unknown } from './fact.ts'
import type { Inventory } from './inventory.ts'
import type { Readiness } from './readiness.ts'

/**
 * The last known labels of a namespace: they choose the profile and seldom change. A missing namespace is unknown, never
 * absent: a review of an object in it may arrive before the watch event.
 */
export function namespaceLabels(
  name: string,
  { inventory, readiness }: { inventory: Inventory; readiness: Readiness }
): Fact<Labels> {
  const namespace = inventory.namespaces.get(name)
  if (namespace !== undefined) return known(namespace.labels)
  return unknown(readiness.whyUnready('namespaces') ?? 'its namespace has not been seen yet')
}
