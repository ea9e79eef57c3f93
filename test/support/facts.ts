import { type Fact, known } from '../../src/inventory/fact.ts'
import { type Facts, factsFrom, unknownFacts } from '../../src/inventory/facts/index.ts'
import type { Neighbours } from '../../src/inventory/facts/neighbours.ts'
import type { Nodes } from '../../src/inventory/node-set.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import { type Autoscaler, parseAutoscaler } from '../../src/kube/autoscaler.ts'
import { parseBudget } from '../../src/kube/budget.ts'
import { type Labels, type LabelSelector, selectorMatches } from '../../src/kube/label-selector.ts'
import type { Node } from '../../src/kube/node.ts'
import { parseService, type Service } from '../../src/kube/service.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { factsAround, servedGroups } from './inventory.ts'

/** Deployments of one pod with these labels, beside the one that is judged. */
export function neighboursOf(...all: readonly Labels[]): Fact<Neighbours> {
  const workloads = all.map((podLabels, index): ExistingWorkload => {
    const metadata = { name: `neighbour-${index}`, namespace: 'shop' }
    const selector = { matchLabels: podLabels }
    return {
      group: 'apps',
      kind: 'Deployment',
      metadata,
      replicas: 1,
      podLabels,
      selector,
      containers: [],
      autoscaler: null
    }
  })
  const selectedBy = (selector: LabelSelector | undefined) => {
    return workloads.filter(({ podLabels }) => selectorMatches(selector, podLabels))
  }
  return known({
    someSelectedBy: (selector) => known(selectedBy(selector).length > 0),
    someUncounted: () => known(false),
    selectedBy: (selector) => known(selectedBy(selector))
  })
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
  const { minReplicas = 2, leastRunning = minReplicas, maxReplicas = Math.max(10, minReplicas) } = given
  return {
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    target: { group: 'apps', kind: 'Deployment', name: 'web' },
    measured: [],
    metricTypes: [],
    neverScalesUp: false,
    object: {},
    pausedAt: undefined,
    takesOver: undefined,
    ...given,
    minReplicas,
    leastRunning,
    maxReplicas
  }
}

/** The workloads of a budget whose pods are there: the Deployment `web`. */
export const oneDeployment: Facts['workloads'] = known([
  {
    group: 'apps',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    replicas: 3,
    podLabels: { app: 'web' },
    selector: { matchLabels: { app: 'web' } },
    containers: [],
    autoscaler: null
  }
])

/** With nothing around it but three nodes and the namespace: whatever a class of subjects can know. */
const alone = [
  parseWorkload('Deployment', { metadata: { name: 'web' } }),
  parseBudget({ metadata: { name: 'web' } }),
  parseAutoscaler('HorizontalPodAutoscaler', { metadata: { name: 'web' } }),
  parseService({ metadata: { name: 'web' } })
].map((subject) => factsAround(subject, servedGroups))

const nothingThere = factsFrom((name) => {
  const found = alone.find((facts) => facts[name].known)?.[name]
  if (found === undefined) throw new Error(`nobody knows ${name}`)
  return found
})

/** All facts known, and nothing there but a server of release 1.33 and three nodes in three zones; or as given. */
export function factsOf(given: Partial<Facts> = {}): Facts {
  return { ...nothingThere, ...given }
}

export const nothingKnown: Facts = unknownFacts('nothing said so')
