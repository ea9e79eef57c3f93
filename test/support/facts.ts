import { type Fact, type Facts, known, type Neighbours, type Nodes, unknownFacts } from '../../src/engine/facts.ts'
import type { Autoscaler } from '../../src/kube/autoscaler.ts'
import { type Labels, selectorMatches } from '../../src/kube/label-selector.ts'
import type { Node } from '../../src/kube/node.ts'
import { parseService, type Service } from '../../src/kube/service.ts'

/** Workloads whose pods have these labels, beside the one that is judged. */
export function neighboursOf(...all: readonly Labels[]): Fact<Neighbours> {
  return known({ someSelectedBy: (selector) => all.some((labels) => selectorMatches(selector, labels)) })
}

/** These nodes, each with the taints and the label that its name brings. */
export function nodesOf(...all: readonly Partial<Node>[]): Fact<Nodes> {
  const nodes = all.map((node, index): Node => {
    return { name: `node-${index}`, labels: {}, taints: [], ...node }
  })
  const domainsOf = (key: string) =>
    new Set(nodes.flatMap(({ labels }) => (Object.hasOwn(labels, key) ? [labels[key] ?? ''] : [])))
  return known({ all: nodes, domainsOf })
}

/** Services that lead to these ports of the pods, one each. */
export function servicesTo(...ports: readonly (number | string)[]): Fact<readonly Service[]> {
  return known(ports.map((targetPort) => parseService({ spec: { ports: [{ port: 80, targetPort }] } })))
}

/** An autoscaler of the workload `web`, with a floor of two and room above it; or as given. */
export function autoscalerOf(given: Partial<Autoscaler> = {}): Autoscaler {
  const { minReplicas = 2, maxReplicas = Math.max(10, minReplicas) } = given
  return {
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    target: { group: 'apps', kind: 'Deployment', name: 'web' },
    measured: [],
    object: {},
    ...given,
    minReplicas,
    maxReplicas
  }
}

const zones = ['a', 'b', 'c'].map((zone) => ({
  labels: { 'topology.kubernetes.io/zone': zone, 'kubernetes.io/hostname': `node-${zone}` }
}))

/** All facts known, and nothing there but a server of release 1.33 and three nodes in three zones; or as given. */
export function factsOf(given: Partial<Facts> = {}): Facts {
  return {
    serverVersion: known({ major: 1, minor: 33 }),
    autoscaler: known(null),
    autoscalers: known([]),
    neighbours: neighboursOf(),
    budgets: known([]),
    companion: known(false),
    services: known([]),
    nodes: nodesOf(...zones),
    workloads: known([]),
    ...given
  }
}

export const nothingKnown: Facts = unknownFacts('nothing said so')
