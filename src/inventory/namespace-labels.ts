import type { Labels } from '../kube/label-selector.ts'
import { type Fact, known, unknown } from './fact.ts'
import type { Inventory } from './inventory.ts'
import type { Readiness } from './readiness.ts'

/**
 * The labels of a namespace, as last known: they choose the profile and seldom change. A namespace that is not there is unknown, never
 * absent: a review that comes from it may be faster than the watch.
 */
export function namespaceLabels(
  name: string,
  { inventory, readiness }: { inventory: Inventory; readiness: Readiness }
): Fact<Labels> {
  const namespace = inventory.namespaces.get(name)
  if (namespace !== undefined) return known(namespace.labels)
  return unknown(readiness.whyUnready('namespaces') ?? 'its namespace has not been seen yet')
}
