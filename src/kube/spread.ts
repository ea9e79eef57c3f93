import { type Labels, selectorIsEmpty, selectorKeys, selectorMatches } from './label-selector.ts'
import type { AffinityTerm, PodSpec, SpreadConstraint } from './pod.ts'
import type { Workload } from './workload.ts'

export const hostnameKey = 'kubernetes.io/hostname'
export const zoneKey = 'topology.kubernetes.io/zone'

/** The labels by which controllers tell the pods of one revision from those of another. They write them on pods, not templates. */
export const revisionLabels: ReadonlySet<string> = new Set(['pod-template-hash', 'controller-revision-hash'])

/**
 * Whether a constraint counts the pod that carries it. An absent selector matches no pod, and the scheduler counts none for an
 * empty one either, unless matchLabelKeys adds to it (kubernetes pkg/scheduler/framework/plugins/podtopologyspread/common.go).
 */
export function constraintCounts({ labelSelector, matchLabelKeys = [] }: SpreadConstraint, labels: Labels): boolean {
  if (labelSelector === undefined || !selectorMatches(labelSelector, labels)) return false
  return (
    !selectorIsEmpty(labelSelector) ||
    matchLabelKeys.some((key) => revisionLabels.has(key) || Object.hasOwn(labels, key))
  )
}

/** A term of podAntiAffinity and its place below the pod spec. */
export interface PlacedTerm {
  term: AffinityTerm
  at: string
}

/** Every podAntiAffinity term, the required ones first. */
export function antiAffinityTerms({ affinity }: PodSpec): PlacedTerm[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: required = [] } = affinity?.podAntiAffinity ?? {}
  const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } = affinity?.podAntiAffinity ?? {}
  const at = 'affinity.podAntiAffinity'
  return [
    ...required.map((term, index) => ({
      term,
      at: `${at}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`
    })),
    ...preferred.map(({ podAffinityTerm = {} }, index) => ({
      term: podAffinityTerm,
      at: `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm`
    }))
  ]
}

/**
 * Whether a term is meant for other pods: it looks into other namespaces (an empty namespaceSelector selects every one, the pod's own
 * too), or leaves its own pods out by mismatchLabelKeys.
 */
export function isMeantForOthers(term: AffinityTerm, namespace: string | undefined): boolean {
  const { namespaces = [], namespaceSelector, mismatchLabelKeys = [] } = term
  if (mismatchLabelKeys.length > 0) return true
  if (namespaceSelector !== undefined && selectorIsEmpty(namespaceSelector)) return false
  if (namespace !== undefined && namespaces.includes(namespace)) return false
  return namespaces.length > 0 || namespaceSelector !== undefined
}

/** The topology keys over which a workload spreads its own pods, by constraints or by anti-affinity. */
export function spreadKeys({ podSpec, podLabels, metadata }: Workload): Set<string> {
  const keys = new Set<string>()
  for (const constraint of podSpec.topologySpreadConstraints ?? []) {
    if (constraintCounts(constraint, podLabels)) keys.add(constraint.topologyKey ?? '')
  }
  for (const { term } of antiAffinityTerms(podSpec)) {
    if (!isMeantForOthers(term, metadata.namespace) && selectorMatches(term.labelSelector, podLabels))
      keys.add(term.topologyKey ?? '')
  }
  return keys
}

/** Whether the pod spec says anything at all about spreading; then what it says stands. */
export function saysSpread(spec: PodSpec): boolean {
  return spec.topologySpreadConstraints !== undefined || antiAffinityTerms(spec).length > 0
}

/** More requirements than any selector that people write; a record of them would not fit its annotation. */
const mostRequirements = 32

/**
 * Soft constraints over nodes and zones by the workload's own selector: both, since any constraint of its own takes the scheduler's
 * defaults from a pod. `revisionLabel` keeps the pods of one revision apart (KEP-3243). Undefined where the selector would not count
 * the workload's own pods.
 */
export function ownConstraints(
  { selector, podLabels }: Workload,
  revisionLabel?: string
): SpreadConstraint[] | undefined {
  if (selector === undefined || selectorIsEmpty(selector) || !selectorMatches(selector, podLabels)) return undefined
  const keys = selectorKeys(selector)
  if (keys.length > mostRequirements) return undefined
  const { matchLabels, matchExpressions } = selector
  const labelSelector = {
    ...(matchLabels !== undefined && { matchLabels }),
    ...(matchExpressions !== undefined && {
      matchExpressions: matchExpressions.map(({ key = '', operator = '', values }) => ({
        key,
        operator,
        ...(values !== undefined && { values })
      }))
    })
  }
  const byRevision = revisionLabel !== undefined && !keys.includes(revisionLabel)
  return [hostnameKey, zoneKey].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector,
    ...(byRevision && { matchLabelKeys: [revisionLabel] })
  }))
}
