import { resolveSpecPath } from '../../engine/injection/spec-path.ts'
import type { Judgement } from '../../engine/judge.ts'
import type { PolicyAddition } from '../../engine/policy.ts'
import type { Place } from '../../kube/json.ts'
import { isWorkload, podField } from '../../kube/workload.ts'

/** An addition of a remedy, in its object. */
export interface PlacedAddition extends PolicyAddition {
  /** The tokens that lead to it from the root of the object. */
  place: Place
  /** Its field, as findings write it. */
  field: string
}

/** The additions of a subject, in its object. */
export function placedAdditions({ subject }: Judgement, additions: readonly PolicyAddition[]): PlacedAddition[] {
  return additions.flatMap((addition) => {
    const { at } = addition
    if (isWorkload(subject)) {
      const place = resolveSpecPath(subject.podSpec, at, [...subject.templateAt, 'spec'])
      return place === undefined ? [] : [{ ...addition, place, field: podField(subject, at) }]
    }
    const place = subject.kind === 'PodDisruptionBudget' ? resolveSpecPath(subject.spec, at, ['spec']) : undefined
    return place === undefined ? [] : [{ ...addition, place, field: `spec.${at}` }]
  })
}
