import { createObject, send, writeObject } from './cluster-steps.ts'
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
  for (const node of nodes) await createObject(controlPlane, node)
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
  await (verb === 'apply' ? writeObject : createObject)(controlPlane, namespace)
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  const { status, body } = await send(controlPlane, 'POST', `/api/v1/namespaces/${name}/serviceaccounts`, account)
  if (status >= 300 && status !== 409) throw new Error(JSON.stringify(body))
}
