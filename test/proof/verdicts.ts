import { type Case, cases } from './cases.ts'
import type { Measured } from './measure.ts'
import type { Planned } from './plan.ts'
import { failedOf, runsOf, variantTitles } from './table.ts'

export interface Verdict {
  readonly holds: boolean
  readonly says: string
}

/** What the figures must show, case by case and variant by variant. */
export function verdicts(planned: readonly Planned[], measured: readonly Measured[]): readonly Verdict[] {
  return cases.flatMap((one) => {
    const wanted = planned.filter((plan) => plan.case.id === one.id)
    const chosen = [...new Set(wanted.map(({ variant }) => variant))]
    return chosen.map((variant) => {
      const runs = runsOf(measured, one.id, variant)
      const expected = wanted.filter((plan) => plan.variant === variant).length
      const complete = runs.length === expected
      const holds = complete && runs.every((run) => isAsPromised(one, run))
      const missing = complete ? '' : ` (${runs.length} of ${expected} runs)`
      return { holds, says: `${one.title}, ${variantTitles[variant]}: ${failedOf(runs) || 'nothing'} failed${missing}` }
    })
  })
}

/** With Holdfast nothing fails, unless the case says why; without it, or without the remedy that the case is about, something does. */
function isAsPromised({ allows }: Case, { variant, failed }: Measured): boolean {
  if (variant === 'with') return failed === 0 || allows !== undefined
  return failed > 0
}
