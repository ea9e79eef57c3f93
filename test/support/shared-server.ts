import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { readAuditLog } from './cluster-audit.ts'
import { ControlPlaneUnavailable, findBinaries } from './cluster-binaries.ts'
import { clusterFilesIn } from './cluster-files.ts'
import { kubectlFor } from './cluster-kubectl.ts'
import { clusterPatience, openControlPlane, openWebhook } from './cluster-open.ts'
import { controllerUser, grantRights, webhookUser } from './cluster-rights.ts'
import { startRegisteredWebhook } from './cluster-webhook.ts'
import { type ApiServer, startControlPlane } from './control-plane.ts'
import { programVariable } from './program.ts'

/** Names the folder of the server that the files of a run share. */
const variable = 'SHARED_SERVER'
const components = { controllerManager: false, scheduler: false }

/** What a run starts before its files, and stops after them. */
export interface Shared {
  readonly environment: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

/** Makes the bundle that files run, and starts the server that they share. */
export async function startShared(): Promise<Shared> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-program-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const file = join(folder, 'holdfast.mjs')
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../scripts/build.ts'), file])
  const server = await startServer()
  const close = async (): Promise<void> => {
    await server.close()
    remove()
  }
  return { environment: { ...server.environment, [programVariable]: file }, close }
}

/**
 * An API server alone, which calls a webhook of the standard profile. Where none can be had nothing is shared, and the files say why
 * they are skipped.
 */
async function startServer(): Promise<Shared> {
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
