import { takesHostPorts } from './containers.ts'
import { type Labels, type LabelSelector, selectorIsEmpty, selectorKeys, selectorMatches } from './label-selector.ts'
import type { AffinityTerm, PodSpec, SpreadConstraint } from './pod.ts'
import type { Workload } from './workload.ts'

export const hostnameKey = 'kubernetes.io/hostname'
export const zoneKey = 'topology.kubernetes.io/zone'

/** Labels that controllers add to pods, and no template has. */
const controllerLabels: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'job-name',
  'controller-uid',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-completion-index'
])

/** The label that tells the pods of one revision from those of another, by the controller that writes it. */
export const revisionLabelOf = {
  Deployment: 'pod-template-hash',
  StatefulSet: 'controller-revision-hash',
  ReplicaSet: undefined
}

/** Whether a selector matches the pods of a template, given that controllers add their own labels to them. */
export function selectsOwn(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  const entries = Object.entries(matchLabels).filter(([key]) => !controllerLabels.has(key))
  const expressions = matchExpressions.filter(({ key = '', operator = '' }) => {
    return !controllerLabels.has(key) || (operator !== 'In' && operator !== 'Exists')
  })
  return selectorMatches({ matchLabels: Object.fromEntries(entries), matchExpressions: expressions }, labels)
}

/**
 * Whether a constraint counts the pod that carries it. An absent selector matches no pod, and the scheduler counts none for an
 * empty one either, unless matchLabelKeys adds to it (kubernetes pkg/scheduler/framework/plugins/podtopologyspread/common.go).
 */
export function constraintCounts({ labelSelector, matchLabelKeys = [] }: SpreadConstraint, labels: Labels): boolean {
  if (labelSelector === undefined || !selectsOwn(labelSelector, labels)) return false
  return (
    !selectorIsEmpty(labelSelector) ||
    matchLabelKeys.some((key) => controllerLabels.has(key) || Object.hasOwn(labels, key))
  )
}

/** A term of podAffinity or podAntiAffinity, and its place below the pod spec. */
export interface PlacedTerm {
  term: AffinityTerm
  at: string
}

const antiAffinityAt = 'affinity.podAntiAffinity'

/** The podAntiAffinity terms that a pod may not be scheduled against. */
export function requiredAntiAffinity({ affinity }: PodSpec): readonly PlacedTerm[] {
  return requiredTerms(affinity?.podAntiAffinity, antiAffinityAt)
}

/** The podAffinity terms that a pod may not be scheduled against. */
export function requiredAffinity({ affinity }: PodSpec): readonly PlacedTerm[] {
  return requiredTerms(affinity?.podAffinity, 'affinity.podAffinity')
}

function requiredTerms(affinity: NonNullable<PodSpec['affinity']>['podAffinity'], at: string): readonly PlacedTerm[] {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required === undefined) return noTerms
  return required.map((term, index) => {
    return { term, at: `${at}.requiredDuringSchedulingIgnoredDuringExecution[${index}]` }
  })
}

const noTerms: readonly PlacedTerm[] = []

/** Every podAntiAffinity term, the required ones first. */
export function antiAffinityTerms(spec: PodSpec): readonly PlacedTerm[] {
  const { podAntiAffinity } = spec.affinity ?? {}
  if (podAntiAffinity === undefined) return noTerms
  const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } = podAntiAffinity
  return [
    ...requiredAntiAffinity(spec),
    ...preferred.map(({ podAffinityTerm = {} }, index) => ({
      term: podAffinityTerm,
      at: `${antiAffinityAt}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm`
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
  if (namespace !== undefined) {
    const named = { 'kubernetes.io/metadata.name': namespace }
    if (namespaces.includes(namespace) || selectorMatches(namespaceSelector, named)) return false
  }
  return namespaces.length > 0 || namespaceSelector !== undefined
}

/** One way in which a workload spreads its own pods over a topology key. */
export type Spreading =
  | { key: string; by: 'constraint'; constraint: SpreadConstraint }
  | { key: string; by: 'anti-affinity'; required: boolean }
  | { key: string; by: 'ports of the node' }

/** The ways in which a workload spreads its own pods, whether or not the nodes of a cluster let it. */
export function spreadings({ podSpec, podLabels, metadata }: Workload): Spreading[] {
  const found: Spreading[] = takesHostPorts(podSpec) ? [{ key: hostnameKey, by: 'ports of the node' }] : []
  for (const constraint of podSpec.topologySpreadConstraints ?? []) {
    if (!constraintCounts(constraint, podLabels)) continue
    found.push({ key: constraint.topologyKey ?? '', by: 'constraint', constraint })
  }
  const terms = antiAffinityTerms(podSpec)
  if (terms.length === 0) return found
  const { length } = requiredAntiAffinity(podSpec)
  for (const [index, { term }] of terms.entries()) {
    if (isMeantForOthers(term, metadata.namespace) || !selectsOwn(term.labelSelector, podLabels)) continue
    found.push({ key: term.topologyKey ?? '', by: 'anti-affinity', required: index < length })
  }
  return found
}

/**
 * More requirements, and more values of them all, than any selector that people write. Each constraint copies them: without these bounds an
 * object that the API server accepts could become one that it refuses.
 */
const [mostRequirements, mostValues] = [32, 128]

/**
 * Soft constraints by the workload's own selector. Any constraint of its own takes the scheduler's defaults from a pod, and a node
 * that lacks one of the keys is then passed over (kubernetes pkg/scheduler/framework/plugins/podtopologyspread/scoring.go). `revisionLabel` keeps the pods of one revision apart (KEP-3243). Undefined where the selector would not count
 * the workload's own pods.
 */
export function ownConstraints(
  { selector, podLabels }: Workload,
  topologyKeys: readonly string[],
  revisionLabel?: string
): SpreadConstraint[] | undefined {
  if (selector === undefined || selectorIsEmpty(selector) || !selectorMatches(selector, podLabels)) return undefined
  const keys = selectorKeys(selector)
  if (keys.length > mostRequirements || valueCount(selector) > mostValues) return undefined
  const labelSelector = ownSelector(selector)
  const byRevision = revisionLabel !== undefined && !keys.includes(revisionLabel)
  return topologyKeys.map((topologyKey) => {
    const constraint = { maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector }
    return byRevision ? { ...constraint, matchLabelKeys: [revisionLabel] } : constraint
  })
}

function valueCount({ matchExpressions = [] }: LabelSelector): number {
  return matchExpressions.reduce((sum, { values = [] }) => sum + values.length, 0)
}

/** The fields that selectors have, and no others that a person may have written. */
function ownSelector({ matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  if (matchExpressions === undefined) return matchLabels === undefined ? {} : { matchLabels }
  const expressions = matchExpressions.map(({ key = '', operator = '', values }) => {
    return values === undefined ? { key, operator } : { key, operator, values }
  })
  return matchLabels === undefined ? { matchExpressions: expressions } : { matchLabels, matchExpressions: expressions }
}
