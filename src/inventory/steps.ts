import { type Fact, unknown } from './fact.ts'

/** Some 20 ms of work. Only thousands of objects with common labels take so many. */
const mostSteps = 200_000

/** For each object of a set that is judged as a whole: a set of which many objects share their labels takes no more than linear time. */
const stepsAnObject = 1000

export const tooMany = 'its namespace has too many objects to search'

/** Runs a search whose fact is unknown if it looks at too many objects, together with the searches before it. */
export type Bounded = <T>(search: () => Fact<T>) => Fact<T>

/**
 * Counts the objects that are looked at for facts, and ends a search when those of its review have looked at too many: the fact is then
 * unknown, so that one review never delays the others for long, whatever a tenant puts into a namespace.
 */
export class Steps {
  #left = Infinity
  /** For all searches to come. */
  #allowed = Infinity
  #exceeded = 0

  /** How many searches were ended. */
  get exceeded(): number {
    return this.#exceeded
  }

  /** From now on, bounds all searches together by the number of objects that they are made for. */
  allowFor(objects: number): void {
    this.#allowed = mostSteps + stepsAnObject * objects
  }

  /** Counts an object that is looked at. */
  readonly spend = (): void => {
    this.#left--
    if (this.#left < 0) throw tooManySteps
  }

  /** For all searches around one object. A review of an update has two: the object and its old version. */
  bound(): Bounded {
    let left = mostSteps
    return (search) => {
      left = Math.min(left, this.#allowed)
      const before = left
      this.#left = left
      try {
        return search()
      } catch (error) {
        if (error !== tooManySteps) throw error
        this.#exceeded++
        return unknown(tooMany)
      } finally {
        left = Math.max(0, this.#left)
        this.#allowed -= before - left
        this.#left = Infinity
      }
    }
  }
}

/** One for all: a review may end thousands of searches, and most of an error's cost is its stack. */
const tooManySteps = new Error(tooMany)
