import { type Labels, type LabelSelector, selectorMatches } from '../kube/label-selector.ts'
import { type RequiredLabel, requiredLabelsOf, lightest } from './required-labels.ts'
import { InvertedIndex } from './inverted-index.ts'

/**
 * Items with labels, looked up by selector. A look-up visits only the items with the rarest label that the selector requires, so a
 * label that all items share costs nothing next to a rare one.
 */
export class LabelIndex<T extends object> {
  readonly #labelsOf: (item: T) => Labels
  readonly #spend: () => void
  readonly #all = new Set<T>()
  readonly #index = new InvertedIndex<T>()

  /** `spend` is called for each item that a look-up visits, and may throw to end it. */
  constructor(labelsOf: (item: T) => Labels, spend: () => void = () => {}) {
    this.#labelsOf = labelsOf
    this.#spend = spend
  }

  get size(): number {
    return this.#all.size
  }

  /** Adds an item that is not there. Its labels must not change while it is. */
  add(item: T): void {
    this.#all.add(item)
    for (const [key, value] of Object.entries(this.#labelsOf(item))) this.#index.add(key, value, item)
  }

  delete(item: T): void {
    if (!this.#all.delete(item)) return
    for (const [key, value] of Object.entries(this.#labelsOf(item))) this.#index.delete(key, value, item)
  }

  /** All that the selector matches. An absent selector matches nothing. */
  *matching(selector: LabelSelector | undefined): Iterable<T> {
    if (selector === undefined) return
    const required = lightest(requiredLabelsOf(selector), (each) => this.#weightOf(each))
    for (const item of required === undefined ? this.#all : this.#under(required)) {
      this.#spend()
      if (selectorMatches(selector, this.#labelsOf(item))) yield item
    }
  }

  #weightOf({ key, values }: RequiredLabel): number {
    if (values === undefined) return this.#index.sizeOfKey(key)
    return values.reduce((sum, value) => sum + this.#index.size(key, value), 0)
  }

  *#under({ key, values }: RequiredLabel): Iterable<T> {
    if (values === undefined) yield* this.#index.ofKey(key)
    else for (const value of values) yield* this.#index.of(key, value)
  }
}
