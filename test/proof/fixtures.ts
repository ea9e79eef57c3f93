import type { Variant } from './cases.ts'
import type { Measured } from './measure.ts'

/** A run as it could have been measured. */
export function runOf(id: string, variant: Variant, failed: number, repetition = 1): Measured {
  return {
    case: id,
    variant,
    repetition,
    sent: 2000,
    failed,
    kinds: failed === 0 ? {} : { refused: failed },
    slowestMs: 40,
    stalledMs: 5,
    waitedMs: 3,
    action: [2, 8],
    seconds: 10,
    failures: failed === 0 ? {} : { '4': { refused: failed } },
    remedies: { probe: false, sleep: false, budget: false }
  }
}
