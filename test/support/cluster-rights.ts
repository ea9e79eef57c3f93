import { createNamespace } from './cluster-nodes.ts'
import { createObject } from './cluster-steps.ts'
import type { ControlPlane } from './control-plane.ts'
import { installed } from './installed.ts'

const systemNamespace = 'holdfast-system'
const rights = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']

/** A user that the API server takes for a service account of ours. */
function accountUser(name: string) {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${systemNamespace}`]
  return { name: `system:serviceaccount:${systemNamespace}:${name}`, groups }
}

export const webhookUser = accountUser('holdfast-webhook')
export const controllerUser = accountUser('holdfast-controller')
/** A second controller, told from the first in the audit log. It has the same rights once they are shared. */
export const otherControllerUser = accountUser('holdfast-controller-2')

/** Grants the two what we deploy, and nothing else. */
export async function grantRights(controlPlane: ControlPlane): Promise<void> {
  await createNamespace(controlPlane, systemNamespace)
  await createObject(controlPlane, { kind: 'List', items: installed(...rights) })
}

/** Gives the second controller what the first has. */
export async function shareControllerRights({ kubectl }: ControlPlane): Promise<void> {
  const binding = ['holdfast-controller-2', `--serviceaccount=${systemNamespace}:holdfast-controller-2`]
  const whole = ['create', 'clusterrolebinding', ...binding, '--clusterrole=holdfast-controller']
  const own = ['create', 'rolebinding', ...binding, '--role=holdfast-controller', '--namespace', systemNamespace]
  for (const args of [whole, own]) {
    const result = await kubectl(args)
    if (result.code !== 0) throw new Error(`could not share the rights: ${result.stderr}`)
  }
}
