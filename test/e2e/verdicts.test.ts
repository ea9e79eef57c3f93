import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import type { AuditEvent } from '../support/cluster-audit.ts'
import type { ApiServer } from '../support/control-plane.ts'
import { bareDeployment, soundDeployment, type Deployment } from '../support/cluster-objects.ts'
import { openSharedServer } from '../support/shared-server.ts'
import { userIn } from '../support/cluster-user.ts'

const denied = 'admission webhook "enforce.holdfast.dev" denied the request'
const lacking = ['readiness-probe', 'pre-stop-sleep', 'topology-spread'] as const

const server = await openSharedServer(tap)
if (server !== undefined) {
  await tap.test('enforce denies a bare Deployment with every reason and fix', (t) => checkEnforce(t, server))
  await tap.test('warn lets it in with the same words', (t) => checkWarn(t, server))
  await tap.test('audit changes nothing and tells the audit log', (t) => checkAudit(t, server))
  await tap.test('a sound Deployment passes unseen', (t) => checkSound(t, server))
  await tap.test('what was wrong before may be updated, but not made worse', (t) => checkRatchet(t, server))
  await tap.test('scaling is judged, and never locks anyone out', (t) => checkScale(t, server))
  await tap.test('a budget that blocks every drain is denied', (t) => checkBudget(t, server))
  await tap.test('one active instance that stops first is a choice', (t) => checkStopsFirst(t, server))
  await tap.test('of twelve Deployments that lack the same, each is named', (t) => checkTwelve(t, server))
}

/** Where, what is wrong, and what to write instead. */
function reason(policy: string): RegExp {
  return new RegExp(String.raw`\[${policy}\] [^:]+: [^;]+; \S.+`)
}

async function checkEnforce(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'enforce', { 'holdfast.dev/mode': 'enforce' })
  for (const dryRun of ['--dry-run=server', '--dry-run=none']) {
    const result = await user.kubectl(['apply', dryRun, '-f', '-'], bareDeployment('web'))
    t.equal(result.code, 1, dryRun)
    t.match(result.stderr, denied)
    for (const policy of lacking) t.match(result.stderr, reason(policy))
  }
  t.equal((await user.must(['get', 'deployments', '--output=name'])).stdout, '', 'nothing was made')
}

async function checkWarn(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'warn', { 'holdfast.dev/mode': 'warn' })
  const { stderr } = await user.must(['apply', '-f', '-'], bareDeployment('web'))
  for (const policy of lacking) t.match(stderr, new RegExp(`Warning: deployment/web: ${reason(policy).source}`))
  const { spec } = await user.deployment('web')
  t.notOk(spec.template.spec.containers[0].readinessProbe, 'nothing is injected without inject=enabled')
}

async function checkAudit(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'audit', { 'holdfast.dev/mode': 'audit', 'holdfast.dev/inject': 'enabled' })
  const result = await user.must(['create', '-f', '-'], bareDeployment('web'))
  t.equal(result.stderr, '', 'the user hears nothing')
  const { metadata, spec } = await user.deployment('web')
  t.notOk(spec.template.spec.containers[0].readinessProbe, 'nothing is injected')
  t.notOk(metadata.annotations?.['holdfast.dev/injected'], 'nothing is recorded on the object')
  const annotations = (await creationOf(cluster, 'audit')).annotations ?? {}
  for (const policy of lacking) t.match(annotations['audit.holdfast.dev/findings'], policy)
  for (const policy of lacking) t.match(annotations['audit.holdfast.dev/would-inject'], policy)
  t.equal(annotations['audit.holdfast.dev/would-deny'], undefined, 'a repair would mend all of it')
}

async function creationOf(cluster: ApiServer, namespace: string): Promise<AuditEvent> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const event = cluster
      .auditLog()
      .find(
        ({ verb, objectRef }) =>
          verb === 'create' && objectRef?.resource === 'deployments' && objectRef.namespace === namespace
      )
    if (event !== undefined) return event
    await wait(100)
  }
  throw new Error(`the audit log has no Deployment made in ${namespace}`)
}

async function checkSound(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'sound', { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' })
  await user.create(soundDeployment('web'))
  const stated = soundDeployment('web').spec.template.spec
  const { metadata, spec } = await user.deployment('web')
  t.match(spec.template.spec, stated, 'what the user wrote is as it was')
  t.equal(spec.template.spec.topologySpreadConstraints?.length, 2)
  t.notOk(metadata.annotations?.['holdfast.dev/injected'], 'there was nothing to inject')
}

async function checkRatchet(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'ratchet', {})
  await user.create(bareDeployment('web'))
  await user.label({ 'holdfast.dev/mode': 'enforce' }, denied)
  const updated = await user.kubectl(['set', 'image', 'deployment/web', 'web=registry.example/nginx:1.30'])
  t.equal(updated.code, 0, updated.stderr)
  for (const policy of lacking) t.match(updated.stderr, `Warning: deployment/web: [${policy}]`)
  const worse = { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }
  const refused = await user.kubectl(['patch', 'deployment', 'web', '--patch', JSON.stringify(worse)])
  t.equal(refused.code, 1)
  t.match(refused.stderr, denied)
  t.match(refused.stderr, reason('rollout-keeps-capacity'))
  t.match((await user.deployment('web')).spec.strategy, { type: 'RollingUpdate' })
}

