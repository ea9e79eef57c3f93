import type { Result } from '../../report/report.ts'

interface Ranked {
  rank: number
  results: readonly Result[]
}

/** Keeps the results of the worst objects, and counts the rest. So memory does not grow with the cluster. */
export class WorstResults {
  readonly #most: number
  #objects: Ranked[] = []
  #size = 0
  #left = 0

  /** `most`: how many results it keeps in the end; on the way, up to half as many more. */
  constructor(most: number) {
    this.#most = most
  }

  /** Adds the results of one object. */
  add(results: readonly Result[]): void {
    if (results.length === 0) return
    this.#objects.push({ rank: rankOf(results), results })
    this.#size += results.length
    if (this.#size > this.#most * 1.5) this.#cut()
  }

  /** From the worst object on, and how many results are left out. */
  end(): { results: Result[]; left: number } {
    this.#cut()
    return { results: this.#objects.flatMap(({ results }) => results), left: this.#left }
  }

  #cut(): void {
    const worstFirst = this.#objects.toSorted((one, other) => other.rank - one.rank)
    this.#objects = []
    let size = 0
    for (const ranked of worstFirst) {
      if (size + ranked.results.length > this.#most) break
      size += ranked.results.length
      this.#objects.push(ranked)
    }
    this.#left += this.#size - size
    this.#size = size
  }
}

const weights = { required: 1e8, advised: 1e4, unknown: 1 } as const

/** By what is denied, then required, advised and unknown. An object has at most some hundred results. */
function rankOf(results: readonly Result[]): number {
  let rank = 0
  for (const { severity, denied, suppressed } of results) {
    if (suppressed === undefined) rank += weights[severity] + (denied === true ? 1e12 : 0)
  }
  return rank
}
