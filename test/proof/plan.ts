import { type Case, cases, type Variant } from './cases.ts'

export interface Planned {
  readonly case: Case
  readonly variant: Variant
  readonly repetition: number
}

export interface Wanted {
  readonly short: boolean
  readonly repetitions: number
  readonly only: readonly string[]
}

/** What is measured in which order: every variant of every case once, then again. Each repetition begins with another variant. */
export function plan({ short, repetitions, only }: Wanted): readonly Planned[] {
  const chosen = cases.filter(({ id, short: inShort = [] }) =>
    only.length > 0 ? only.includes(id) : !short || inShort.length > 0
  )
  const rounds = Array.from({ length: repetitions }, (_, index) => index + 1)
  return rounds.flatMap((repetition) =>
    chosen.flatMap((one) =>
      rotated(variantsOf(one, short), repetition - 1).map((variant) => ({ case: one, variant, repetition }))
    )
  )
}

function variantsOf({ short: inShort = [], switchedOff = [] }: Case, short: boolean): readonly Variant[] {
  return short && inShort.length > 0 ? inShort : ['without', 'with', ...switchedOff]
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const first = by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}
