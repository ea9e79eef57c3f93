import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { createNamespace } from './cluster-nodes.ts'
import type { ControlPlane } from './control-plane.ts'

const systemNamespace = 'holdfast-system'
const deployed = join(import.meta.dirname, '../../deploy/roles.yaml')

/** A user that the API server takes for a service account of ours. */
function accountUser(name: string) {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${systemNamespace}`]
  return { name: `system:serviceaccount:${systemNamespace}:${name}`, groups }
}

export const webhookUser = accountUser('holdfast-webhook')
export const controllerUser = accountUser('holdfast-controller')

/** Grants the two what we deploy, and nothing else. */
export async function grantRights(controlPlane: ControlPlane): Promise<void> {
  await createNamespace(controlPlane, systemNamespace)
  const items = parseAllDocuments(readFileSync(deployed, 'utf8')).map((document): unknown => document.toJS())
  const result = await controlPlane.kubectl(['apply', '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items } })
  if (result.code !== 0) throw new Error(`could not grant the rights: ${result.stderr}`)
}
