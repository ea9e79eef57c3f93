import type { Source } from './source.ts'

/**
 * Whether the content of an inventory is complete and current. A source is ready if the inventory has all its current objects: a
 * missing object then does not exist. Watches are ready while they are fresh; files, if they are declared complete. Facts from a source
 * that is not ready, or only partly present, are unknown.
 */
export interface Readiness {
  /** Why the source is not ready; undefined if it is. Called for every fact, so it answers from memory. */
  whyUnready(source: Source): string | undefined
}

/** The first reason why one of the sources is not ready; undefined if all are. */
export function whyUnready(readiness: Readiness, sources: readonly Source[]): string | undefined {
  for (const source of sources) {
    const why = readiness.whyUnready(source)
    if (why !== undefined) return why
  }
  return undefined
}

/** The readiness of a complete inventory, except for sources that are missing or partial, each with the reason. */
export function wholeBut(unready: Readonly<Partial<Record<Source, string>>> = {}): Readiness {
  return { whyUnready: (source) => unready[source] }
}
