import { allowsOnePod, type Claim, keepsTogether, sharedClaims } from './claim.ts'
import { takesHostPorts } from './containers.ts'
import { isPinnedBy } from './node-fit.ts'
import type { PodSpec } from './pod.ts'
import { hostnameKey } from './spread.ts'
import type { Workload } from './workload.ts'

/** The claims of a namespace by name; undefined while they are not known. */
type Claims = ReadonlyMap<string, Claim> | undefined

/** What an old pod has and a new one needs, so that the two never run at once. */
export type Held = { by: 'claim'; name: string } | { by: 'port' }

/**
 * What makes a rollout wait for ever unless old pods stop first, whatever nodes there are: a claim that allows one pod (kubernetes
 * pkg/scheduler/framework/plugins/volumerestrictions), or a port of the only node that the pods may run on. Undefined if nothing does
 * as far as is known. Wherever pods must stop first, they may: `mayStopFirst`.
 */
export function mustStopFirst(workload: Workload, claims: Claims): Held | undefined {
  const name = sharedClaims(workload).find((one) => allowsOnePod(claims?.get(one)))
  if (name !== undefined) return { by: 'claim', name }
  return hasOneNode(workload.podSpec) && takesHostPorts(workload.podSpec) ? { by: 'port' } : undefined
}

/** Whether the pods name the one node that they may run on. */
export function hasOneNode(podSpec: PodSpec): boolean {
  return namesNode(podSpec) || isPinnedBy(hostnameKey, podSpec)
}

/** Whether the pods pass by the scheduler: then only the kubelet of the node that they name refuses them. */
export function namesNode({ nodeName = '' }: PodSpec): boolean {
  return nodeName !== ''
}

/**
 * Whether old pods have a reason to stop first. Two with one host port need two nodes, and two with a volume that attaches once need the
 * same node; of one pod any claim may be such. Undefined if only a claim that is not known decides.
 */
export function mayStopFirst(
  workload: Workload,
  { count, claims }: { count: number; claims: Claims }
): boolean | undefined {
  if (mustStopFirst(workload, claims) !== undefined) return true
  return mayShare(workload, { count, claims })
}

/** As `mayStopFirst`, without the pods that have only one node: that is how version v1 has it. */
export function mayShare(
  workload: Workload,
  { count, claims }: { count: number; claims: Claims }
): boolean | undefined {
  if (count === 1) return sharedClaims(workload).length > 0 || takesHostPorts(workload.podSpec)
  return keepsTogether(workload, claims)
}
