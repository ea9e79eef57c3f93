import type { Fact } from '../inventory/fact.ts'
import type { Neighbours } from '../inventory/facts/neighbours.ts'
import type { Nodes } from '../inventory/node-set.ts'
import type { ExistingWorkload } from '../inventory/workloads.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { type DeprecatedLabel, deprecatedLabels } from '../kube/deprecated-labels.ts'
import { asksTooMuch, hardConstraints, type SpreadShortage, shortagesOf } from '../kube/spread-capacity.ts'
import { mostReplicas } from '../kube/most-replicas.ts'
import { type PlacedTerm, requiredAffinity, requiredAntiAffinity, selectsOwn } from '../kube/spread.ts'
import type { PodSpec } from '../kube/pod.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const spreadFeasible = definePolicy({
  id: 'spread-feasible',
  title: 'The nodes of the cluster can meet hard constraints, and no topology key is deprecated',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'Job'],
  needs: ['nodes', 'neighbours'],
  profiles: { baseline: 'advised', standard: 'advised', critical: 'required' },
  check({ subject, facts: { nodes, neighbours }, amended }) {
    const there = seen(nodes)
    const deprecated = deprecatedLabels(subject.podSpec).map((one) => deprecatedViolation(subject, one, there))
    if (there === undefined || asksTooMuch(subject.podSpec, there.all)) return besides(deprecated, unseen(subject))
    const shortages = shortagesOf(subject, there.all).map((one) => shortageViolation(subject, one))
    if (shortages.length > 0 || !amended('v2') || !neighbours.known) return besides(deprecated, shortages)
    return [...deprecated, ...heldTogether(subject, there, neighbours.value)]
  }
})

function besides(first: readonly Violation[], then: readonly Violation[]): readonly Violation[] {
  if (first.length === 0 || then.length === 0) return first.length === 0 ? then : first
  const said = new Set(first.map(({ field }) => field))
  return [...first, ...then.filter(({ field }) => !said.has(field))]
}

/** A deprecated label that no node has, while some nodes have its successor, will never appear. */
function deprecatedViolation(
  subject: Workload,
  { at, label, successor }: DeprecatedLabel,
  nodes: Nodes | undefined
): Violation {
  const shortfall = { field: podField(subject, at), problem: 'deprecated topology key', fix: `use ${successor}` }
  if (nodes === undefined) return uncertain('nodes', shortfall)
  const isGone = nodes.domainsOf(label).size === 0 && nodes.domainsOf(successor).size > 0
  if (!isGone) return uncertain('future-nodes', shortfall)
  return certain({ ...shortfall, problem: 'deprecated topology key, which no node has' })
}

function shortageViolation(subject: Workload, { at, room, tainted }: SpreadShortage): Violation {
  const soft = at.startsWith('affinity') ? 'use preferred anti-affinity' : 'use ScheduleAnyway'
  return uncertain('future-nodes', {
    field: podField(subject, at),
    problem:
      room === 0 ? 'no node has its topology key' : `the nodes have room for ${room} of ${subject.replicas} pods`,
    fix: tainted ? 'set nodeTaintsPolicy: Honor' : soft
  })
}

/** Required affinity to the pods of other workloads: the pods run only where these run. */
interface Together extends PlacedTerm {
  others: readonly ExistingWorkload[]
  /** The most pods that the others may run. */
  most: number
}

/** Where other pods are few, a pod that runs beside one of them may find no domain of its own. Said of the fewest. */
function heldTogether(subject: Workload, nodes: Nodes, neighbours: Neighbours): Violation[] {
  const { podSpec, replicas } = subject
  if (replicas === undefined || firstHard(podSpec) === undefined) return []
  const [fewest] = requiredAffinity(podSpec)
    .flatMap((placed): Together[] => {
      const others = besidesWhich(subject, placed, neighbours)
      const most = others === undefined ? Infinity : runningOf(others)
      return others === undefined || most === Infinity ? [] : [{ ...placed, others, most }]
    })
    .sort((one, other) => one.most - other.most)
  if (fewest === undefined) return []
  const beside = { key: fewest.term.topologyKey ?? '', most: fewest.most }
  const room = Math.min(...shortagesOf(subject, nodes.all, beside).map((shortage) => shortage.room))
  return room < replicas ? [togetherViolation(subject, fewest, room)] : []
}

/**
 * The workloads whose pods the term selects. Undefined where others may be among them: in other namespaces, or where the first pod of its own
 * may go anywhere (kubernetes pkg/scheduler/framework/plugins/interpodaffinity/filtering.go). If there are none, a release may bring them.
 */
function besidesWhich(
  { podLabels, metadata: { namespace } }: Workload,
  { term }: PlacedTerm,
  neighbours: Neighbours
): readonly ExistingWorkload[] | undefined {
  const { labelSelector, namespaces = [], namespaceSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term
  if (namespaceSelector !== undefined || namespaces.some((name) => name !== namespace)) return undefined
  if (matchLabelKeys.length > 0 || mismatchLabelKeys.length > 0 || selectsOwn(labelSelector, podLabels)) {
    return undefined
  }
  const selected = neighbours.selectedBy(labelSelector)
  return selected.known && selected.value.length > 0 ? selected.value : undefined
}

/** The most pods that they may run, and nothing for what somebody has stopped for a while. */
function runningOf(others: readonly ExistingWorkload[]): number {
  let most = 0
  for (const { replicas, autoscaler } of others) {
    most += replicas === undefined ? Infinity : mostReplicas(replicas, autoscaler)
  }
  return most === 0 ? Infinity : most
}

function togetherViolation(subject: Workload, { at, others, most }: Together, room: number): Violation {
  const [first] = others
  const whose = others.length === 1 ? nameText(first?.metadata.name ?? '') : 'other workloads'
  const beside = `beside the ${most} ${most === 1 ? 'pod' : 'pods'} of ${whose}`
  const problem = `${beside} there is room for ${room} of ${subject.replicas} pods`
  return uncertain('other-pods', { field: podField(subject, at), problem, fix: 'use preferred affinity' })
}

function unseen(subject: Workload): Violation[] {
  const first = firstHard(subject.podSpec)
  if (first === undefined) return []
  const field = podField(subject, first.at)
  const problem = 'the nodes may be unable to meet the constraint'
  return [uncertain('nodes', { field, problem, fix: 'check the labels of the nodes' }, 'never')]
}

function firstHard(podSpec: PodSpec): { at: string } | undefined {
  return [...hardConstraints(podSpec), ...requiredAntiAffinity(podSpec)][0]
}

function seen(nodes: Fact<Nodes>): Nodes | undefined {
  return nodes.known && nodes.value.all.length > 0 ? nodes.value : undefined
}
