import { type Case, cases, type Variant } from './cases.ts'
import { settings as settingsCases } from './settings.ts'

export interface Planned {
  readonly case: Case
  readonly variant: Variant
  readonly repetition: number
}

export interface Wanted {
  /** Measures what settings of the remedies are worth, instead of the remedies. */
  readonly settings: boolean
  readonly short: boolean
  readonly repetitions: number
  /** Ids of cases; empty: all. */
  readonly only: readonly string[]
}

/**
 * What is measured in which order: every variant of every case once, then again. Each repetition begins with another variant. Throws where
 * nothing is: it would pass.
 */
export function plan({ settings, short, repetitions, only }: Wanted): readonly Planned[] {
  const chosen = (settings ? settingsCases : cases).filter(({ id, short: inShort }) =>
    only.length > 0 ? only.includes(id) : !short || inShort !== undefined
  )
  if (chosen.length === 0) throw new Error('nothing is there to be measured')
  const rounds = Array.from({ length: repetitions }, (_, index) => index + 1)
  return rounds.flatMap((repetition) =>
    chosen.flatMap((one) =>
      rotated(variantsOf(one, short), repetition - 1).map((variant) => ({ case: one, variant, repetition }))
    )
  )
}

function variantsOf({ short: inShort, variants = ['without', 'with'] }: Case, short: boolean): readonly Variant[] {
  return short && inShort !== undefined ? inShort : variants
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const first = by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}
