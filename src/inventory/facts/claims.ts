import { type Claim, sharedClaims } from '../../kube/claim.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'

/**
 * For a workload: the claims that all its pods share, by name. One that is missing may be created later, or has not been seen yet: it
 * says nothing.
 */
export const claims: FactDefinition<ReadonlyMap<string, Claim>> = {
  workload: {
    from: ['claims'],
    find: ({ metadata: { namespace = '' }, podSpec }, { inventory }) => {
      const found = sharedClaims(podSpec).flatMap((name): [string, Claim][] => {
        const claim = inventory.claims.get(`${namespace}/${name}`)
        return claim === undefined ? [] : [[name, claim]]
      })
      return known(new Map(found))
    }
  }
}
