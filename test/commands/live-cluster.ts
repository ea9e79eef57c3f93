import type { Live, OpenLive } from '../../src/commands/look/live.ts'
import { apiVersionOf } from '../../src/kube/resource-kind.ts'
import type { JsonObject } from '../../src/kube/shape.ts'

export interface FakeCluster {
  objects: readonly JsonObject[]
  /** Resources that may not be listed. */
  forbidden?: readonly string[]
  /** Fails in place of saying it. */
  version?: Live['version']
}

/** Opens a cluster that has these objects. `closed` says whether it was closed. */
export function fakeLive({ objects, forbidden = [], version }: FakeCluster): { open: OpenLive; closed: () => boolean } {
  let closed = false
  const live: Live = {
    version: version ?? (async () => ({ major: 1, minor: 36 })),
    lister: (namespace) => ({
      namespace,
      each: async (kind, visit) => {
        if (forbidden.includes(kind.resource)) return 'forbidden'
        for (const object of objects) {
          if (object['kind'] !== kind.kind || object['apiVersion'] !== apiVersionOf(kind)) continue
          const { namespace: own = '', name } = object['metadata'] as { namespace?: string; name: string }
          const isSeen = namespace === undefined || own === namespace || (own === '' && kind.kind !== 'Namespace')
          if (isSeen || (kind.kind === 'Namespace' && name === namespace)) visit(structuredClone(object))
        }
        return undefined
      }
    }),
    close: async () => void (closed = true)
  }
  return { open: async () => live, closed: () => closed }
}
