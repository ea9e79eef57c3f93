import { type Fact, unknown } from './fact.ts'

/** Some 20 ms of work. Only thousands of objects with common labels take so many. */
const mostSteps = 200_000

export const tooMany = 'its namespace has too many objects to search'

/** Runs a search whose fact is unknown if it looks at too many objects, together with the searches before it. */
export type Bounded = <T>(search: () => Fact<T>) => Fact<T>

/**
 * Counts the objects that are looked at for a fact, and ends a search that looks at too many: the fact is then unknown, so that one review
 * never delays the others for long, whatever a tenant puts into a namespace.
 */
export class Steps {
  #left = Infinity
  #exceeded = 0

  /** How many searches were ended. */
  get exceeded(): number {
    return this.#exceeded
  }

  /** Counts an object that is looked at. */
  readonly spend = (): void => {
    this.#left--
    if (this.#left < 0) throw new TooManySteps()
  }

  /** For the searches of one fact of one review. */
  bound(): Bounded {
    let left = mostSteps
    return (search) => {
      this.#left = left
      try {
        return search()
      } catch (error) {
        if (!(error instanceof TooManySteps)) throw error
        this.#exceeded++
        return unknown(tooMany)
      } finally {
        left = Math.max(0, this.#left)
        this.#left = Infinity
      }
    }
  }
}

class TooManySteps extends Error {
  override name = 'TooManySteps'
}
