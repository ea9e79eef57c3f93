import tap, { type Test } from 'tap'
import { valueAt } from '../../src/kube/json.ts'
import type { ApiServer } from '../support/control-plane.ts'
import { soundDeployment } from '../support/cluster-objects.ts'
import { openSharedServer } from '../support/shared-server.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { apply, checkDenied, checkWarned, denied, untilSaid } from '../support/cluster-verdict.ts'

const enforce = { 'holdfast.dev/mode': 'enforce' }
const inject = { 'holdfast.dev/inject': 'enabled' }

const server = await openSharedServer(tap)
if (server !== undefined) {
  await tap.test('what a budget does not say of unhealthy pods is added once', (t) => checkRemedy(t, server))
  await tap.test('a budget that blocks alone is denied', (t) => checkAlone(t, server))
  await tap.test('a budget that leaves none of a workload is denied', (t) => checkBudgetLast(t, server))
  await tap.test('a workload that comes to such a budget is warned and let in', (t) => checkWorkloadLast(t, server))
  await tap.test('the floor of an autoscaler counts, whichever comes last', (t) => checkFloor(t, server))
  await tap.test('pods to spare elsewhere under a budget count', (t) => checkTogether(t, server))
  await tap.test('a second budget over the same pods is let in, and an update that makes it so denied', (t) =>
    checkTwo(t, server)
  )
  await tap.test('what was so before may be updated', (t) => checkRatchet(t, server))
  await tap.test('what may be a quorum is left to its owner', (t) => checkQuorum(t, server))
  await tap.test('a budget that cannot count pods of Jobs is said, whichever comes last', (t) => checkJobs(t, server))
  await tap.test('a budget that protects nothing is said, whichever comes last', (t) => checkLoose(t, server))
  await tap.test('a missing budget is advice, a companion ends it', (t) => checkMissing(t, server))
}

/** A budget over the pods `app: web`, or as the spec has it. */
function budget(spec: object, name = 'web', annotations?: object): object {
  const whole = { selector: { matchLabels: { app: 'web' } }, ...spec }
  const metadata = { name, ...(annotations !== undefined && { annotations }) }
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: whole }
}

function web(replicas: number): object {
  const sound = soundDeployment('web')
  return { ...sound, spec: { ...sound.spec, replicas } }
}

async function read(user: NamespaceUser, path: string, name = 'web'): Promise<string> {
  const found = valueAt(await user.read('apis/policy/v1', `poddisruptionbudgets/${name}`), path.split('.').slice(1))
  return typeof found === 'string' ? found : JSON.stringify(found ?? '').replaceAll('"', '')
}

