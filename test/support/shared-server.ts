import type { Test } from 'tap'
import { readAuditLog } from './cluster-audit.ts'
import { ControlPlaneUnavailable, findBinaries } from './cluster-binaries.ts'
import { clusterFilesIn } from './cluster-files.ts'
import { kubectlFor } from './cluster-kubectl.ts'
import { clusterPatience, openControlPlane, openWebhook } from './cluster-open.ts'
import { controllerUser, grantRights, webhookUser } from './cluster-rights.ts'
import { startRegisteredWebhook } from './cluster-webhook.ts'
import { type ApiServer, startControlPlane } from './control-plane.ts'

/** Names the folder of the server that the files of a run share. */
const variable = 'SHARED_SERVER'
const components = { controllerManager: false, scheduler: false }

/** What a run starts before its files, and stops after them. */
export interface Shared {
  readonly environment: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

/**
 * Starts the server that files share: an API server alone, which calls a webhook of the standard profile. Where none can be had
 * nothing is shared, and the files say why they are skipped.
 */
export async function startShared(): Promise<Shared> {
  try {
    const plane = await startControlPlane({ ...components, users: [webhookUser, controllerUser] })
    await grantRights(plane)
    const webhook = await startRegisteredWebhook(plane)
    const close = async (): Promise<void> => {
      await webhook.stop()
      await plane.stop()
    }
    return { environment: { [variable]: plane.directory }, close }
  } catch (error) {
    if (!(error instanceof ControlPlaneUnavailable)) throw error
    return { environment: {}, close: async () => {} }
  }
}

/**
 * The shared server; where the run has none, one of this file alone. It is for a file that changes nothing outside of its
 * namespaces, which are named as in no other file that shares, and that is not about how the webhook was started.
 */
export async function openSharedServer(t: Test): Promise<ApiServer | undefined> {
  const directory = process.env[variable]
  if (directory !== undefined) {
    t.setTimeout(clusterPatience)
    return joinServer(directory)
  }
  const own = await openControlPlane(t, components)
  if (own !== undefined) await openWebhook(t, own)
  return own
}

async function joinServer(folder: string): Promise<ApiServer> {
  const { directory, kubeconfigOf, auditLog } = clusterFilesIn(folder)
  const kubectl = kubectlFor(await findBinaries(), kubeconfigOf('admin'), directory)
  return { directory, kubeconfigOf, kubectl, auditLog: () => readAuditLog(auditLog) }
}
