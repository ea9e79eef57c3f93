import { type Infer, list, object, string, strings } from './shape.ts'

export type Labels = Readonly<Record<string, string>>

/** A label by its key, which may be anything. */
export function label(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

export const labelSelector = object({
  matchLabels: strings,
  matchExpressions: list(object({ key: string, operator: string, values: list(string) }))
})

/** A metav1.LabelSelector. Absent and empty differ by place: see the callers' docstrings. */
export type LabelSelector = Infer<typeof labelSelector>

export type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

function requirementMatches({ key = '', operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return values.length > 0 && (value === undefined || !values.includes(value))
    case 'Exists':
      return values.length === 0 && value !== undefined
    case 'DoesNotExist':
      return values.length === 0 && value === undefined
    default:
      return false
  }
}

/** The same as the API server gives it back from a type of its own: without empty lists, and what no selector has. */
export function asStored({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector {
  const expressions = matchExpressions.map(({ key = '', operator = '', values = [] }) => {
    return { key, operator, ...(values.length > 0 && { values }) }
  })
  return {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(expressions.length > 0 && { matchExpressions: expressions })
  }
}

/** Whether the selector has no requirement, so that it matches every label set. */
export function selectorIsEmpty(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0
}

/**
 * Whether every requirement holds, as in metav1.LabelSelectorAsSelector: an absent selector matches nothing, an empty one
 * everything, and `NotIn` is also true where the key is absent. A requirement that the API server would refuse matches nothing.
 */
export function selectorMatches(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  for (const key of Object.keys(matchLabels)) {
    if (!Object.hasOwn(labels, key) || labels[key] !== matchLabels[key]) return false
  }
  return matchExpressions.every((requirement) => requirementMatches(requirement, labels))
}

/**
 * Whether whatever the inner selector matches is sure to be matched by the outer one: it has each of its requirements. Selectors that come
 * to the same in other words are not found to.
 */
export function selectorIsWithin(inner: LabelSelector | undefined, outer: LabelSelector | undefined): boolean {
  if (inner === undefined || outer === undefined) return false
  const { matchLabels = {}, matchExpressions = [] } = inner
  const labelled = Object.entries(outer.matchLabels ?? {}).every(([key, value]) => {
    return Object.hasOwn(matchLabels, key) && matchLabels[key] === value
  })
  if (!labelled || outer.matchExpressions === undefined) return labelled
  // Compared as texts in a set, because a selector may have thousands of expressions.
  const expressions = new Set(matchExpressions.map(expressionText))
  return outer.matchExpressions.every((one) => expressions.has(expressionText(one)))
}

function expressionText({ key, operator, values }: Requirement): string {
  return JSON.stringify([key, operator, values])
}

/**
 * Whether the selector could match these labels and more: all that it asks of the present keys holds, and it asks for one of them. Pods
 * get labels at run time that no template has, such as the leader of a database.
 */
export function selectorCouldMatch(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  const labelsAsked = Object.entries(matchLabels).filter(([key]) => Object.hasOwn(labels, key))
  const keysAsked = matchExpressions.filter(({ key = '' }) => Object.hasOwn(labels, key))
  const asks = labelsAsked.length > 0 || keysAsked.some(({ operator }) => operator === 'In' || operator === 'Exists')
  return asks && selectorMatches({ matchLabels: Object.fromEntries(labelsAsked), matchExpressions: keysAsked }, labels)
}

/** Every label key in the selector. */
export function selectorKeys({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key = '' }) => key)]
}
