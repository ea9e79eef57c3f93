import type { PodSpec } from './pod.ts'
import { antiAffinityTerms } from './spread.ts'

/** Labels of nodes that are there only as long as somebody writes them (kubernetes pkg/api/node/util.go), and what took their place. */
const successors: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type'],
  ['beta.kubernetes.io/arch', 'kubernetes.io/arch'],
  ['beta.kubernetes.io/os', 'kubernetes.io/os']
])

/** A constraint or an anti-affinity over a retired label. */
export interface DeprecatedLabel {
  /** Below the pod spec: `topologySpreadConstraints[0]`. */
  at: string
  label: string
  successor: string
}

/** All that a pod spec spreads over retired labels, hard or soft. */
export function deprecatedLabels(spec: PodSpec): DeprecatedLabel[] {
  const { topologySpreadConstraints = [] } = spec
  const constraints = topologySpreadConstraints.map(({ topologyKey = '' }, index) => {
    return { at: `topologySpreadConstraints[${index}]`, label: topologyKey }
  })
  const terms = antiAffinityTerms(spec).map(({ term: { topologyKey = '' }, at }) => ({ at, label: topologyKey }))
  return [...constraints, ...terms].flatMap(({ at, label }) => {
    const successor = successors.get(label)
    return successor === undefined ? [] : [{ at, label, successor }]
  })
}
