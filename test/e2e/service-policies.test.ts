import tap, { type Test } from 'tap'
import type { ApiServer } from '../support/control-plane.ts'
import { soundDeployment } from '../support/cluster-objects.ts'
import { openSharedServer } from '../support/shared-server.ts'
import { userIn } from '../support/cluster-user.ts'
import { apply, checkWarned, untilSaid } from '../support/cluster-verdict.ts'

const enforce = { 'holdfast.dev/mode': 'enforce' }

const dropped =
  '[service-drains] spec.internalTrafficPolicy: nodes without a pod of web drop the traffic of their clients; leave it out, or run a DaemonSet'
const sends =
  '[service-drains] spec.publishNotReadyAddresses: sends traffic to pods that are not ready, or stop (unless intended); leave it out'
const gate = 'elbv2.k8s.aws/pod-readiness-gate-inject'
const outrun = `[service-drains] metadata.namespace: the load balancer learns of new pods after they are ready, so a rollout outruns it; label the namespace ${gate}=enabled`

function service(spec: object = {}, annotations: object = {}): object {
  const whole = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...spec }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', annotations }, spec: whole }
}

const local = service({ internalTrafficPolicy: 'Local' })

const server = await openSharedServer(tap)
if (server !== undefined) {
  await tap.test('a Service is warned of, by itself and by what it selects', (t) => checkWarnings(t, server))
  await tap.test('a Service is never denied, nor one that is updated or deleted', (t) => checkOpen(t, server))
  await tap.test('an exemption on a Service counts', (t) => checkExempt(t, server))
  await tap.test('the labels of a namespace say whether its pods have readiness gates', (t) => checkGates(t, server))
}

async function checkWarnings(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'services-said', enforce)
  const first = await apply(user, local)
  t.equal(first.code, 0, first.stderr)
  t.notMatch(first.stderr, 'service-drains', 'before its workload there is nothing to say')
  await user.must(['delete', 'service', 'web'])
  await user.must(['apply', '-f', '-'], soundDeployment('web'))
  await untilSaid(user, local, 'internalTrafficPolicy')
  checkWarned(t, await apply(user, local, '--dry-run=server'), dropped)
  checkWarned(t, await apply(user, service({ publishNotReadyAddresses: true })), sends)
  const fixed = await apply(user, service())
  t.equal(fixed.code, 0)
  t.notMatch(fixed.stderr, 'service-drains', 'the defaults of the API server say nothing else')
}

async function checkOpen(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'services-open', enforce)
  await user.must(['apply', '-f', '-'], soundDeployment('web'))
  await untilSaid(user, local, 'internalTrafficPolicy')
  const balanced = service({ internalTrafficPolicy: 'Local', type: 'LoadBalancer' })
  checkWarned(t, await user.kubectl(['create', '-f', '-'], balanced), dropped)
  checkWarned(t, await user.kubectl(['label', 'service', 'web', 'team=a']), dropped)
  const status = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } } }
  const patch = ['patch', 'service', 'web', '--subresource=status', '--type=merge', '--patch', JSON.stringify(status)]
  const written = await user.must(patch)
  t.equal(written.stderr, '', 'a cloud that writes its status is not asked about')
  const gone = await user.must(['delete', 'service', 'web'])
  t.equal(gone.stderr, '')
}

async function checkExempt(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'services-exempt', enforce)
  await user.must(['apply', '-f', '-'], soundDeployment('web'))
  await untilSaid(user, local, 'internalTrafficPolicy')
  const reason = { 'holdfast.dev/exempt.service-drains': 'clients run beside the pods' }
  const exempt = await apply(user, service({ internalTrafficPolicy: 'Local' }, reason))
  t.equal(exempt.code, 0, exempt.stderr)
  t.equal(exempt.stderr, '')
  const annotate = ['annotate', 'service', 'web', 'holdfast.dev/exempt.service-drains-']
  checkWarned(t, await user.kubectl(annotate), dropped)
}

async function checkGates(t: Test, cluster: ApiServer): Promise<void> {
  const aws = 'service.beta.kubernetes.io/aws-load-balancer-'
  const byIp = service({ type: 'LoadBalancer' }, { [`${aws}type`]: 'external', [`${aws}nlb-target-type`]: 'ip' })
  const without = await userIn(cluster, 'services-ungated', enforce)
  await without.must(['apply', '-f', '-'], soundDeployment('web'))
  await untilSaid(without, byIp, 'readiness')
  checkWarned(t, await apply(without, byIp), outrun)
  const within = await userIn(cluster, 'services-gated', { ...enforce, [gate]: 'enabled' })
  await within.must(['apply', '-f', '-'], soundDeployment('web'))
  await untilSaid(within, local, 'internalTrafficPolicy')
  const gated = await apply(within, byIp)
  t.equal(gated.code, 0, gated.stderr)
  t.notMatch(gated.stderr, 'service-drains')
}
