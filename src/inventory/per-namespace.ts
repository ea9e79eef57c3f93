interface Index<T> {
  readonly size: number
  add(item: T): void
  delete(item: T): void
}

/** An index for each namespace that has something in it. */
export class PerNamespace<T, I extends Index<T>> {
  readonly #build: () => I
  readonly #indices = new Map<string, I>()

  constructor(build: () => I) {
    this.#build = build
  }

  /** Undefined where nothing is in it. */
  in(namespace: string): I | undefined {
    return this.#indices.get(namespace)
  }

  add(namespace: string, item: T): void {
    const index = this.#indices.get(namespace) ?? this.#build()
    index.add(item)
    if (index.size > 0) this.#indices.set(namespace, index)
  }

  delete(namespace: string, item: T): void {
    const index = this.#indices.get(namespace)
    index?.delete(item)
    if (index?.size === 0) this.#indices.delete(namespace)
  }
}
