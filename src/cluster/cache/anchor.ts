import type { LabelSelector } from '../../kube/label-selector.ts'

/** What labels must have for a selector to match them: a key with one of these values, or with any. */
export interface Anchor {
  key: string
  values: readonly string[] | undefined
}

/** Every requirement of a selector that takes a label to be there. `{}`, `NotIn` and `DoesNotExist` have none. */
export function anchorsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Anchor[] {
  const anchors: Anchor[] = Object.entries(matchLabels).map(([key, value]) => ({ key, values: [value] }))
  for (const { key = '', operator, values = [] } of matchExpressions) {
    if (operator === 'In') anchors.push({ key, values: [...new Set(values)] })
    else if (operator === 'Exists') anchors.push({ key, values: undefined })
  }
  return anchors
}

/** The anchor that leads to the fewest items; undefined where there is none. */
export function lightest(anchors: readonly Anchor[], weigh: (anchor: Anchor) => number): Anchor | undefined {
  let best: Anchor | undefined
  let least = Infinity
  for (const anchor of anchors) {
    const weight = weigh(anchor)
    if (weight >= least) continue
    best = anchor
    least = weight
  }
  return best
}
