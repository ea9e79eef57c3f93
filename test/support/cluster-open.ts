import type { Test } from 'tap'
import { ControlPlaneUnavailable, findBinaries } from './cluster-binaries.ts'
import { type Kubectl, kubectlFor } from './cluster-kubectl.ts'
import { logTail } from './cluster-process.ts'
import { controllerUser, grantRights, webhookUser } from './cluster-rights.ts'
import { startRegisteredWebhook, type Webhook, type WebhookOptions } from './cluster-webhook.ts'
import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from './control-plane.ts'

/** How long a file may take, in milliseconds: Kubernetes takes minutes to build where that has not been done yet. */
export const clusterPatience = 15 * 60_000

/**
 * The control plane of a test file, stopped when the file ends. Undefined, with the file skipped, where none can be had;
 * with CI=true that is a failure, so that nothing passes there unseen. Where nothing is granted, whoever is to have rights brings them.
 */
export async function openControlPlane(
  t: Test,
  { granted = true, ...options }: ControlPlaneOptions & { readonly granted?: boolean } = {}
): Promise<ControlPlane | undefined> {
  t.setTimeout(clusterPatience)
  try {
    const users = [webhookUser, controllerUser, ...(options.users ?? [])]
    const controlPlane = await startControlPlane({ ...options, users })
    t.teardown(controlPlane.stop)
    if (granted) await grantRights(controlPlane)
    return usable(t, controlPlane) ? controlPlane : undefined
  } catch (error) {
    if (!(error instanceof ControlPlaneUnavailable)) throw error
    skipLoudly(t, error.message)
    return undefined
  }
}

/** kubectl without a cluster, for what it does by itself; skips as openControlPlane does. */
export async function openKubectl(t: Test): Promise<Kubectl | undefined> {
  t.setTimeout(clusterPatience)
  try {
    return kubectlFor(await findBinaries(), '/dev/null', t.testdir())
  } catch (error) {
    if (!(error instanceof ControlPlaneUnavailable)) throw error
    skipLoudly(t, error.message)
    return undefined
  }
}

function usable(t: Test, { missing }: ControlPlane): boolean {
  if (missing.length > 0) skipLoudly(t, `KUBEBUILDER_ASSETS has no ${missing.join(', ')}, which these tests need`)
  return missing.length === 0
}

function skipLoudly(t: Test, reason: string): void {
  if (process.env['CI'] === 'true') throw new Error(`the cluster tests must run here, but cannot: ${reason}`)
  process.stderr.write(`\n*** THE CLUSTER TESTS ARE SKIPPED: ${reason}\n\n`)
  t.plan(0, reason.split('\n')[0])
}

/** The webhook of a test, called by the API server and stopped when the test ends; its log is shown if the test fails. */
export async function openWebhook(t: Test, controlPlane: ControlPlane, options: WebhookOptions = {}): Promise<Webhook> {
  const webhook = await startRegisteredWebhook(controlPlane, options)
  t.teardown(async () => {
    if (!t.passing()) t.comment(`the webhook's log:\n${logTail(webhook.log())}`)
    await webhook.stop()
  })
  return webhook
}
