import type { Logger } from 'pino'
import { type Api, openApi } from '../../cluster/api/api.ts'
import type { ClusterAccess } from '../../cluster/api/client.ts'
import { ClusterCache } from '../../cluster/cluster-cache.ts'
import { type Problem, startReflector } from '../../cluster/reflector/reflector.ts'
import type { Source } from '../../inventory/source.ts'
import type { InventoryOptions } from '../../inventory/inventory.ts'
import { userAgent } from '../own-version.ts'
import { StartFailure } from './run-process.ts'

/** The client of the API server, and the cache of its cluster. */
export interface Cluster {
  api: Api
  cache: ClusterCache
  /** Ends all of it. */
  close: () => Promise<void>
}

export interface FollowOptions extends ClusterAccess {
  log: Logger
  staleAfterSeconds: number
  /** What is kept; all that facts are taken from, where it is left out. */
  sources?: readonly Source[]
  kept: InventoryOptions
  /** Called after every whole list. */
  onList?: () => void
}

/** Logs a problem that is over, or will be tried again. */
export function logProblem(log: Logger, { in: where, error: err, ...about }: Problem): void {
  if (where === 'room')
    return log.warn(about, 'objects are too large to keep, or memory is full: facts of their namespaces are unknown')
  const what = { list: 'a list', watch: 'a watch', object: 'an object', handler: 'a change' }[where]
  // An object that is not of its kind's shape is left out for as long as it is there; what a handler throws is a bug of ours.
  if (where === 'handler') log.error({ err, ...about }, 'a change was not applied; the next list repeats it')
  else log.warn({ err, ...about }, `${what} of the API server cannot be read${where === 'object' ? '' : ' for now'}`)
}

/** Starts to follow the cluster; undefined if none is configured. Throws StartFailure if the configuration cannot be read. */
export async function followCluster(options: FollowOptions): Promise<Cluster | undefined> {
  const { log, kubeconfig, environment, kept, ...following } = options
  const api = await openApi({ kubeconfig, environment, userAgent }).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error
    const [why = ''] = error.message.split('\n', 1)
    throw new StartFailure(`the kubeconfig cannot be read: ${why}`, { cause: error })
  })
  if (api === undefined) return undefined
  const cache = new ClusterCache({
    ...following,
    ...kept,
    follow: (one) => startReflector({ ...one, api }),
    onProblem: (problem) => logProblem(log, problem)
  })
  const close = async (): Promise<void> => {
    cache.stop()
    await api.close()
  }
  return { api, cache, close }
}
