import { InvertedIndex } from './inverted-index.ts'
import { ObjectStore } from './object-store.ts'

/** One key for all of them: the index has a map for each of its keys. */
const all = ''

/** Objects that are looked up by what they are about, such as their namespace, or the workload that they target. */
export class IndexedObjects<T extends object> {
  readonly store = new ObjectStore<T>((_key, before, after) => this.#reindex(before, after))
  readonly #index = new InvertedIndex<T>()
  readonly #about: (item: T) => string
  readonly #spend: () => void

  /** `spend` is called for each object that a look-up visits. */
  constructor(about: (item: T) => string, spend: () => void) {
    this.#about = about
    this.#spend = spend
  }

  of(about: string): readonly T[] {
    return Array.from(this.#index.of(all, about), (item) => {
      this.#spend()
      return item
    })
  }

  #reindex(before: T | undefined, after: T | undefined): void {
    if (before !== undefined) this.#index.delete(all, this.#about(before), before)
    if (after !== undefined) this.#index.add(all, this.#about(after), after)
  }
}
