import type { Node } from '../kube/node.ts'
import { ObjectStore } from './object-store.ts'

/** The nodes of a cluster at one moment. */
export interface Nodes {
  all: readonly Node[]
  /** The values of a label over all nodes that have it: the domains of a topology key. */
  domainsOf(key: string): ReadonlySet<string>
}

const mostAbsent = 100

class Snapshot implements Nodes {
  readonly all: readonly Node[]
  readonly #domains = new Map<string, ReadonlySet<string>>()
  #absent = 0

  constructor(all: readonly Node[]) {
    this.all = all
  }

  domainsOf(key: string): ReadonlySet<string> {
    const found = this.#domains.get(key)
    if (found !== undefined) return found
    const domains = new Set<string>()
    for (const { labels } of this.all) if (Object.hasOwn(labels, key)) domains.add(labels[key] ?? '')
    // A tenant may ask for any key, so only a few keys that no node has are remembered.
    if (domains.size === 0 && ++this.#absent > mostAbsent) return domains
    this.#domains.set(key, domains)
    return domains
  }
}

/** The nodes. What is derived from all of them is derived once, until one changes. */
export class NodeSet {
  readonly store = new ObjectStore<Node>((_key, before, after) => {
    if (before !== after) this.#snapshot = undefined
  })
  #snapshot: Snapshot | undefined

  get snapshot(): Nodes {
    this.#snapshot ??= new Snapshot([...this.store.entries()].map(([, node]) => node))
    return this.#snapshot
  }
}
