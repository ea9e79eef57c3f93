import { anything, expectShape, isObject, object } from './shape.ts'

const rolled = object({ metadata: object({ generation: anything }), status: anything })

/**
 * Whether pods of an older template may run beside those of the present one, by the status of a workload of that API group: while a rollout
 * is under way, is paused, or stops at a partition. A kind that counts no updated pods does not tell.
 */
export function mayRunOlderPods(group: string, raw: unknown): boolean {
  expectShape(rolled, raw)
  const status = isObject(raw.status) ? raw.status : {}
  const generation = Number(raw.metadata?.generation ?? 1)
  // Rollouts of Argo write it as a text.
  const observed = Number(status['observedGeneration'] ?? generation)
  // The first generation has no older one.
  if (generation > 1 && observed < generation) return true
  // A Rollout leaves out the number of updated pods while that is 0; it names the revisions.
  if (status['stableRS'] !== undefined && status['stableRS'] !== status['currentPodHash']) return true
  const updated = status['updatedReplicas'] ?? (group === 'apps' ? 0 : undefined)
  return updated !== undefined && Number(updated) < Number(status['replicas'] ?? 0)
}
