import { isPinnedBy } from './node-fit.ts'
import type { Node } from './node.ts'
import type { PodSpec } from './pod.ts'
import { hostnameKey, type Spreading } from './spread.ts'

/** The nodes of a cluster, and what tells them apart. */
export interface Topology {
  all: readonly Node[]
  /** The values of a label over all nodes that have it. */
  domainsOf(key: string): ReadonlySet<string>
}

/** What decides whether a spreading has an effect. */
export interface SpreadSurroundings {
  podSpec: PodSpec
  /** Undefined where they are unknown, or there are none yet. */
  nodes: Topology | undefined
  /** The number of pods that run. */
  pods: number
  /** Keys that spread even if all nodes have the same value: more nodes will have others. */
  growing: ReadonlySet<string>
}

export type WhyIdle = 'skew' | 'pinned' | 'nodes'

/**
 * Why a spreading leaves all pods free to share what they are spread over. `skew`: as many pods may be in one place as there are. `pinned`:
 * they run only on nodes with one value of its key. `nodes`: the nodes have no more than one value. Undefined if it does spread them.
 */
export function whyIdle(spreading: Spreading, surroundings: SpreadSurroundings): WhyIdle | undefined {
  const { nodes, pods, podSpec } = surroundings
  if (spreading.by === 'constraint') {
    const { maxSkew = 1 } = spreading.constraint
    if (pods > 1 && maxSkew >= pods) return 'skew'
  }
  // Pods that are pinned to one node cannot be spread.
  const pinned = spreading.key !== hostnameKey && isPinnedBy(spreading.key, podSpec)
  if (nodes === undefined && !pinned) return undefined
  if (tellsApart(spreading, surroundings, pinned)) return undefined
  return pinned ? 'pinned' : 'nodes'
}

function tellsApart(spreading: Spreading, { podSpec, growing, nodes }: SpreadSurroundings, pinned: boolean): boolean {
  if (spreading.by === 'ports of the node') return true
  const { key } = spreading
  const size = pinned ? 1 : (nodes?.domainsOf(key).size ?? 0)
  const enough = growing.has(key) && !pinned ? 1 : 2
  if (spreading.by === 'anti-affinity') {
    // A node without the label separates no pods; required terms allow one pod in each domain, and are met even in a single one.
    return size >= (spreading.required ? 1 : enough)
  }
  const { whenUnsatisfiable, minDomains = 1 } = spreading.constraint
  // Without a node that has the label, pods wait. Below minDomains each domain takes maxSkew pods.
  if (whenUnsatisfiable === 'DoNotSchedule') return size === 0 || size >= enough || minDomains > size
  return nodes !== undefined && size >= enough && domainsAmong(nodes, key, softKeys(podSpec), enough) >= enough
}

/** The keys of all soft constraints: the scheduler passes over a node that lacks one (kubernetes pkg/scheduler/framework/plugins/podtopologyspread/scoring.go). */
function softKeys({ topologySpreadConstraints = [] }: PodSpec): string[] {
  const soft = topologySpreadConstraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'DoNotSchedule')
  return soft.map(({ topologyKey = '' }) => topologyKey)
}

/** The number of values of a label over the nodes that have all of the `keys`; it counts no further than `enough`. */
export function domainsAmong({ all }: Topology, key: string, keys: readonly string[], enough: number): number {
  const found = new Set<string>()
  for (const { labels } of all) {
    if (found.size >= enough) break
    if (keys.every((one) => Object.hasOwn(labels, one))) found.add(labels[key] ?? '')
  }
  return found.size
}
