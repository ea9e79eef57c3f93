import type { Case } from './cases.ts'
import type { Measured } from './measure.ts'
import type { Planned } from './plan.ts'
import { failedOf, runsOf, variantTitles } from './table.ts'

export interface Verdict {
  readonly holds: boolean
  readonly says: string
}

/** What the figures must show, case by case and variant by variant. */
export function verdicts(planned: readonly Planned[], measured: readonly Measured[]): readonly Verdict[] {
  const groups = Map.groupBy(planned, ({ case: { id }, variant }) => `${id} ${variant}`)
  return [...groups.values()].flatMap((wanted) => {
    const [first] = wanted
    return first === undefined ? [] : [verdictOn(first, wanted.length, runsOf(measured, first.case.id, first.variant))]
  })
}

function verdictOn({ case: one, variant }: Planned, expected: number, runs: readonly Measured[]): Verdict {
  const complete = runs.length === expected
  const missing = complete ? '' : ` (${runs.length} of ${expected} runs)`
  const says = `${one.title}, ${variantTitles[variant]}: ${failedOf(runs) || 'nothing'} failed${missing}`
  return { holds: complete && runs.every((run) => isAsPromised(one, run)), says }
}

/** With Holdfast nothing fails, unless the case says why; without it, or without the remedy that the case is about, something does. */
function isAsPromised({ allows, variants }: Case, { variant, failed }: Measured): boolean {
  if (variant === 'with') return failed === 0 || allows !== undefined
  // What is measured in one way alone is measured to see what it gives.
  return failed > 0 || variants?.length === 1
}
