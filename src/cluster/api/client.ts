import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

export type { KubeConfig } from '@kubernetes/client-node'

/** Where the access to the API server is configured. */
export interface ClusterAccess {
  kubeconfig?: string | undefined
  /** The context of the kubeconfig; its current one by default. */
  context?: string | undefined
  /** Whether a person runs the process: then `~/.kube/config` counts, too. */
  ofPerson?: boolean
  environment: Readonly<Record<string, string | undefined>>
}

function isInCluster(environment: ClusterAccess['environment']): boolean {
  return (environment['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && existsSync(`${serviceAccount}/token`)
}

/**
 * The access to the API server: the given kubeconfig, else KUBECONFIG, else the file of a person, else the service account of the pod;
 * undefined if there is none. The client library costs half a second and 80 MB, so only this function loads it, and only if it is needed.
 */
export async function loadKubeConfig(access: ClusterAccess): Promise<KubeConfig | undefined> {
  const { kubeconfig, context, environment } = access
  const fromVariable = (environment['KUBECONFIG'] ?? '') !== '' || ownFileIn(access)
  if (kubeconfig === undefined && !fromVariable && !isInCluster(environment)) return undefined
  const client = await import('./kube-config.ts')
  const kubeConfig = new client.KubeConfig()
  if (kubeconfig !== undefined) kubeConfig.loadFromFile(kubeconfig)
  else if (fromVariable) kubeConfig.loadFromDefault()
  else kubeConfig.loadFromCluster()
  if (context !== undefined) {
    if (kubeConfig.getContextObject(context) === null) throw new Error(`the kubeconfig has no context ${context}`)
    kubeConfig.setCurrentContext(context)
  }
  if (kubeConfig.getCurrentCluster() === null) throw new Error('the kubeconfig names no current cluster')
  return kubeConfig
}

function ownFileIn({ ofPerson = false, environment }: ClusterAccess): boolean {
  return ofPerson && existsSync(join(environment['HOME'] ?? '/', '.kube', 'config'))
}
