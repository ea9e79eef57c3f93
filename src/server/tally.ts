/**
 * Counts in nested maps. prom-client hashes the labels at every increment, which for thirty policies costs as much as judging
 * them; a count here is two map lookups, and prom-client is told when somebody asks.
 */
export class Tally {
  count = 0
  readonly #children = new Map<string, Tally>()

  of(label: string): Tally {
    let child = this.#children.get(label)
    if (child === undefined) this.#children.set(label, (child = new Tally()))
    return child
  }

  /** The counts at the ends, each with its labels from the outermost on. */
  *counts(labels: readonly string[] = []): Generator<{ labels: readonly string[]; count: number }> {
    if (labels.length > 0 && this.#children.size === 0) yield { labels, count: this.count }
    for (const [label, child] of this.#children) yield* child.counts([...labels, label])
  }
}
