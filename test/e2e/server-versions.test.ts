import tap, { type Test } from 'tap'
import type { ControlPlane } from '../support/control-plane.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { userIn } from '../support/cluster-user.ts'

const injecting = { 'holdfast.dev/inject': 'enabled' }

/** A server that drops the sleep that we inject, and does not say so in its version. */
const controlPlane = await openControlPlane(tap, {
  controllerManager: false,
  scheduler: false,
  emulatedVersion: '1.33',
  featureGates: { PodLifecycleSleepAction: false, PodLifecycleSleepActionAllowZero: false }
})
if (controlPlane !== undefined) {
  await tap.test('a server that drops the sleep', async (t) => {
    await openWebhook(t, controlPlane)
    await checkDropped(t, controlPlane)
  })
  await tap.test('a server before the sleep', async (t) => {
    await openWebhook(t, controlPlane, { serverVersion: '1.29' })
    await checkOld(t, controlPlane)
  })
}

async function checkDropped(t: Test, cluster: ControlPlane): Promise<void> {
  const warned = await userIn(cluster, 'dropped-warn', { ...injecting, 'holdfast.dev/mode': 'warn' })
  const accepted = await warned.kubectl(['apply', '-f', '-'], bareDeployment('web'))
  t.equal(accepted.code, 0, accepted.stderr)
  t.match(accepted.stderr, 'Warning: deployment/web: [pre-stop-sleep]', 'the final state is judged, not the patch')
  const [container] = (await warned.deployment('web')).spec.template.spec.containers
  t.match(container.readinessProbe, { tcpSocket: { port: 8080 } }, 'what the server knows is injected')
  t.notOk(container.lifecycle?.preStop, 'no empty hook is left behind')
  const again = await warned.must(['apply', '-f', '-'], bareDeployment('web'))
  t.match(again.stdout, 'unchanged')

  const enforced = await userIn(cluster, 'dropped-enforce', { ...injecting, 'holdfast.dev/mode': 'enforce' })
  const refused = await enforced.kubectl(['apply', '-f', '-'], bareDeployment('web'))
  t.equal(refused.code, 1)
  t.match(refused.stderr, /denied the request: .*\[pre-stop-sleep\] [^:]+: [^;]+; \S/s)
  t.notMatch(refused.stderr, /\[readiness-probe\]|must specify a handler/)
}

async function checkOld(t: Test, cluster: ControlPlane): Promise<void> {
  const user = await userIn(cluster, 'old', { ...injecting, 'holdfast.dev/mode': 'warn' })
  const { stderr } = await user.must(['apply', '-f', '-'], bareDeployment('web'))
  t.match(
    stderr,
    /Warning: deployment\/[a-z0-9.-]+: \[pre-stop-sleep\].*1\.(29|30)/,
    'the finding says why the sleep is not injected'
  )
  const { metadata, spec } = await user.deployment('web')
  t.notOk(spec.template.spec.containers[0].lifecycle?.preStop, 'no sleep')
  t.notMatch(metadata.annotations?.['holdfast.dev/injected'], 'pre-stop-sleep', 'nor a record of one')
  t.match(spec.template.spec.containers[0].readinessProbe, { tcpSocket: { port: 8080 } }, 'the rest is injected')
}
