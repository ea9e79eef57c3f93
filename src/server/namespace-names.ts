/** How counts call the namespaces that there is no room for. No namespace has such a name. */
const others = '_others'

/** The namespaces that counts name: the first that are seen. So the series of a process are bounded, whatever a cluster has. */
export class NamespaceNames {
  readonly #most: number
  readonly #seen = new Set<string>()

  constructor(most: number) {
    this.#most = most
  }

  /** The empty name, where counts name no namespace: Prometheus takes it for no label. */
  nameFor(namespace: string): string {
    if (this.#most === 0) return ''
    if (this.#seen.has(namespace)) return namespace
    if (this.#seen.size >= this.#most) return others
    this.#seen.add(namespace)
    return namespace
  }
}
