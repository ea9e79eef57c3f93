import { fitCost, toleratesNode, wantsNode } from './node-fit.ts'
import type { Node } from './node.ts'
import type { PodSpec, SpreadConstraint } from './pod.ts'
import { constraintCounts, hostnameKey, isMeantForOthers, requiredAntiAffinity, selectsOwn } from './spread.ts'
import type { Workload } from './workload.ts'

/** A hard constraint or a required anti-affinity for which the existing nodes lack room. */
export interface SpreadShortage {
  /** Below the pod spec: `topologySpreadConstraints[0]`. */
  at: string
  /** The number of pods that fit: 0 if no node has the label. */
  room: number
  /** Whether nodes count although the pods may not run on them; `nodeTaintsPolicy: Honor` would leave these nodes out. */
  tainted: boolean
}

interface Hard {
  constraint: SpreadConstraint
  at: string
  key: string
}

/** The constraints that a pod may not be scheduled against. */
export function hardConstraints({ topologySpreadConstraints = [] }: PodSpec): readonly Hard[] {
  if (topologySpreadConstraints.length === 0) return none
  return topologySpreadConstraints.flatMap((constraint, index) => {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') return []
    return [{ constraint, at: `topologySpreadConstraints[${index}]`, key: constraint.topologyKey ?? '' }]
  })
}

const none: readonly Hard[] = []

type Lets = (node: Node) => boolean

/** Required affinity to pods that run in no more than `most` domains of `key`. */
export interface Beside {
  key: string
  most: number
}

/** In how many domains of a key the pods can be. Pods on `most` nodes are in no more domains of any key. */
function mostDomains(key: string, beside: Beside | undefined): number {
  return beside === undefined || (beside.key !== key && beside.key !== hostnameKey) ? Infinity : beside.most
}

/** The nodes that have all of these labels. */
interface Keyed {
  nodes: readonly Node[]
  keys: readonly string[]
}

function hasAll(keys: readonly string[], { labels }: Node): boolean {
  return keys.every((key) => Object.hasOwn(labels, key))
}

/** The domains of a key over the nodes that are let in, or the first `enough` of them: there may be thousands of nodes. */
function domainsOf(key: string, { nodes, keys }: Keyed, lets: Lets, enough = Infinity): Set<string> {
  const found = new Set<string>()
  for (const node of nodes) {
    if (found.size >= enough) break
    if (hasAll(keys, node) && lets(node)) found.add(node.labels[key] ?? '')
  }
  return found
}

function letsPods({ podSpec }: Workload, beside: Beside | undefined): Lets {
  const keys = beside === undefined ? [] : [beside.key]
  return (node) => hasAll(keys, node) && wantsNode(podSpec, node) && toleratesNode(podSpec, node)
}

/** The constraints whose label no node has together with those of the constraints before. */
function withoutNode(hard: readonly Hard[], nodes: readonly Node[], lets: Lets): Hard[] {
  const keys = new Set<string>()
  return hard.filter(({ key }) => {
    if (keys.has(key)) return false
    const asked = [...keys, key]
    const some = nodes.some((node) => hasAll(asked, node) && lets(node))
    if (some) keys.add(key)
    return !some
  })
}

/** The domains that the pods can be in: at most so many of these. */
interface Placed {
  domains: ReadonlySet<string>
  most: number
}

/**
 * Whether the pods can grow in all domains alike. A domain that counts and that they cannot run in stays empty, and so does one that
 * minDomains misses: then each other one takes maxSkew pods, and no more. `taints` leaves out nodes with taints.
 */
function canLevel(spec: PodSpec, hard: Hard, placed: Placed, keyed: Keyed, taints: boolean): boolean {
  const { nodeAffinityPolicy, minDomains = 1 } = hard.constraint
  const counted = domainsOf(hard.key, keyed, (node) => {
    return (nodeAffinityPolicy === 'Ignore' || wantsNode(spec, node)) && (!taints || toleratesNode(spec, node))
  })
  if (counted.size < minDomains || counted.size > placed.most) return false
  return [...counted].every((domain) => placed.domains.has(domain))
}