async function checkRemedy(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'remedy', { 'holdfast.dev/mode': 'warn', ...inject })
  const policy = '.spec.unhealthyPodEvictionPolicy'
  const plain = budget({ maxUnavailable: 1 })
  const unsaid =
    '[budget-evicts-unhealthy] spec.unhealthyPodEvictionPolicy: missing, so crashing pods block drains; set it to AlwaysAllow'
  const first = await apply(user, budget({ maxUnavailable: 1 }, 'first'))
  checkWarned(t, first, unsaid)
  t.equal(await read(user, policy, 'first'), '', 'before its pods it is only advice: they may be a quorum')
  await user.must(['delete', 'poddisruptionbudget', 'first'])
  await user.create(web(3))
  await waitFor({ what: 'the workload to be seen', seconds: 20 }, async () => {
    const { stderr } = await apply(user, plain, '--dry-run=server')
    return stderr.includes('budget-evicts-unhealthy') ? undefined : true
  })
  const created = await apply(user, plain)
  t.notMatch(created.stderr, 'budget-evicts-unhealthy', 'what is mended is not complained about')
  t.equal(await read(user, policy), 'AlwaysAllow')
  const version = await read(user, '.metadata.resourceVersion')
  // kubectl says "configured" of any budget that is applied again: its selector is replaced as a whole.
  const again = await apply(user, plain)
  t.equal(await read(user, '.metadata.resourceVersion'), version, again.stdout)
  const replaced = await user.kubectl(['replace', '-f', '-'], plain)
  t.equal(replaced.code, 0, replaced.stderr)
  t.equal(await read(user, policy), 'AlwaysAllow', 'a replace without it gets it again')
  t.equal(await read(user, '.metadata.generation'), '1', 'and so changes nothing that the controller looks at')
  const bySsa = await user.must(['apply', '--server-side', '-f', '-'], budget({ maxUnavailable: 1 }, 'ssa'))
  t.match(bySsa.stdout, 'serverside-applied')
  t.equal(await read(user, policy, 'ssa'), 'AlwaysAllow')
  const own = budget({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'IfHealthyBudget' })
  const stated = await apply(user, own)
  t.equal(stated.code, 0, stated.stderr)
  t.notMatch(stated.stderr, 'budget-evicts-unhealthy', 'who writes it means it')
  t.equal(await read(user, policy), 'IfHealthyBudget', 'what a person writes stays')
  const kept = budget({ maxUnavailable: 1 }, 'kept', { 'holdfast.dev/inject': 'disabled' })
  await apply(user, kept)
  t.equal(await read(user, policy, 'kept'), '', 'the annotation keeps it away')
  await user.must(['annotate', 'poddisruptionbudget', 'kept', 'holdfast.dev/inject-'])
  t.equal(await read(user, policy, 'kept'), '', 'who only takes the annotation off changes nothing else')
}

async function checkQuorum(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'quorum-budget', { 'holdfast.dev/mode': 'warn', ...inject })
  await user.create({ ...web(3), kind: 'StatefulSet' })
  const text =
    '[budget-evicts-unhealthy] spec.unhealthyPodEvictionPolicy: missing, so crashing pods of StatefulSet web block drains (unless intended); set it to AlwaysAllow, or to IfHealthyBudget for a quorum'
  await untilSaid(user, budget({ maxUnavailable: 1 }), text)
  checkWarned(t, await apply(user, budget({ maxUnavailable: 1 })), text)
  t.equal(await read(user, '.spec.unhealthyPodEvictionPolicy'), '')
}

async function checkJobs(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'uncounted', enforce)
  const pod = { restartPolicy: 'Never', containers: [{ name: 'job', image: 'registry.example/nginx:1.29' }] }
  const template = { metadata: { labels: { app: 'web' } }, spec: pod }
  const jobTemplate = { spec: { template } }
  const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly' } }
  const nightly = { ...cronJob, spec: { schedule: '0 3 * * *', jobTemplate } }
  await user.create(web(3))
  await user.create(nightly)
  const last =
    '[budget-selects-pods] spec.selector: pods of CronJob nightly cannot be counted, so it blocks every drain while they exist; add the matchExpression batch.kubernetes.io/job-name DoesNotExist'
  const plain = budget({ maxUnavailable: 1 })
  await untilSaid(user, plain, last)
  checkWarned(t, await apply(user, plain), last)
  await user.must(['delete', 'cronjob', 'nightly'])
  const first =
    '[budget-selects-pods] spec.jobTemplate.spec.template.metadata.labels: budget web cannot count these pods, which block every drain while they exist; use labels that no budget selects'
  await untilSaid(user, nightly, first)
  checkWarned(t, await apply(user, nightly), first)
  const once = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec: { template } }
  checkWarned(t, await apply(user, once), first.replace('jobTemplate.spec.', ''))
  const leavesOut = [{ key: 'batch.kubernetes.io/job-name', operator: 'DoesNotExist' }]
  const apart = budget({ maxUnavailable: 1, selector: { matchLabels: { app: 'web' }, matchExpressions: leavesOut } })
  const mended = await apply(user, apart)
  t.equal(mended.code, 0, mended.stderr)
  t.notMatch(mended.stderr, 'budget-selects-pods', 'what the fix says mends it')
  await waitFor({ what: 'the budget to be seen', seconds: 20 }, async () => {
    const { stderr } = await apply(user, { ...once, metadata: { name: 'twice' } }, '--dry-run=server')
    return stderr.includes('budget-selects-pods') ? undefined : true
  })
}

