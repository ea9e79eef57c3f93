import type { Counts } from '../../report/cluster-report.ts'
import type { Result } from '../../report/report.ts'

/** Counts what is found in the objects of each namespace, or of each value of a label. */
export class Tally {
  readonly #counts = new Map<string, Counts>()

  /** Adds one object with its results. */
  add(name: string, results: readonly Result[]): void {
    const counts = this.#counts.get(name) ?? { name, ...none }
    this.#counts.set(name, counts)
    counts.objects++
    if (results.some(({ denied }) => denied === true)) counts.denied++
    for (const { severity, suppressed } of results) counts[suppressed === undefined ? severity : 'exempted']++
  }

  counts(): Counts[] {
    return [...this.#counts.values()]
  }
}

const none = { objects: 0, required: 0, advised: 0, unknown: 0, exempted: 0, denied: 0 }
