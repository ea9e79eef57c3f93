import type { Labels } from './label-selector.ts'
import type { Node, Taint } from './node.ts'
import type { PodSpec } from './pod.ts'
import { hostnameKey } from './spread.ts'

type Affinity = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>
type Required = NonNullable<Affinity['requiredDuringSchedulingIgnoredDuringExecution']>
export type NodeSelectorTerm = NonNullable<Required['nodeSelectorTerms']>[number]
type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number]
export type Toleration = NonNullable<PodSpec['tolerations']>[number]

/** Of the values of labels and of what is compared with them; upstream reads 64 bits. */
const wholeNumber = /^[+-]?\d{1,63}$/

/** As strconv.ParseInt with 64 bits has it; undefined for what it refuses. */
function integerIn(text: string): bigint | undefined {
  if (!wholeNumber.test(text)) return undefined
  const number = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return BigInt.asIntN(64, number) === number ? number : undefined
}

function compare(value: string, operator: string, bound: string): boolean {
  const [one, other] = [integerIn(value), integerIn(bound)]
  if (one === undefined || other === undefined) return false
  return operator === 'Gt' ? one > other : one < other
}

function isMet({ key = '', operator = '', values = [] }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt':
      return value !== undefined && compare(value, operator, values[0] ?? '')
    default:
      return false
  }
}

/** A term without requirements matches no node. */
function termMatches({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { name, labels }: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  return (
    matchExpressions.every((requirement) => isMet(requirement, labels)) &&
    matchFields.every((requirement) => isMet(requirement, { 'metadata.name': name }))
  )
}

function costOf(requirements: readonly Requirement[] = []): number {
  return requirements.reduce((sum, { values = [] }) => sum + 1 + values.length, 0)
}

/** The most comparisons that it takes to decide whether a pod fits a node, per taint of the node. */
export function fitCost({ nodeSelector = {}, affinity, tolerations = [] }: PodSpec): number {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const own = 1 + Object.keys(nodeSelector).length + tolerations.length
  return terms.reduce((sum, term) => sum + costOf(term.matchExpressions) + costOf(term.matchFields), own)
}

/** Whether nodeSelector and required node affinity let a pod onto a node (k8s.io/component-helpers scheduling/corev1/nodeaffinity). */
export function wantsNode({ nodeSelector = {}, affinity }: PodSpec, node: Node): boolean {
  const { labels } = node
  for (const key of Object.keys(nodeSelector)) {
    if (!Object.hasOwn(labels, key) || labels[key] !== nodeSelector[key]) return false
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || (required.nodeSelectorTerms ?? []).some((term) => termMatches(term, node))
}

/** The only node that terms let in, by its hostname or its name. Undefined if they may let in several, or none. */
export function onlyNodeOf(terms: readonly NodeSelectorTerm[]): string | undefined {
  const names = terms.map(({ matchExpressions = [], matchFields = [] }) => {
    return onlyValueOf(hostnameKey, matchExpressions) ?? onlyValueOf('metadata.name', matchFields)
  })
  const [only] = names
  return only !== undefined && names.every((name) => name === only) ? only : undefined
}

/** Whether nodeSelector or required node affinity name one value of a label, so that all pods run where nodes have it. */
export function isPinnedBy(key: string, { nodeSelector = {}, affinity }: PodSpec): boolean {
  if (Object.hasOwn(nodeSelector, key)) return true
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const { nodeSelectorTerms: terms = [] } = required ?? {}
  if (terms.length === 0) return false
  const values = new Set(terms.map(({ matchExpressions = [] }) => onlyValueOf(key, matchExpressions)))
  return values.size === 1 && !values.has(undefined)
}

export function onlyValueOf(key: string, requirements: readonly Requirement[]): string | undefined {
  const only = requirements.find((one) => one.key === key && one.operator === 'In' && one.values?.length === 1)
  return only?.values?.[0]
}

/** As Toleration.ToleratesTaint has it (k8s.io/api core/v1/toleration.go), with the operators Gt and Lt where they would be on. */
export function tolerates({ key = '', operator = '', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if ((effect !== '' && effect !== taint.effect) || (key !== '' && key !== taint.key)) return false
  if (operator === 'Gt' || operator === 'Lt') return compare(taint.value, operator, value)
  return operator === 'Exists' || ((operator === '' || operator === 'Equal') && value === taint.value)
}

/** The prefix of taints that Kubernetes puts on nodes that are cordoned, not ready or under pressure. They come and go. */
const passing = 'node.kubernetes.io/'

/** Whether the lasting taints of a node let a pod be scheduled onto it. */
export function toleratesNode({ tolerations = [] }: PodSpec, { taints }: Node): boolean {
  return taints.every((taint) => {
    if (taint.effect === 'PreferNoSchedule' || taint.key.startsWith(passing)) return true
    return tolerations.some((toleration) => tolerates(toleration, taint))
  })
}
