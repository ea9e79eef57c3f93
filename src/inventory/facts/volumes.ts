import { sharedClaims } from '../../kube/claim.ts'
import type { Volume } from '../../kube/volume.ts'
import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'

/** For a workload: the volumes of the claims that all its pods share, by the name of the claim. A claim that is not bound has none. */
export const volumes: FactDefinition<ReadonlyMap<string, Volume>> = {
  workload: {
    from: ['claims', 'volumes'],
    find: (workload, { inventory }) => {
      const { namespace = '' } = workload.metadata
      const found = sharedClaims(workload).flatMap((name): [string, Volume][] => {
        const { phase, volumeName = '' } = inventory.claims.get(`${namespace}/${name}`) ?? {}
        const volume = phase === 'Bound' ? inventory.volumes.get(volumeName) : undefined
        return volume === undefined ? [] : [[name, volume]]
      })
      return known(new Map(found))
    }
  }
}
