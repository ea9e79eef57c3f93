import type { Fact, Nodes } from '../engine/facts.ts'
import { definePolicy, type Violation } from '../engine/policy.ts'
import { type DeprecatedLabel, deprecatedLabels } from '../kube/deprecated-labels.ts'
import { asksTooMuch, hardConstraints, type SpreadShortage, shortagesOf } from '../kube/spread-capacity.ts'
import { requiredAntiAffinity } from '../kube/spread.ts'
import { podField, type Workload } from '../kube/workload.ts'

/** They may have the label, or make room: autoscalers of clusters start nodes for pods that wait. */
const comingNodes = 'future nodes'

/** No node will ever have a retired label that none has while some have the one that took its place. */
function retiredViolation(
  subject: Workload,
  { at, label, successor }: DeprecatedLabel,
  nodes: Nodes | undefined
): Violation {
  const violation = { field: podField(subject, at), problem: 'retired key', fix: `use ${successor}` }
  if (nodes === undefined) return { ...violation, unless: 'nodes' }
  const gone = nodes.domainsOf(label).size === 0 && nodes.domainsOf(successor).size > 0
  return gone ? { ...violation, problem: 'retired key: no node has it' } : { ...violation, unless: comingNodes }
}

function shortageViolation(subject: Workload, { at, room, tainted }: SpreadShortage): Violation {
  const soft = at.startsWith('affinity') ? 'use preferred anti-affinity' : 'use ScheduleAnyway'
  return {
    field: podField(subject, at),
    problem: room === 0 ? 'no node has the label' : `fits ${room} of ${subject.replicas} pods`,
    fix: tainted ? 'set nodeTaintsPolicy: Honor' : soft,
    unless: comingNodes
  }
}

function unseen(subject: Workload): Violation[] {
  const { podSpec } = subject
  const [first] = [...hardConstraints(podSpec), ...requiredAntiAffinity(podSpec)]
  if (first === undefined) return []
  const field = podField(subject, first.at)
  const problem = 'may ask more than nodes can meet'
  return [{ field, problem, fix: 'look at their labels', unless: 'nodes', quiet: true }]
}

function seen(nodes: Fact<Nodes>): Nodes | undefined {
  return nodes.known && nodes.value.all.length > 0 ? nodes.value : undefined
}

export const spreadFeasible = definePolicy({
  id: 'spread-feasible',
  title: 'Hard constraints can be met by the nodes that there are, and no key is a retired label',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'Job'],
  needs: ['nodes'],
  parameters: {},
  profiles: { baseline: 'advised', standard: 'advised', critical: 'required' },
  injects: [],
  check({ subject, facts: { nodes } }) {
    const there = seen(nodes)
    const retired = deprecatedLabels(subject.podSpec).map((one) => retiredViolation(subject, one, there))
    const shortages =
      there === undefined || asksTooMuch(subject.podSpec, there.all)
        ? unseen(subject)
        : shortagesOf(subject, there.all).map((one) => shortageViolation(subject, one))
    const said = new Set(retired.map(({ field }) => field))
    return [...retired, ...shortages.filter(({ field }) => !said.has(field))]
  }
})
