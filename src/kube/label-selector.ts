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
 * Whether the selector cannot match these labels, whatever others there are beside them: a requirement about one of their keys does not
 * hold. An absent selector matches nothing.
 */
export function selectorContradicts(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return true
  const { matchLabels, matchExpressions } = selector
  for (const key in matchLabels) {
    if (Object.hasOwn(matchLabels, key) && Object.hasOwn(labels, key) && labels[key] !== matchLabels[key]) return true
  }
  return (matchExpressions ?? []).some(
    (each) => Object.hasOwn(labels, each.key ?? '') && !requirementMatches(each, labels)
  )
}

/** The labels that whatever the selector matches is sure to have, by key and value. */
export function labelsRequiredBy({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Labels {
  const single = matchExpressions.filter(({ operator, values = [] }) => operator === 'In' && values.length === 1)
  return { ...Object.fromEntries(single.map(({ key = '', values = [] }) => [key, values[0] ?? ''])), ...matchLabels }
}

/** Every label key in the selector. */
export function selectorKeys({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key = '' }) => key)]
}
