import type { Api } from '../src/cluster/api/api.ts'

/** How large a cluster is made. */
export interface Population {
  workloads: number
  nodes: number
  namespaces: number
}

interface Creation {
  path: string
  body: object
}

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

function* namespacesOf(count: number): Generator<Creation> {
  for (let index = 0; index < count; index++) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${index}`, labels: optedIn } }
    yield { path: '/api/v1/namespaces', body }
  }
}

function* objectsOf({ workloads, nodes, namespaces }: Population): Generator<Creation> {
  for (let index = 0; index < nodes; index++) yield { path: '/api/v1/nodes', body: nodeOf(index) }
  for (let index = 0; index < workloads; index++) {
    const path = `/apis/apps/v1/namespaces/team-${index % namespaces}/deployments`
    yield { path, body: deploymentOf(`service-${index}`) }
  }
}

async function createAll(api: Api, creations: Iterator<Creation>): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let next = creations.next(); next.done !== true; next = creations.next()) {
      await api.send({ method: 'POST', contentType: 'application/json', ...next.value })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Makes the cluster that is measured on. */
export async function populate(api: Api, population: Population): Promise<void> {
  await createAll(api, namespacesOf(population.namespaces))
  await createAll(api, objectsOf(population))
}

/** How many budgets there are in the cluster. */
export async function countBudgets(api: Api): Promise<number> {
  const list = await api.send({ path: '/apis/policy/v1/poddisruptionbudgets', query: { limit: '1' } })
  const { items, metadata } = list as { items: unknown[]; metadata: { remainingItemCount?: number } }
  return items.length + (metadata.remainingItemCount ?? 0)
}