async function checkLoose(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'loose-budget', { ...enforce, ...inject })
  await user.create(web(12))
  const last =
    '[disruption-budget] spec.maxUnavailable: lets all 12 pods of Deployment web be evicted at once; use maxUnavailable: 1'
  const loose = budget({ maxUnavailable: '100%' }, 'loose')
  await untilSaid(user, loose, last)
  checkWarned(t, await apply(user, loose), last)
  const first =
    '[disruption-budget] spec.selector: budget loose lets all 12 pods be evicted at once; use maxUnavailable: 1 in the budget'
  await untilSaid(user, web(12), first)
  checkWarned(t, await apply(user, web(12)), first)
}

async function checkAlone(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'alone', enforce)
  const head = '[budget-allows-disruption]'
  const fix = 'use maxUnavailable: 1'
  const cases: Readonly<Record<string, object>> = {
    [`${head} spec.maxUnavailable: maxUnavailable 0 blocks every drain; ${fix}`]: { maxUnavailable: 0 },
    [`${head} spec.minAvailable: minAvailable 100% blocks every drain; ${fix} instead`]: { minAvailable: '100%' },
    [`${head} spec: without a bound it blocks every drain; ${fix}`]: {}
  }
  for (const [text, spec] of Object.entries(cases)) checkDenied(t, await apply(user, budget(spec)), text)
  const exempt = { 'holdfast.dev/exempt.budget-allows-disruption': 'the ledger is closed' }
  const passed = await apply(user, budget({ maxUnavailable: 0 }, 'web', exempt))
  t.equal(passed.code, 0, passed.stderr)
  checkWarned(
    t,
    await apply(user, budget({ maxUnavailable: 1, selector: {} }, 'all')),
    '[budget-selects-pods] spec.selector: empty, so it selects every pod in the namespace; use the labels of the pods it protects'
  )
}

async function checkBudgetLast(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'budget-last', enforce)
  await user.create(web(2))
  const text =
    '[budget-allows-disruption] spec.minAvailable: minAvailable 2 of 2 pods blocks every drain; use maxUnavailable: 1 instead'
  await untilSaid(user, budget({ minAvailable: 2 }), text)
  checkDenied(t, await apply(user, budget({ minAvailable: 2 })), text)
  checkDenied(
    t,
    await apply(user, budget({ minAvailable: '51%' })),
    text.replace('2 of 2 pods', '51% of 2 pods rounds up to 2 and')
  )
  const passed = await apply(user, budget({ minAvailable: 1 }))
  t.equal(passed.code, 0, passed.stderr)
  const raised = await apply(user, budget({ minAvailable: 2 }))
  t.equal(raised.code, 0, 'a release may raise the budget before the replicas')
  checkWarned(t, raised, text)
  const wide = await apply(user, budget({ minAvailable: 2, selector: {} }))
  t.equal(wide.code, 0, 'a selector that is for more may yet be right')
}

