import type { Node } from './node.ts'
import type { PodSpec } from './pod.ts'
import type { Spreading } from './spread.ts'

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

/**
 * Why a spreading leaves all pods free to share what they are spread over: `nodes` if its key tells no nodes apart, `skew` if as many pods
 * may be in one place as there are. Undefined if it does spread them.
 */
export function whyIdle(spreading: Spreading, surroundings: SpreadSurroundings): 'nodes' | 'skew' | undefined {
  const { nodes, pods } = surroundings
  if (spreading.by === 'constraint') {
    const { maxSkew = 1 } = spreading.constraint
    if (pods > 1 && maxSkew >= pods) return 'skew'
  }
  return nodes === undefined || tellsApart(spreading, nodes, surroundings) ? undefined : 'nodes'
}

function tellsApart(spreading: Spreading, nodes: Topology, { podSpec, growing }: SpreadSurroundings): boolean {
  if (spreading.by === 'ports of the node') return true
  const { key } = spreading
  const enough = growing.has(key) ? 1 : 2
  const { size } = nodes.domainsOf(key)
  if (spreading.by === 'anti-affinity') {
    // A node without the label separates no pods; required terms allow one pod in each domain, and are met even in a single one.
    return size >= (spreading.required ? 1 : enough)
  }
  const { whenUnsatisfiable, minDomains = 1 } = spreading.constraint
  // Without a node that has the label, pods wait. Below minDomains each domain takes maxSkew pods.
  if (whenUnsatisfiable === 'DoNotSchedule') return size === 0 || size >= enough || minDomains > size
  return size >= enough && domainsAmong(nodes, key, softKeys(podSpec), enough) >= enough
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
