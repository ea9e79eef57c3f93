import { type Labels, type LabelSelector, selectorMatches } from '../kube/label-selector.ts'
import { type RequiredLabel, requiredLabelsOf, lightest } from './required-labels.ts'
import { InvertedIndex } from './inverted-index.ts'

/** An `In` of more values is kept by its key alone. */
const mostValues = 16

/**
 * Items with selectors, looked up by labels. Each item is indexed under one requirement only, the one with the fewest other items, so
 * that ten thousand selectors with a common label do not pile up there. Every look-up also tries the selectors that require no label.
 */
export class SelectorIndex<T extends object> {
  readonly #selectorOf: (item: T) => LabelSelector | undefined
  readonly #spend: () => void
  readonly #byPair = new InvertedIndex<T>()
  readonly #byKey = new InvertedIndex<T>()
  readonly #withoutRequiredLabel = new Set<T>()
  #size = 0

  /** `spend` is called for each item that a look-up visits, and may throw to end it. */
  constructor(selectorOf: (item: T) => LabelSelector | undefined, spend: () => void = () => {}) {
    this.#selectorOf = selectorOf
    this.#spend = spend
  }

  /** How many there are, those aside whose selector is absent: they match nothing. */
  get size(): number {
    return this.#size
  }

  /** Adds an item that is not there. Its selector must not change while it is. */
  add(item: T): void {
    const selector = this.#selectorOf(item)
    if (selector === undefined) return
    this.#size++
    const required = lightest(requiredLabelsOf(selector), (each) => this.#weightOf(each))
    if (required === undefined) this.#withoutRequiredLabel.add(item)
    else for (const [index, key, value] of this.#placesOf(required)) index.add(key, value, item)
  }

  /** Removes an existing item. The index does not record its requirement, so it searches all of them. */
  delete(item: T): void {
    const selector = this.#selectorOf(item)
    if (selector === undefined) return
    this.#size--
    this.#withoutRequiredLabel.delete(item)
    for (const required of requiredLabelsOf(selector)) {
      for (const [index, key, value] of this.#placesOf(required)) index.delete(key, value, item)
    }
  }

  /** All whose selector matches the labels. */
  *selecting(labels: Labels): Iterable<T> {
    for (const item of this.candidates(labels)) {
      if (selectorMatches(this.#selectorOf(item), labels)) yield item
    }
  }

  /** All whose selector may match the labels, some perhaps twice. */
  *candidates(labels: Labels): Iterable<T> {
    for (const [key, value] of Object.entries(labels)) {
      yield* this.#visiting(this.#byPair.of(key, value))
      yield* this.#visiting(this.#byKey.of(key, ''))
    }
    yield* this.#visiting(this.#withoutRequiredLabel)
  }

  *#visiting(items: Iterable<T>): Iterable<T> {
    for (const item of items) {
      this.#spend()
      yield item
    }
  }

  #placesOf({ key, values }: RequiredLabel): (readonly [InvertedIndex<T>, string, string])[] {
    if (values === undefined || values.length > mostValues) return [[this.#byKey, key, '']]
    return values.map((value) => [this.#byPair, key, value] as const)
  }

  #weightOf(required: RequiredLabel): number {
    return this.#placesOf(required).reduce((sum, [index, key, value]) => sum + index.size(key, value), 0)
  }
}