/** By the arithmetic of the scheduler (kubernetes pkg/scheduler/framework/plugins/podtopologyspread/filtering.go). */
function shortageOf(workload: Workload, hard: Hard, keyed: Keyed, beside: Beside | undefined): SpreadShortage[] {
  const { podSpec, podLabels, replicas = 1 } = workload
  const { maxSkew = 1, nodeTaintsPolicy } = hard.constraint
  if (!constraintCounts(hard.constraint, podLabels)) return []
  const domains = domainsOf(hard.key, keyed, letsPods(workload, beside), Math.ceil(replicas / maxSkew))
  const placed = { domains, most: mostDomains(hard.key, beside) }
  const room = Math.min(domains.size, placed.most) * maxSkew
  const honors = nodeTaintsPolicy === 'Honor'
  if (room >= replicas || canLevel(podSpec, hard, placed, keyed, honors)) return []
  return [{ at: hard.at, room, tainted: !honors && canLevel(podSpec, hard, placed, keyed, true) }]
}

/** A node without the label separates no pods (kubernetes pkg/scheduler/framework/plugins/interpodaffinity/filtering.go). */
function apartShortages(workload: Workload, nodes: readonly Node[], beside: Beside | undefined): SpreadShortage[] {
  const { podSpec, podLabels, metadata, replicas = 1 } = workload
  const lets = letsPods(workload, beside)
  return requiredAntiAffinity(podSpec).flatMap(({ term, at }) => {
    const { topologyKey = '', labelSelector } = term
    if (isMeantForOthers(term, metadata.namespace) || !selectsOwn(labelSelector, podLabels)) return []
    const keys = [topologyKey]
    const found = domainsOf(topologyKey, { nodes, keys }, lets, replicas).size
    const room = Math.min(found, mostDomains(topologyKey, beside))
    if (room >= replicas || nodes.some((node) => !hasAll(keys, node) && lets(node))) return []
    return [{ at, room, tainted: false }]
  })
}

/** Comparisons that one call may take: some 50 ms of them. Thousands of nodes and a dozen requirements are far below. */
const mostComparisons = 1_000_000

/** Whether a pod spec has so many requirements that checking them against so many nodes would delay other calls. */
export function asksTooMuch(podSpec: PodSpec, { length }: readonly Node[]): boolean {
  const constraints = hardConstraints(podSpec).length + requiredAntiAffinity(podSpec).length
  return length * fitCost(podSpec) * constraints > mostComparisons
}

/** How many nodes let pods of this spec run; undefined if counting them would delay other calls. */
export function countFitting(podSpec: PodSpec, nodes: readonly Node[]): number | undefined {
  if (nodes.length * fitCost(podSpec) > mostComparisons) return undefined
  return nodes.filter((node) => wantsNode(podSpec, node) && toleratesNode(podSpec, node)).length
}

/**
 * What the existing nodes cannot meet, for pods that may run anywhere, or beside others only. Empty if they may run on no node at all:
 * then nodeSelector or taints are the cause.
 */
export function shortagesOf(workload: Workload, nodes: readonly Node[], beside?: Beside): SpreadShortage[] {
  const hard = hardConstraints(workload.podSpec)
  const lets = letsPods(workload, beside)
  if (!nodes.some(lets)) return []
  const apart = apartShortages(workload, nodes, beside)
  const missing = withoutNode(hard, nodes, lets)
  if (missing.length > 0) return [...missing.map(({ at }) => ({ at, room: 0, tainted: false })), ...apart]
  const keyed = { nodes, keys: [...new Set(hard.map(({ key }) => key))] }
  return [...hard.flatMap((one) => shortageOf(workload, one, keyed, beside)), ...apart]
}
