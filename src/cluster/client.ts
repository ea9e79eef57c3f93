import { existsSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
const longestAnswer = 1024 * 1024

export type { KubeConfig } from '@kubernetes/client-node'

/** Where the way to the API server is written. */
export interface ClusterAccess {
  kubeconfig?: string | undefined
  environment: Readonly<Record<string, string | undefined>>
}

function isInCluster(environment: ClusterAccess['environment']): boolean {
  return (environment['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && existsSync(`${serviceAccount}/token`)
}

/**
 * The way to the API server: the given kubeconfig, else KUBECONFIG, else the service account of the pod; undefined where there is
 * none. The client library costs half a second and 80 MB, so it is loaded only here, and only where there is a way.
 */
export async function loadKubeConfig({ kubeconfig, environment }: ClusterAccess): Promise<KubeConfig | undefined> {
  const fromVariable = (environment['KUBECONFIG'] ?? '') !== ''
  if (kubeconfig === undefined && !fromVariable && !isInCluster(environment)) return undefined
  const client = await import('@kubernetes/client-node')
  const kubeConfig = new client.KubeConfig()
  if (kubeconfig !== undefined) kubeConfig.loadFromFile(kubeconfig)
  else if (fromVariable) kubeConfig.loadFromDefault()
  else kubeConfig.loadFromCluster()
  if (kubeConfig.getCurrentCluster() === null) throw new Error('the kubeconfig names no current cluster')
  return kubeConfig
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length > longestAnswer) throw new Error('the answer is longer than 1 MiB')
  }
  return text
}

/** GETs a path of the API server and parses the JSON of the answer. Throws for every status but 200. */
export async function getJson(kubeConfig: KubeConfig, path: string, signal: AbortSignal): Promise<unknown> {
  const options: https.RequestOptions = { headers: { accept: 'application/json' } }
  await kubeConfig.applyToHTTPSOptions(options)
  // The address may end in a path of its own, as behind Rancher.
  const url = new URL(`${kubeConfig.getCurrentCluster()?.server.replace(/\/+$/, '')}${path}`)
  const request = (url.protocol === 'http:' ? http : https).get(url, { ...options, signal })
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject)
  })
  // An answer may also break off: what reads it is told, and this listener keeps the error from being an uncaught one.
  request.on('error', () => {})
  const text = await textOf(response)
  if (response.statusCode !== 200) throw new Error(`GET ${url.href} answered ${response.statusCode}`)
  return JSON.parse(text)
}
