import { join } from 'node:path'
import { run } from '../../support/cluster-kubectl.ts'
import { NamespaceUser } from '../../support/cluster-user.ts'
import type { ControlPlane } from '../../support/control-plane.ts'
import { untilSettled } from '../pods.ts'

export const replicas = { webhook: 3, controller: 2 } as const
export type Component = keyof typeof replicas

const chart = join(import.meta.dirname, '../../../deploy/chart')

/** As the rendered chart has it: a namespace that enforces restricted Pod Security, calls that fail where nobody answers. */
const values = {
  createNamespace: true,
  image: { pullPolicy: 'Never' },
  webhook: { failurePolicy: { enforce: 'Fail', mutate: 'Fail' } },
  // Long enough for the kubelet to bring the files of a new certificate, short enough to wait until the old authority leaves: it
  // does when the last certificate that it signed has expired.
  config: { certificates: { servingSeconds: 180, overlapSeconds: 30 } }
}

export function selectorOf(component: Component): string {
  return `app.kubernetes.io/component=${component}`
}

/** Applies the rendered chart and waits for its pods. */
export async function installHoldfast(controlPlane: ControlPlane, helm: string): Promise<NamespaceUser> {
  const template = [helm, 'template', 'holdfast', chart, '--namespace', 'holdfast-system', '--values', '-'] as const
  const rendered = await run(template, { input: values, environment: { HOME: controlPlane.directory } })
  if (rendered.code !== 0) throw new Error(`the chart could not be rendered: ${rendered.stderr}`)
  const applied = await controlPlane.kubectl(['apply', '-f', '-'], { input: rendered.stdout })
  if (applied.code !== 0) throw new Error(`the chart could not be applied: ${applied.stderr}`)
  const user = new NamespaceUser(controlPlane, 'holdfast-system')
  for (const component of ['controller', 'webhook'] as const) {
    await untilSettled(user, replicas[component], { selector: selectorOf(component) })
  }
  return user
}
