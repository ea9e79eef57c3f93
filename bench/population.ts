import { setTimeout as pause } from 'node:timers/promises'
import type { Api } from '../src/cluster/api/api.ts'
import { verticalAutoscalerKind } from '../test/support/custom-kinds.ts'

/** How large a cluster is made. */
export interface Population {
  workloads: number
  nodes: number
  namespaces: number
}

/** A call that writes. */
interface Write {
  path: string
  body: object
}

/** What changes in its status. */
export type Changed = 'deployments' | 'nodes'

const zones = ['a', 'b', 'c']
const atOnce = 16
const optedIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }

function nodeOf(index: number): object {
  const name = `node-${index}`
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'node.kubernetes.io/instance-type': 'm5.xlarge',
    'topology.kubernetes.io/region': 'region-1',
    'topology.kubernetes.io/zone': zones[index % zones.length]
  }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } }
}

/** A Deployment of three pods as teams write them: two containers, environment, resources, a probe. */
function deploymentOf(name: string): object {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'shop' }
  const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } }
  const env = Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value of ${index}` }))
  const readinessProbe = { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 5 }
  const ports = [{ name: 'http', containerPort: 8080 }]
  const web = { name: 'web', image: 'images.example/web:1', ports, env, resources, readinessProbe }
  const proxy = { name: 'proxy', image: 'images.example/proxy:1', env, resources }
  const template = { metadata: { labels }, spec: { containers: [web, proxy] } }
  const spec = { replicas: 3, selector: { matchLabels: labels }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels }, spec }
}

function* namespacesOf(count: number): Generator<Write> {
  for (let index = 0; index < count; index++) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${index}`, labels: optedIn } }
    yield { path: '/api/v1/namespaces', body }
  }
}

/** What others write about a workload: a claim of it, its volume, and a VerticalPodAutoscaler that only recommends. */
function* surroundingsOf(name: string, namespace: string): Generator<Write> {
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name }
  const vertical = { metadata: { name }, spec: { targetRef, updatePolicy: { updateMode: 'Off' } } }
  const spec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    resources: { requests: { storage: '10Gi' } }
  }
  const zone = { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['zone-1'] }
  const volume = {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '10Gi' },
    csi: { driver: 'disks.example', volumeHandle: `vol-${name}`, volumeAttributes: { type: 'gp3' } },
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [zone] }] } }
  }
  yield { path: '/api/v1/persistentvolumes', body: { metadata: { name: `${namespace}-${name}` }, spec: volume } }
  yield { path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`, body: { metadata: { name }, spec } }
  yield {
    path: `/apis/autoscaling.k8s.io/v1/namespaces/${namespace}/verticalpodautoscalers`,
    body: { apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', ...vertical }
  }
}

/** What bounds the pods of a namespace. */
function* boundsOf(namespaces: number): Generator<Write> {
  for (let index = 0; index < namespaces; index++) {
    const at = `/api/v1/namespaces/team-${index}`
    const metadata = { name: 'usual' }
    const limits = [{ type: 'Container', max: { cpu: '8', memory: '16Gi' }, defaultRequest: { cpu: '100m' } }]
    yield { path: `${at}/limitranges`, body: { metadata, spec: { limits } } }
    yield { path: `${at}/resourcequotas`, body: { metadata, spec: { hard: { 'requests.cpu': '500', pods: '2000' } } } }
  }
}

function* objectsOf({ workloads, nodes, namespaces }: Population): Generator<Write> {
  for (let index = 0; index < nodes; index++) yield { path: '/api/v1/nodes', body: nodeOf(index) }
  for (let index = 0; index < workloads; index++) {
    const { name, namespace } = placeOf(index, namespaces)
    yield { path: `/apis/apps/v1/namespaces/${namespace}/deployments`, body: deploymentOf(name) }
    yield* surroundingsOf(name, namespace)
  }
  yield* boundsOf(namespaces)
}

function placeOf(index: number, namespaces: number): { name: string; namespace: string } {
  return { name: `service-${index}`, namespace: `team-${index % namespaces}` }
}

/** Merge patches of every status: each differs from what was there before. */
function* statusesOf(changed: Changed, { workloads, nodes, namespaces }: Population): Generator<Write> {
  const now = new Date().toISOString()
  if (changed === 'nodes') {
    const heartbeat = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now }
    const body = { status: { conditions: [heartbeat], nodeInfo: { bootID: now } } }
    for (let index = 0; index < nodes; index++) yield { path: `/api/v1/nodes/node-${index}/status`, body }
    return
  }
  const progressing = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: now }
  for (let index = 0; index < workloads; index++) {
    const { name, namespace } = placeOf(index, namespaces)
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`
    yield { path, body: { status: { replicas: 3, updatedReplicas: 3, conditions: [progressing] } } }
  }
}

interface How {
  method: 'POST' | 'PATCH'
  contentType: string
}

/** Sends all, several at once. Returns how many there were. */
async function sendAll(api: Api, { method, contentType }: How, calls: Iterator<Write>): Promise<number> {
  let sent = 0
  const worker = async (): Promise<void> => {
    for (let next = calls.next(); next.done !== true; next = calls.next()) {
      sent++
      await api.send({ method, contentType, ...next.value })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return sent
}

async function createAll(api: Api, creations: Iterator<Write>): Promise<void> {
  await sendAll(api, { method: 'POST', contentType: 'application/json' }, creations)
}

/** Changes the status of every object of a resource. Returns how many there are. */
export async function changeStatuses(api: Api, changed: Changed, population: Population): Promise<number> {
  const how = { method: 'PATCH', contentType: 'application/merge-patch+json' } as const
  return sendAll(api, how, statusesOf(changed, population))
}

async function untilServed(api: Api): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const isServed = await api.send({ path: '/apis/autoscaling.k8s.io/v1/verticalpodautoscalers' }).then(
      () => true,
      () => false
    )
    if (isServed) return
    await pause(100)
  }
  throw new Error('the API server does not serve VerticalPodAutoscalers')
}

/** Makes the cluster that is measured on. */
export async function populate(api: Api, population: Population): Promise<void> {
  await createAll(api, namespacesOf(population.namespaces))
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  await api.send({ method: 'POST', path, body: verticalAutoscalerKind })
  await untilServed(api)
  await createAll(api, objectsOf(population))
}

/** How many budgets there are in the cluster. */
export async function countBudgets(api: Api): Promise<number> {
  const list = await api.send({ path: '/apis/policy/v1/poddisruptionbudgets', query: { limit: '1' } })
  const { items, metadata } = list as { items: unknown[]; metadata: { remainingItemCount?: number } }
  return items.length + (metadata.remainingItemCount ?? 0)
}
