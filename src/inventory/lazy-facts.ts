import type { Subject } from '../kube/kinds.ts'
import type { Fact } from './fact.ts'
import { factNames, type Facts } from './facts/index.ts'
import type { Bounded, Steps } from './steps.ts'

/** How each fact is found, in the order of `factNames`. */
export type FindFacts = readonly ((subject: Subject, bounded: Bounded) => Fact<unknown>)[]

/** A slot for each fact, to be copied: nothing else makes a filled array as cheaply. */
const none: readonly (Fact<unknown> | undefined)[] = factNames.map(() => undefined)

/** Facts that are each found on first use, all within one bound. A fact that no policy reads costs nothing. */
class LazyFacts {
  readonly #find: FindFacts
  readonly #subject: Subject
  readonly #bounded: Bounded
  readonly #found = none.slice()

  constructor(find: FindFacts, subject: Subject, steps: Steps) {
    this.#find = find
    this.#subject = subject
    this.#bounded = steps.bound()
  }

  static {
    for (const [index, name] of factNames.entries()) {
      Object.defineProperty(this.prototype, name, {
        get(this: LazyFacts) {
          return (this.#found[index] ??= this.#find[index]?.(this.#subject, this.#bounded))
        }
      })
    }
  }
}

export function lazyFacts(find: FindFacts, subject: Subject, steps: Steps): Facts {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the prototype has an accessor for every fact
  return new LazyFacts(find, subject, steps) as unknown as Facts
}