async function checkScale(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'scale', { 'holdfast.dev/mode': 'enforce' })
  await user.create(soundDeployment('web'))
  const replicas = async (): Promise<number> => (await user.deployment('web')).spec.replicas
  const one = await user.must(['scale', 'deployment', 'web', '--replicas=1'])
  t.match(one.stderr, /Warning: deployment\/web: \[min-replicas\] .*1 replica/)
  t.equal(await replicas(), 1)
  const none = await user.must(['scale', 'deployment', 'web', '--replicas=0'])
  t.equal(none.stderr, '', 'to zero is nobody else’s business')
  t.equal(await replicas(), 0)
  await user.must(['scale', 'deployment', 'web', '--replicas=3'])
  await user.must(['delete', 'deployment', 'web'])
  const old = await userIn(cluster, 'delete', {})
  const bare: Deployment = bareDeployment('web')
  await old.create(bare)
  await old.label({ 'holdfast.dev/mode': 'enforce' }, denied)
  const deleted = await old.must(['delete', 'deployment', 'web'])
  t.match(deleted.stdout, 'deleted', 'DELETE passes, whatever is wrong')
}

function budget(maxUnavailable: number): object {
  const spec = { maxUnavailable, selector: { matchLabels: { app: 'web' } } }
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec }
}

async function checkBudget(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'budget', { 'holdfast.dev/mode': 'enforce' })
  const blocking = await user.kubectl(['apply', '-f', '-'], budget(0))
  t.equal(blocking.code, 1)
  t.match(blocking.stderr, denied)
  t.match(blocking.stderr, reason('budget-allows-disruption'))
  const passing = await user.kubectl(['apply', '-f', '-'], budget(1))
  t.equal(passing.code, 0, passing.stderr)
}

async function checkStopsFirst(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'stops-first', { 'holdfast.dev/mode': 'enforce' })
  const { spec, ...named } = soundDeployment('web')
  const stopsFirst = (replicas: number): object => ({
    ...named,
    spec: { ...spec, replicas, strategy: { type: 'Recreate' } }
  })
  const { stderr } = await user.must(['create', '-f', '-'], stopsFirst(1))
  t.match(
    stderr,
    'Recreate stops the only pod before it starts a new one (unless intended); use RollingUpdate if two may run'
  )
  const [container] = spec.template.spec.containers
  const controller = bareDeployment('controller', { ...container, ports: [] })
  const alone = { ...controller, spec: { ...controller.spec, replicas: 1, strategy: { type: 'Recreate' } } }
  const made = await user.must(['create', '-f', '-'], alone)
  t.notMatch(made.stderr, 'rollout-keeps-capacity', 'it serves no traffic')
  await user.must(['delete', 'deployment', 'web'])
  const several = await user.kubectl(['create', '-f', '-'], stopsFirst(3))
  t.equal(several.code, 1)
  t.match(
    several.stderr,
    'Recreate stops every pod before it starts a new one; use RollingUpdate if old and new pods may'
  )
  const metadata = { labels: { app: 'db' } }
  const template = { metadata, spec: soundDeployment('db').spec.template.spec }
  const onDelete = { type: 'OnDelete' }
  const set = { replicas: 3, selector: { matchLabels: metadata.labels }, template, updateStrategy: onDelete }
  const db = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec: set }
  t.match((await user.must(['create', '-f', '-'], db)).stderr, 'OnDelete never rolls out a change (unless intended)')
}

/** kubectl prints equal warnings once. */
async function checkTwelve(t: Test, cluster: ApiServer): Promise<void> {
  const names = Array.from({ length: 12 }, (_, index) => `web-${index}`)
  const list = { apiVersion: 'v1', kind: 'List', items: names.map((name) => bareDeployment(name)) }
  const warned = await userIn(cluster, 'twelve-warned', { 'holdfast.dev/mode': 'warn' })
  const created = await warned.must(['create', '-f', '-'], list)
  for (const policy of lacking) {
    const said = [...created.stderr.matchAll(new RegExp(`^Warning: deployment/(\\S+): \\[${policy}\\] `, 'gm'))]
    t.same(said.map(([, name = '']) => name).toSorted(byName), names.toSorted(byName), `a warning for each: ${policy}`)
  }
  const refused = await userIn(cluster, 'twelve-denied', { 'holdfast.dev/mode': 'enforce' })
  const { code, stderr } = await refused.kubectl(['create', '-f', '-'], list)
  t.equal(code, 1)
  const denials = [...stderr.matchAll(/denied the request: deployment\/(\S+) violates 3 required policies/g)]
  t.same(denials.map(([, name = '']) => name).toSorted(byName), names.toSorted(byName), 'a denial for each')
}

function byName(one: string, other: string): number {
  return one.localeCompare(other)
}
