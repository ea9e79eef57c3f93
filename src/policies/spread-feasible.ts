import type { Fact } from '../inventory/fact.ts'
import type { Nodes } from '../inventory/node-set.ts'
import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { type DeprecatedLabel, deprecatedLabels } from '../kube/deprecated-labels.ts'
import { asksTooMuch, hardConstraints, type SpreadShortage, shortagesOf } from '../kube/spread-capacity.ts'
import { requiredAntiAffinity } from '../kube/spread.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const spreadFeasible = definePolicy({
  id: 'spread-feasible',
  title: 'The nodes of the cluster can meet hard constraints, and no topology key is deprecated',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'Job'],
  needs: ['nodes'],
  profiles: { baseline: 'advised', standard: 'advised', critical: 'required' },
  check({ subject, facts: { nodes } }) {
    const there = seen(nodes)
    const deprecated = deprecatedLabels(subject.podSpec).map((one) => deprecatedViolation(subject, one, there))
    const shortages =
      there === undefined || asksTooMuch(subject.podSpec, there.all)
        ? unseen(subject)
        : shortagesOf(subject, there.all).map((one) => shortageViolation(subject, one))
    const said = new Set(deprecated.map(({ field }) => field))
    return [...deprecated, ...shortages.filter(({ field }) => !said.has(field))]
  }
})

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

function unseen(subject: Workload): Violation[] {
  const { podSpec } = subject
  const [first] = [...hardConstraints(podSpec), ...requiredAntiAffinity(podSpec)]
  if (first === undefined) return []
  const field = podField(subject, first.at)
  const problem = 'the nodes may be unable to meet the constraint'
  return [uncertain('nodes', { field, problem, fix: 'check the labels of the nodes' }, 'never')]
}

function seen(nodes: Fact<Nodes>): Nodes | undefined {
  return nodes.known && nodes.value.all.length > 0 ? nodes.value : undefined
}
