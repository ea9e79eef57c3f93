import type { ServerVersion } from '../../kube/server-version.ts'
import { type FactDefinition, forEverySubject } from '../fact-definition.ts'

/** The Kubernetes release of the API server, or the one that it emulates. */
export const serverVersion: FactDefinition<ServerVersion> = forEverySubject({
  from: [],
  find: (_subject, inputs) => inputs.serverVersion()
})