async function checkWorkloadLast(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'workload-last', enforce)
  const first = await apply(user, budget({ minAvailable: 3 }))
  t.notMatch(first.stderr, 'budget-selects-pods', 'most releases begin with the budget')
  checkWarned(
    t,
    await apply(user, budget({ minAvailable: 2 })),
    '[budget-selects-pods] spec.selector: selects the pods of no workload (unless intended); use the labels of the pods it protects'
  )
  const text =
    '[budget-allows-disruption] spec.replicas: budget web blocks every drain: minAvailable 2 of 2 pods; use maxUnavailable: 1 there instead'
  await untilSaid(user, web(2), text)
  checkWarned(t, await apply(user, web(2)), text)
  await user.must(['delete', 'deployment', 'web'])
  checkWarned(t, await user.kubectl(['create', '-f', '-'], web(2)), text)
  const passed = await apply(user, web(3))
  t.equal(passed.code, 0, passed.stderr)
  await untilSaid(user, budget({ minAvailable: 3 }), 'spec.minAvailable: minAvailable 3 of 3 pods blocks every drain')
  const lowered = await apply(user, web(2))
  t.equal(lowered.code, 0, 'and lower the replicas before the budget')
  checkWarned(t, lowered, text)
  await user.must(['apply', '-f', '-'], web(3))
  const scaled = await user.kubectl(['scale', 'deployment', 'web', '--replicas=2'])
  t.equal(scaled.code, 0, 'who scales is not locked out')
  t.match(scaled.stderr, /Warning: deployment\/\S+: \[budget-allows-disruption\] spec\.replicas/)
  t.match(scaled.stderr, '(unless intended)')
  const none = await user.must(['scale', 'deployment', 'web', '--replicas=0'])
  t.equal(none.stderr, '', 'to zero is nobody else’s business')
}

async function checkFloor(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'floor', enforce)
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const metrics = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }
  ]
  const hpa = (minReplicas: number): object => {
    const spec = { scaleTargetRef, minReplicas, maxReplicas: 9, metrics }
    return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec }
  }
  await user.must(['apply', '-f', '-'], hpa(2))
  await user.create(web(5))
  const text =
    "[budget-allows-disruption] spec.minAvailable: minAvailable 2 of 2 pods at the autoscaler's floor blocks every drain; use maxUnavailable: 1 instead"
  await untilSaid(user, budget({ minAvailable: 2 }), text)
  checkDenied(t, await apply(user, budget({ minAvailable: 2 })), text)
  await user.must(['apply', '-f', '-'], hpa(4))
  await untilSaid(user, budget({ minAvailable: 2 }), 'created')
  await user.must(['apply', '-f', '-'], budget({ minAvailable: 2 }))
  const floor =
    '[budget-allows-disruption] spec.minReplicas: budget web blocks every drain: minAvailable 2 of 2 pods at this floor; raise it, or use maxUnavailable: 1 there instead'
  await untilSaid(user, hpa(2), floor)
  const lower = ['patch', 'hpa', 'web', '--type=merge', '-p', '{"spec":{"minReplicas":2}}']
  checkDenied(t, await user.kubectl(lower), floor)
  await user.must(['delete', 'hpa', 'web'])
  checkDenied(t, await user.kubectl(['create', '-f', '-'], hpa(2)), floor)
  const above = await user.must(['create', '-f', '-'], hpa(3))
  t.notMatch(above.stderr, 'budget-allows-disruption')
  await user.must(['apply', '-f', '-'], budget({ minAvailable: 3 }))
  await untilSaid(user, hpa(3), floor.replace('2 of 2', '3 of 3'))
  const again = await user.kubectl(['annotate', 'hpa', 'web', 'note=seen'])
  checkWarned(t, again, floor.replace('2 of 2', '3 of 3'))
}

/** Its pods have the label `tier: front`, as those of others. */
function front(name: string, replicas: number): object {
  const { spec, ...sound } = soundDeployment(name)
  const template = { ...spec.template, metadata: { labels: { app: name, tier: 'front' } } }
  return { ...sound, spec: { ...spec, replicas, template } }
}

