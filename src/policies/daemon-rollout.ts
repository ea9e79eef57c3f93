import type { Fact } from '../inventory/fact.ts'
import type { Nodes } from '../inventory/node-set.ts'
import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { percentOf, resolveIntOrPercent } from '../kube/int-or-percent.ts'
import type { PodSpec } from '../kube/pod.ts'
import { countFitting } from '../kube/spread-capacity.ts'

export const daemonRollout = definePolicy({
  id: 'daemon-rollout',
  title: 'The pods of a DaemonSet are replaced, but not on many nodes at once',
  since: 'v2',
  appliesTo: ['DaemonSet'],
  needs: ['nodes'],
  parameters: {
    mostPercent: {
      type: 'integer',
      description: 'Highest maxUnavailable in percent that passes',
      minimum: 1,
      maximum: 100,
      default: 34,
      profiles: { critical: 25 }
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'required' },
  check({ subject: { strategy, podSpec }, facts: { nodes }, parameters: { mostPercent } }) {
    if (strategy.type === 'OnDelete') return [neverRolls]
    return tooMany(strategy.rollingUpdate?.maxUnavailable, { podSpec, nodes, mostPercent })
  }
})

/** Network and storage agents are often replaced by hand, node by node, as the nodes are drained. */
const neverRolls = uncertain('intent', {
  field: 'spec.updateStrategy.type',
  problem: 'OnDelete never rolls out a change',
  fix: 'use RollingUpdate'
})

interface Around {
  podSpec: PodSpec
  nodes: Fact<Nodes>
  mostPercent: number
}

/** By default, one node at a time. */
function tooMany(unavailable: number | string = 1, { podSpec, nodes, mostPercent }: Around): Violation[] {
  const percent = percentOf(unavailable)
  if (unavailable === 0 || unavailable === 1 || (percent !== undefined && percent <= mostPercent)) return []
  const count = countNodes(podSpec, nodes)
  // Of one node, any setting stops its only pod.
  if (count === 1) return []
  const field = 'spec.updateStrategy.rollingUpdate.maxUnavailable'
  const fix = `set it to ${Math.min(10, mostPercent)}%`
  const everywhere = { field, problem: 'a rollout may stop its pods on all nodes at once', fix }
  if (percent !== undefined && percent >= 100) {
    if (count !== undefined) return [certain(everywhere)]
    return [uncertain(nodes.known ? 'future-nodes' : 'nodes', everywhere)]
  }
  // Upstream rounds it up (kubernetes pkg/controller/daemon/update.go, updatedDesiredNodeCounts).
  const stopped = count === undefined ? undefined : resolveIntOrPercent(unavailable, count, 'up')
  if (count !== undefined && stopped !== undefined && stopped >= count) return [uncertain('future-nodes', everywhere)]
  if (percent === undefined) return []
  return [
    uncertain('intent', { field, problem: `a rollout may stop its pods on ${percent}% of the nodes at once`, fix })
  ]
}

/** How many nodes run a pod of this spec; undefined if that is not known, or there is none yet. */
function countNodes(spec: PodSpec, nodes: Fact<Nodes>): number | undefined {
  const count = nodes.known ? countFitting(spec, nodes.value.all) : undefined
  return count === 0 ? undefined : count
}
