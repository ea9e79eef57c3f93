import { InvertedIndex } from './inverted-index.ts'
import { ObjectStore } from './object-store.ts'

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
    return Array.from(this.#index.ofKey(about), (item) => {
      this.#spend()
      return item
    })
  }

  #reindex(before: T | undefined, after: T | undefined): void {
    if (before !== undefined) this.#index.delete(this.#about(before), '', before)
    if (after !== undefined) this.#index.add(this.#about(after), '', after)
  }
}
