import tap, { type Test } from 'tap'
import { buildAdmit } from '../../src/admission/admit.ts'
import { type Api, openApi } from '../../src/cluster/api/api.ts'
import { ClusterCache } from '../../src/cluster/cluster-cache.ts'
import { startReflector } from '../../src/cluster/reflector/reflector.ts'
import { definePolicy, type Policy } from '../../src/engine/policy.ts'
import { buildChooseRuleset } from '../../src/engine/profile.ts'
import { certain } from '../../src/engine/violation.ts'
import { known } from '../../src/inventory/fact.ts'
import { buildFactSource } from '../../src/inventory/fact-source.ts'
import { policies as catalogue } from '../../src/policies/index.ts'
import { openReplica } from '../server/replica.ts'
import { soundDeployment } from '../support/cluster-objects.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { registerWebhooks } from '../support/cluster-registration.ts'
import { userIn } from '../support/cluster-user.ts'
import { denied } from '../support/cluster-verdict.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'

/** Nothing meets it, so whoever hears of it is denied. */
const later: Policy = definePolicy({
  id: 'later-policy',
  title: 'A policy that came with the second version',
  since: 'v2',
  appliesTo: ['Deployment'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  check: () => [certain({ field: 'spec', problem: 'is as it was in v1', fix: 'write what v2 asks for' })]
})

const policies = [...catalogue, later]

const controlPlane = await openControlPlane(tap, { controllerManager: false, scheduler: false })
if (controlPlane !== undefined) {
  await openWebhookWith(tap, controlPlane)
  await tap.test('a namespace without a pin hears of the policy', (t) => checkUnpinned(t, controlPlane))
  await tap.test('one that pins v1 does not', (t) => checkPinned(t, controlPlane))
  await tap.test('one that pins what does not exist hears of the policy, and of its label', (t) => {
    return checkUnknown(t, controlPlane)
  })
}

/** The webhook with one policy more, in this process: the shipped one has no policy yet that came later. */
async function openWebhookWith(t: Test, plane: ControlPlane): Promise<void> {
  const api = await openApi({ kubeconfig: plane.kubeconfigOf('admin'), environment: {}, userAgent: 'holdfast/test' })
  if (api === undefined) throw new Error('no kubeconfig')
  const cache = follow(t, api)
  await cache.firstSync()
  const source = buildFactSource({
    inventory: cache.inventory,
    readiness: cache,
    serverVersion: () => known({ major: 1, minor: 36 }),
    companions: { enabled: false, kinds: new Set(), excludedNamespaces: new Set(), isExempt: () => false }
  })
  const admit = buildAdmit({
    policies,
    chooseRuleset: buildChooseRuleset({ policies, profile: 'standard' }),
    exemptions: { allowed: true, forbidden: new Set() },
    operators: { trusted: new Set(), onlyTrusted: false },
    warnsOfRepairs: true,
    ...source,
    today: () => '2026-11-21'
  })
  const replica = await openReplica(t, { admit })
  await registerWebhooks(plane, { via: 'url', caBundle: replica.certificate.caCertificate, port: replica.port })
}

function follow(t: Test, api: Api): ClusterCache {
  const cache = new ClusterCache({
    follow: (options) => startReflector({ api, ...options }),
    onProblem: ({ path, error }) => t.comment(`${path}: ${String(error)}`)
  })
  t.teardown(() => {
    cache.stop()
    return api.close()
  })
  return cache
}

async function checkUnpinned(t: Test, plane: ControlPlane): Promise<void> {
  const user = await userIn(plane, 'unpinned', { 'holdfast.dev/mode': 'enforce' })
  const refused = await user.kubectl(['create', '-f', '-'], soundDeployment('web'))
  t.equal(refused.code, 1)
  t.match(refused.stderr, denied)
  t.match(refused.stderr, '\n[later-policy] spec: is as it was in v1; write what v2 asks for\n')
}

async function checkPinned(t: Test, plane: ControlPlane): Promise<void> {
  const user = await userIn(plane, 'pinned', {
    'holdfast.dev/mode': 'enforce',
    'holdfast.dev/profile-version': 'v1'
  })
  await untilSeen(user.kubectl.bind(user))
  const made = await user.kubectl(['create', '-f', '-'], soundDeployment('web'))
  t.equal(made.code, 0, made.stderr)
  t.notMatch(made.stderr, 'later-policy', 'it is not warned about either')
}

/** The webhook hears of a new namespace a moment after it is made. */
async function untilSeen(kubectl: (args: readonly string[], input?: object) => Promise<{ code: number }>) {
  await waitFor({ what: 'the namespace to be seen', seconds: 20, everyMilliseconds: 100 }, async () => {
    const { code } = await kubectl(['create', '--dry-run=server', '-f', '-'], soundDeployment('probe'))
    return code === 0 ? true : undefined
  })
}

async function checkUnknown(t: Test, plane: ControlPlane): Promise<void> {
  const user = await userIn(plane, 'mistyped', {
    'holdfast.dev/mode': 'enforce',
    'holdfast.dev/profile-version': 'v11'
  })
  const said = 'Warning: namespace/mistyped: label holdfast.dev/profile-version names no version'
  let refused = { stderr: '' }
  await waitFor({ what: said, seconds: 20, everyMilliseconds: 100, details: () => refused.stderr }, async () => {
    refused = await user.kubectl(['create', '--dry-run=server', '-f', '-'], soundDeployment('web'))
    return refused.stderr.includes(said) ? true : undefined
  })
  t.match(refused.stderr, '[later-policy]')
}
