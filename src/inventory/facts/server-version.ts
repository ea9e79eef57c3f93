import type { ServerVersion } from '../../kube/server-version.ts'
import { type FactDefinition, forEverySubject } from '../fact-definition.ts'

/** The release that the API server behaves as. */
export const serverVersion: FactDefinition<ServerVersion> = forEverySubject({
  from: [],
  find: (_subject, inputs) => inputs.serverVersion()
})
