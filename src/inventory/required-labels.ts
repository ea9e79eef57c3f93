import type { LabelSelector } from '../kube/label-selector.ts'

/** What labels must have for a selector to match them: a key with one of these values, or with any. */
export interface RequiredLabel {
  key: string
  values: readonly string[] | undefined
}

/** Every requirement of a selector that needs a label to be present. `{}`, `NotIn` and `DoesNotExist` have none. */
export function requiredLabelsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): RequiredLabel[] {
  const required: RequiredLabel[] = Object.entries(matchLabels).map(([key, value]) => ({ key, values: [value] }))
  for (const { key = '', operator, values = [] } of matchExpressions) {
    if (operator === 'In') required.push({ key, values: [...new Set(values)] })
    else if (operator === 'Exists') required.push({ key, values: undefined })
  }
  return required
}

/** The required label that leads to the fewest items; undefined where there is none. */
export function lightest(
  all: readonly RequiredLabel[],
  weigh: (required: RequiredLabel) => number
): RequiredLabel | undefined {
  let best: RequiredLabel | undefined
  let least = Infinity
  for (const required of all) {
    const weight = weigh(required)
    if (weight >= least) continue
    best = required
    least = weight
  }
  return best
}
