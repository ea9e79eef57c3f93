import { type Fact, type Facts, type FactsFor, known, unknown } from '../engine/facts.ts'
import type { Subject } from '../engine/policy.ts'
import type { ServerVersion } from '../kube/server-version.ts'

/** Where the facts around a subject come from. */
export interface FactSource {
  factsFor: FactsFor<Subject>
}

/** A source that sees no cluster but for the release of its API server, which may come to be known late. */
export interface LoneFactSource extends FactSource {
  learnServerVersion(version: ServerVersion): void
}

export function buildLoneFactSource(version?: ServerVersion): LoneFactSource {
  const uncached = unknown('no cluster cache')
  const factsWith = (serverVersion: Fact<ServerVersion>): Facts =>
    Object.freeze({ serverVersion, autoscaler: uncached, neighbours: uncached })
  let facts = factsWith(version === undefined ? unknown('the API server has not said its version') : known(version))
  return {
    factsFor: () => facts,
    learnServerVersion: (learned) => {
      facts = factsWith(known(learned))
    }
  }
}
