import { startController } from '../support/cluster-controller.ts'
import { grantRights } from '../support/cluster-rights.ts'
import { startRegisteredWebhook } from '../support/cluster-webhook.ts'
import type { ControlPlane } from '../support/control-plane.ts'

/** The real processes, with the rights and the configurations that we deploy. */
export async function startHoldfast(controlPlane: ControlPlane): Promise<{ readonly stop: () => Promise<void> }> {
  await grantRights(controlPlane)
  const webhook = await startRegisteredWebhook(controlPlane)
  const controller = await startController(controlPlane)
  return {
    async stop() {
      await controller.process.stop(10_000)
      await webhook.stop()
    }
  }
}
