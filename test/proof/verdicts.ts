import { type Case, requestsPerSecond } from './cases.ts'
import type { Measured } from './measure.ts'
import type { Planned } from './plan.ts'
import { failedOf, runsOf, variantTitles } from './table.ts'

const longestStallMs = 1000

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
  const missing = runs.length === expected ? '' : ` (${runs.length} of ${expected} runs)`
  const outcome = runs.length === 0 ? 'not measured' : `${failedOf(runs)} failed`
  const mitigated = variant === 'with' && one.allows !== undefined ? `, for ${one.allows.because}` : ''
  const halting = runs.filter((run) => variant === 'with' && !isSteady(run)).length
  const halted = halting === 0 ? '' : `, but the client itself came to a halt in ${halting} of them`
  const says = `${one.title}, ${variantTitles[variant]}: ${outcome}${missing}${mitigated}${halted}`
  return { holds: missing === '' && halted === '' && runs.every((run) => isAsPromised(one, run)), says }
}

/** Whether the client sent what it was to send, when it was to send it: else it proves nothing that nothing failed. */
export function isSteady({ sent, seconds, stalledMs }: Measured): boolean {
  return stalledMs <= longestStallMs && sent >= seconds * requestsPerSecond * 0.9 && sent > 0
}

/** With Holdfast nothing fails, unless the case says why; without it, or without the remedy that the case is about, something does. */
function isAsPromised({ allows, open = [] }: Case, { variant, failed, sent }: Measured): boolean {
  if (open.includes(variant)) return true
  return variant === 'with' ? failed <= sent * (allows?.share ?? 0) : failed > 0
}
