import type { Source } from './source.ts'

/**
 * How well an inventory knows what it holds. A source is ready where the inventory has all of it, as it is now: an object that is not
 * there does not exist. Watches are ready while they are fresh; files, where they are said to be all that there is. Of a source that is
 * not ready, or only in part there, facts are unknown.
 */
export interface Readiness {
  /** Why the source is not ready; undefined where it is. It is asked for every fact, and answers from memory. */
  whyUnready(source: Source): string | undefined
}

/** The first reason why one of the sources is not ready; undefined where all are. */
export function whyUnready(readiness: Readiness, sources: readonly Source[]): string | undefined {
  for (const source of sources) {
    const why = readiness.whyUnready(source)
    if (why !== undefined) return why
  }
  return undefined
}

/** Of an inventory that was filled with all that there is; but for sources that it has nothing of, or not all, each with the reason. */
export function wholeBut(unready: Readonly<Partial<Record<Source, string>>> = {}): Readiness {
  return { whyUnready: (source) => unready[source] }
}
