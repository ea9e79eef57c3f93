import type { PodSpec } from './pod.ts'
import { antiAffinityTerms } from './spread.ts'

/** Deprecated node labels that some providers still write (kubernetes pkg/api/node/util.go), and their successors. */
const successors: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type'],
  ['beta.kubernetes.io/arch', 'kubernetes.io/arch'],
  ['beta.kubernetes.io/os', 'kubernetes.io/os']
])

/** A constraint or an anti-affinity over a deprecated label. */
export interface DeprecatedLabel {
  /** Below the pod spec: `topologySpreadConstraints[0]`. */
  at: string
  label: string
  successor: string
}

/** Every use of a deprecated label in the spreading of a pod spec, hard or soft. */
export function deprecatedLabels(spec: PodSpec): readonly DeprecatedLabel[] {
  const { topologySpreadConstraints = [] } = spec
  const constraints = topologySpreadConstraints.map(({ topologyKey = '' }, index) => {
    return { at: `topologySpreadConstraints[${index}]`, label: topologyKey }
  })
  const spread = antiAffinityTerms(spec)
  if (topologySpreadConstraints.length === 0 && spread.length === 0) return none
  const terms = spread.map(({ term: { topologyKey = '' }, at }) => ({ at, label: topologyKey }))
  return [...constraints, ...terms].flatMap(({ at, label }) => {
    const successor = successors.get(label)
    return successor === undefined ? [] : [{ at, label, successor }]
  })
}

const none: readonly DeprecatedLabel[] = []
