import { openApi } from '../../cluster/api/api.ts'
import { ApiError, hasStatus } from '../../cluster/api/api-error.ts'
import { clusterLister } from '../../cluster/lister.ts'
import { readServerVersion } from '../../cluster/server-version.ts'
import type { Flag, ParsedFlags } from '../../config/flags.ts'
import { ConfigError } from '../../config/problems.ts'
import type { Environment } from '../../config/environment.ts'
import type { Lister } from '../../inventory/lister.ts'
import type { ServerVersion } from '../../kube/server-version.ts'
import { userAgent } from '../own-version.ts'
import { validNamespace } from './look-flags.ts'

/** A live cluster, as a command that only looks sees it. */
export interface Live {
  /** The release of its API server. Throws where that cannot be reached. */
  version: () => Promise<ServerVersion>
  /** Of one namespace, or of all. */
  lister: (namespace: string | undefined) => Lister
  close: () => Promise<void>
}

/** Which cluster, and how it is reached. */
export interface LiveAccess {
  kubeconfig: string | undefined
  context: string | undefined
  environment: Environment
}

/** Throws ConfigError where no cluster is configured. */
export type OpenLive = (access: LiveAccess) => Promise<Live>

/** What every command has that looks at a live cluster. */
export const liveFlags: readonly Flag[] = [
  { name: 'namespace', short: 'n', value: 'name', description: 'look at this namespace alone' },
  { name: 'all-namespaces', short: 'A', description: 'look at all namespaces (the default)' },
  { name: 'context', value: 'name', description: 'the context of the kubeconfig' },
  { name: 'kubeconfig', value: 'file', description: 'instead of KUBECONFIG, ~/.kube/config or the pod’s own access' }
]

/** The namespace that the flags name; undefined: all. Throws ConfigError where they contradict each other. */
export function namespaceIn({ values }: ParsedFlags): string | undefined {
  const namespace = values.get('namespace')
  if (namespace === undefined) return undefined
  if (values.has('all-namespaces')) throw new ConfigError(['--all-namespaces: cannot be used with --namespace'])
  return validNamespace(namespace)
}

export function accessIn({ values }: ParsedFlags, environment: Environment): LiveAccess {
  return { kubeconfig: values.get('kubeconfig'), context: values.get('context'), environment }
}

export const openLive: OpenLive = async (access) => {
  const api = await openApi({ ...access, ofPerson: true, userAgent }).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error
    throw new ConfigError([`the kubeconfig cannot be read: ${error.message.split('\n', 1)[0]}`])
  })
  if (api === undefined) {
    throw new ConfigError(['no cluster is configured: give --kubeconfig, or set KUBECONFIG; or give saved --facts'])
  }
  return {
    version: () => readServerVersion(api, new AbortController().signal),
    lister: (namespace) => clusterLister({ api, namespace }),
    close: () => api.close()
  }
}

/**
 * The release of the API server; unknown where it does not say, as to a user who may not ask. A problem where it cannot be reached: then
 * nothing else is worth a try.
 */
export async function reach({ version }: Live): Promise<{ version: ServerVersion | undefined } | { problem: string }> {
  try {
    return { version: await version() }
  } catch (error) {
    if (hasStatus(error, 403, 404)) return { version: undefined }
    if (error instanceof ApiError) return { problem: `the API server answers ${error.status} ${error.reason}`.trim() }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const text = cause instanceof Error ? cause.message : String(cause)
    return { problem: `the API server cannot be reached: ${text.slice(0, 200).toWellFormed()}` }
  }
}
