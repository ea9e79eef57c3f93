import { ownApiService } from '../../kube/api-service.ts'
import { known, unknown } from '../fact.ts'
import { type FactDefinition, forEverySubject } from '../fact-definition.ts'

/** The API groups that the API server serves or passes on. Unknown unless its own are among them: files have at most some. */
export const apiGroups: FactDefinition<Pick<ReadonlySet<string>, 'has'>> = forEverySubject({
  from: ['apiServices'],
  find: (_subject, { inventory: { apiServices } }) => {
    if (apiServices.get(ownApiService) === undefined) return unknown('the groups of the API server are not listed')
    return known({ has: (group) => [...apiServices.entries()].some(([, one]) => one.group === group) })
  }
})