async function checkTogether(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'together', enforce)
  const both = budget({ minAvailable: 2, selector: { matchLabels: { tier: 'front' } } })
  await user.create(front('web', 2))
  const short = 'minAvailable 2 of 2 pods blocks every drain (unless intended); use maxUnavailable: 1 instead'
  await untilSaid(user, both, `[budget-allows-disruption] spec.minAvailable: ${short}`)
  await user.create(front('canary', 3))
  const more = budget({ minAvailable: 5, selector: { matchLabels: { tier: 'front' } } })
  await untilSaid(user, more, 'minAvailable 5 of 5 pods blocks every drain (unless intended)')
  const passed = await user.must(['create', '-f', '-'], both)
  t.notMatch(passed.stderr, 'budget-allows-disruption')
  await untilSaid(user, budget({ maxUnavailable: 1 }, 'rival'), 'keep one of rival and web')
  const changed = await user.must(['annotate', 'deployment', 'web', 'note=seen'])
  t.notMatch(changed.stderr, 'budget-allows-disruption')
  await user.must(['delete', 'deployment', 'canary'])
  const left = 'budget web blocks every drain: minAvailable 2 of 2 pods (unless intended)'
  await untilSaid(user, front('web', 2), left)
  const scaled = await user.must(['scale', 'deployment', 'web', '--replicas=1'])
  t.match(scaled.stderr, 'minAvailable 2 of 1 pod (unless intended)')
}

async function checkTwo(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'two', enforce)
  await user.create(budget({ maxUnavailable: 1 }))
  const all = budget({ maxUnavailable: 1, selector: {} }, 'all')
  const both = await apply(user, all)
  t.equal(both.code, 0, 'while there are no pods to share')
  const text =
    '[one-budget-per-pod] spec.template.metadata.labels: 2 budgets select its pods, so their eviction fails; keep one of '
  await untilSaid(user, web(3), text)
  const created = await apply(user, web(3))
  t.equal(created.code, 0, created.stderr)
  t.match(created.stderr, /keep one of (?:all and web|web and all)\n/)
  await user.must(['delete', 'poddisruptionbudget', 'all'])
  const shared =
    '[one-budget-per-pod] spec.selector: shares pods with another budget, so their eviction fails; keep one of all and web'
  await untilSaid(user, all, shared)
  const apart = budget({ maxUnavailable: 1, selector: { matchLabels: { app: 'none' } } }, 'all')
  await user.must(['apply', '-f', '-'], apart)
  checkDenied(t, await apply(user, all), shared)
  await user.must(['delete', 'poddisruptionbudget', 'all'])
  checkWarned(t, await apply(user, all), shared)
  const again = await apply(user, budget({ maxUnavailable: 2 }))
  t.equal(again.code, 0, 'its own old version is no other budget')
}

async function checkRatchet(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'before', {})
  await user.create(web(2))
  await user.create(budget({ minAvailable: 2 }))
  await user.create(budget({ minAvailable: 2 }, 'twin'))
  await user.label(enforce, denied)
  const image = await user.kubectl(['set', 'image', 'deployment/web', 'web=registry.example/nginx:1.30'])
  t.equal(image.code, 0, image.stderr)
  t.match(image.stderr, /Warning: deployment\/\S+: \[budget-allows-disruption\] spec\.replicas/)
  t.match(image.stderr, /Warning: deployment\/\S+: \[one-budget-per-pod\] spec\.template\.metadata\.labels/)
  const worse = await user.kubectl(['annotate', 'poddisruptionbudget', 'twin', 'note=seen'])
  t.equal(worse.code, 0, worse.stderr)
  t.match(worse.stderr, /Warning: poddisruptionbudget\/\S+: \[one-budget-per-pod\] spec\.selector/)
  const mended = await user.kubectl(['delete', 'poddisruptionbudget', 'twin'])
  t.equal(mended.code, 0, mended.stderr)
}

async function checkMissing(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'missing', enforce)
  const text =
    '[disruption-budget] spec.selector: no budget selects its pods; add a PodDisruptionBudget with maxUnavailable: 1'
  await untilSaid(user, web(3), text)
  checkWarned(t, await apply(user, web(3)), text)
  const kept = await userIn(cluster, 'companions', { ...enforce, ...inject })
  await untilSaid(kept, web(3), 'created')
  const passed = await apply(kept, web(3))
  t.notMatch(passed.stderr, 'disruption-budget')
}
