import type { ApiServer } from './control-plane.ts'

const zones = ['zone-a', 'zone-b', 'zone-c']

/** Nodes spread evenly over three zones. Until kwok runs they are not ready and nothing is scheduled to them. */
export async function createNodes(controlPlane: ApiServer, count = 3): Promise<readonly string[]> {
  const nodes = Array.from({ length: count }, (_, index) => {
    const name = `node-${index + 1}`
    const labels = {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'topology.kubernetes.io/region': 'region-1',
      'topology.kubernetes.io/zone': zones[index % zones.length]
    }
    return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } }
  })
  const result = await controlPlane.kubectl(['create', '-f', '-'], {
    input: { apiVersion: 'v1', kind: 'List', items: nodes }
  })
  if (result.code !== 0) throw new Error(`could not create nodes: ${result.stderr}`)
  return nodes.map((node) => node.metadata.name)
}

/**
 * A namespace that is ready for pods: they need its default service account, which the controller manager makes a
 * moment later, or, where none runs, never.
 */
export async function createNamespace(
  controlPlane: ApiServer,
  name: string,
  labels: Readonly<Record<string, string>> = {},
  verb: 'apply' | 'create' = 'apply'
): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
  const result = await controlPlane.kubectl([verb, '-f', '-'], { input: namespace })
  if (result.code !== 0) throw new Error(`could not create namespace ${name}: ${result.stderr}`)
  const account = await controlPlane.kubectl(['create', 'serviceaccount', 'default', '--namespace', name])
  if (account.code !== 0 && !account.stderr.includes('already exists')) throw new Error(account.stderr)
}
