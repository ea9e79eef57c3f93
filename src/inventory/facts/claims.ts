import { type Claim, sharedClaims } from '../../kube/claim.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'

/**
 * For a workload: the claims that all its pods share, by name. A claim that is missing here may be created
 * later, or has not been seen yet.
 */
export const claims: FactDefinition<ReadonlyMap<string, Claim>> = {
  workload: {
    from: ['claims'],
    find: (workload, { inventory }) => {
      const { namespace = '' } = workload.metadata
      const found = sharedClaims(workload).flatMap((name): [string, Claim][] => {
        const claim = inventory.claims.get(`${namespace}/${name}`)
        return claim === undefined ? [] : [[name, claim]]
      })
      return known(new Map(found))
    }
  }
}
