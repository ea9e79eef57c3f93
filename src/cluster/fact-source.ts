import { type Fact, type Facts, type FactsFor, known, unknown, unknownFacts } from '../engine/facts.ts'
import type { Subject } from '../engine/policy.ts'
import type { Labels } from '../kube/label-selector.ts'
import type { ServerVersion } from '../kube/server-version.ts'

/** Where the facts around a subject come from. */
export interface FactSource {
  factsFor: FactsFor<Subject>
  /** The labels of a namespace: they name the profile. */
  namespaceLabels: (name: string) => Fact<Labels>
}

/** A source that sees no cluster but for the release of its API server, which may come to be known late. */
export interface LoneFactSource extends FactSource {
  learnServerVersion(version: ServerVersion): void
}

const why = 'no cluster cache'

function factsWith(serverVersion: Fact<ServerVersion>): Facts {
  return Object.freeze(unknownFacts(why, { serverVersion }))
}

export function buildLoneFactSource(version?: ServerVersion): LoneFactSource {
  const uncached = unknown(why)
  let facts = factsWith(version === undefined ? unknown('the API server has not said its version') : known(version))
  return {
    factsFor: () => facts,
    namespaceLabels: () => uncached,
    learnServerVersion: (learned) => {
      facts = factsWith(known(learned))
    }
  }
}
