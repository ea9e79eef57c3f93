import t from 'tap'
import { type Controller, controllerBehind, isMachine } from '../../src/admission/author.ts'
import { type Fact, known, unknown } from '../../src/inventory/fact.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import type { OwnerReference } from '../../src/kube/metadata.ts'
import { factsOf } from '../support/facts.ts'
import { admitOf, ask, deployment, type JsonMap, operationsIn, web } from '../support/workloads.ts'

const none = { trusted: new Set<string>(), onlyTrusted: false }
const strict = { ...none, onlyTrusted: true }
const inKubeSystem = 'system:serviceaccount:kube-system:'
const operator = 'system:serviceaccount:operators:postgres'
const tenant = 'system:serviceaccount:shop:deployer'
const listed = { ...none, trusted: new Set([tenant]) }

const custom = { apiVersion: 'acid.zalan.do/v1', kind: 'postgresql', name: 'db' }
const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name: 'web' }
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', name: 'cr' }
const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' }
const ofDeployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'backup' }

type Case = readonly [
  user: string,
  owners: readonly OwnerReference[] | undefined,
  expected: Controller | undefined,
  rules?: typeof none
]

const cases: Readonly<Record<string, Case>> = {
  'the controller manager, whatever the owner': ['system:kube-controller-manager', [configMap], 'control-plane'],
  'a controller of Kubernetes by its service account': [
    `${inKubeSystem}deployment-controller`,
    [ofDeployment],
    'control-plane'
  ],
  'which maintains no other kind': [`${inKubeSystem}deployment-controller`, [cronJob], undefined],
  'nor a namesake of its kind': [
    `${inKubeSystem}deployment-controller`,
    [{ ...ofDeployment, apiVersion: 'example.com/v1' }],
    undefined
  ],
  'one whose kinds are not told': [`${inKubeSystem}helm-controller`, [configMap], 'control-plane'],
  'a kubelet, of the mirrors of its pods': [
    'system:node:node-1',
    [{ apiVersion: 'v1', kind: 'Node', name: 'node-1' }],
    'control-plane'
  ],
  'but of nothing else': ['system:node:node-1', [ofDeployment], undefined],
  'none of them without an owner': [`${inKubeSystem}helm-controller`, [], undefined],
  'a namesake of kube-system': ['system:serviceaccount:kube-system-2:deployment-controller', [ofDeployment], undefined],
  'an administrator': ['system:admin', [custom], undefined],
  'a person': ['alice', [custom], undefined],
  'a person by the name of an operator': ['operators:postgres', [custom], undefined],
  'somebody anonymous': ['system:anonymous', [custom], undefined],
  'an operator': [operator, [custom], 'operator'],
  'with a reference that does not control': [operator, [{ ...custom, controller: false }], 'operator'],
  'with the custom owner after another': [operator, [configMap, custom], 'operator'],
  'with a custom owner in a group that looks like one of Kubernetes': [operator, [gateway], 'operator'],
  'with an object of Kubernetes that stands for what it maintains': [operator, [configMap], 'operator'],
  'with one of a group of Kubernetes that has a dot': [operator, [ingress], 'operator'],
  'with a node': [operator, [{ apiVersion: 'v1', kind: 'Node', name: 'node-1' }], undefined],
  'with an owner that Kubernetes maintains itself': [operator, [ofDeployment], undefined],
  'without an owner': [operator, [], undefined],
  'a service account of the namespace itself': [tenant, [custom], undefined],
  'unless it is listed': [tenant, [custom], 'trusted', listed],
  'whatever the owner': [tenant, [configMap], 'trusted', listed],
  'and without one': [tenant, [], 'trusted', listed],
  'only those in the list': [operator, [custom], undefined, strict],
  'and the controllers of Kubernetes': [
    `${inKubeSystem}deployment-controller`,
    [ofDeployment],
    'control-plane',
    strict
  ],
  'owners that are not known, of an operator': [operator, undefined, 'operator'],
  'of a service account of the namespace': [tenant, undefined, undefined],
  'of a person': ['alice', undefined, undefined],
  'no user name': ['', [custom], undefined],
  'a service account of no namespace': ['system:serviceaccount:', [custom], undefined]
}

void t.test('who is a controller', (test) => {
  for (const [fact, [user, owners, expected, rules = none]] of Object.entries(cases)) {
    test.equal(controllerBehind({ user, namespace: 'shop' }, owners, rules), expected, fact)
  }
  for (const user of [operator, tenant, 'system:node:node-1', 'system:kube-controller-manager'])
    test.equal(isMachine(user), true, user)
  for (const user of ['alice', 'system:admin', 'system:anonymous', 'system:serviceaccounts', 'system:masters', ''])
    test.equal(isMachine(user), false, user)
  test.end()
})

const admit = admitOf({ profile: 'critical' })
const bad = deployment()
const ownedBy = (owner: OwnerReference, object = bad): JsonMap => {
  return { ...object, metadata: { name: 'web', ownerReferences: [{ ...owner }] } }
}
const by = (username: string) => ({ userInfo: { username } })

void t.test('what an operator writes is judged and recorded, but neither denied nor patched', (test) => {
  const sent = { object: ownedBy(custom), request: by(operator) }
  const said = ask(admit, 'enforce', sent)
  test.equal(said.allowed, true, 'the operator could not answer a denial')
  test.match(said.warnings?.join('\n'), '[readiness-probe]')
  test.equal(said.auditAnnotations?.['controller'], 'operator')
  test.strictSame(ask(admit, 'audit', sent).auditAnnotations?.['would-deny'], undefined)
  test.notOk(ask(admit, 'audit', sent).auditAnnotations?.['would-inject'])
  test.strictSame(operationsIn(ask(admit, 'mutate', sent)), [])
  const oldObject = deployment({ containers: [] })
  test.strictSame(operationsIn(ask(admit, 'mutate', { ...sent, oldObject })), [])
  const budget = { metadata: { name: 'kept', ownerReferences: [custom] }, spec: { maxUnavailable: 0 } }
  const resource = 'policy/poddisruptionbudgets'
  test.equal(ask(admit, 'enforce', { object: budget, resource, request: by(operator) }).allowed, true, 'a budget')
  test.equal(ask(admit, 'enforce', { object: budget, resource }).allowed, false, 'the same by a person')
  const trusting = admitOf({ operators: { trusted: new Set([tenant]) } })
  test.equal(ask(trusting, 'enforce', { object: bad, request: by(tenant) }).allowed, true, 'one that is listed')
  test.strictSame(operationsIn(ask(trusting, 'mutate', { object: bad, request: by(tenant) })), [])
  test.not(operationsIn(ask(trusting, 'mutate', { object: bad, request: by(operator) })).length, 0, 'a near miss')
  test.end()
})

void t.test('a forged owner is denied, and the denial says what to do if it is not forged', (test) => {
  const hint = `If ${tenant} is the object's controller, add it to operators.trusted in Holdfast's configuration.`
  for (const owner of [custom, { ...custom, controller: true }, configMap]) {
    const sent = { object: ownedBy(owner), request: by(tenant) }
    const { allowed, status } = ask(admit, 'enforce', sent)
    test.equal(allowed, false)
    test.equal(status?.message.split('\n').at(-2), hint)
    test.strictSame(operationsIn(ask(admit, 'mutate', sent)), [], 'and it is not patched, in case it is an operator')
  }
  const person = ask(admit, 'enforce', { object: ownedBy(custom) })
  test.equal(person.allowed, false, 'a person who writes an owner is no operator')
  test.notMatch(person.status?.message, 'operators.trusted')
  test.notMatch(ask(admit, 'enforce', { object: bad, request: by(tenant) }).status?.message, 'operators.trusted')
  test.strictSame(operationsIn(ask(admit, 'mutate', { object: ownedBy({ ...custom, controller: true }) })), [])
  test.not(
    operationsIn(ask(admit, 'mutate', { object: ownedBy(custom) })).length,
    0,
    'a person whose owner does not control gets repairs'
  )
  test.end()
})

function parent(owner?: OwnerReference): ExistingWorkload {
  return {
    group: 'apps',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...(owner !== undefined && { ownerReferences: [owner] }) },
    replicas: 5,
    podLabels: { app: 'web' },
    selector: { matchLabels: { app: 'web' } },
    containers: [],
    autoscaler: null
  }
}

const scaled = (replicas: number): JsonMap => ({ kind: 'Scale', metadata: { name: 'web' }, spec: { replicas } })

function mayScale(user: string, workloads: Fact<readonly ExistingWorkload[]>): boolean {
  const facts = factsOf({ workloads })
  const sent = { resource: 'apps/deployments/scale', object: scaled(1), oldObject: scaled(5), request: by(user) }
  return ask(admitOf({ profile: 'critical', facts }), 'enforce', sent).allowed
}

void t.test('through its scale an object has the owner that it has itself', (test) => {
  test.equal(mayScale(operator, known([parent(custom)])), true)
  test.equal(mayScale(tenant, known([parent(custom)])), false)
  test.equal(mayScale('alice', known([parent(custom)])), false)
  test.equal(mayScale(operator, known([parent()])), false, 'it owns nothing here')
  test.equal(mayScale(operator, unknown('not seen')), true, 'nobody knows what it owns')
  test.end()
})

const say = (object: JsonMap) => ask(admit, 'enforce', { object, resource: 'batch/jobs' })

void t.test('a CronJob is run by hand', (test) => {
  const hook = { ...web, lifecycle: { preStop: { sleep: { seconds: 60 } } } }
  const job = (annotations: JsonMap, owner: OwnerReference): JsonMap => ({
    metadata: { name: 'backup-now', annotations, ownerReferences: [{ ...owner }] },
    spec: { template: { spec: { containers: [hook] } } }
  })
  const manual = { 'cronjob.kubernetes.io/instantiate': 'manual' }
  const said = say(job(manual, { ...cronJob, controller: true }))
  test.equal(said.allowed, true)
  test.match(said.warnings?.join('\n'), '[termination-budget]')
  test.equal(say(job({}, { ...cronJob, controller: true })).allowed, false, 'without the annotation of kubectl')
  test.equal(say(job(manual, cronJob)).allowed, false, 'by an owner that does not control')
  test.equal(say(job(manual, { ...custom, controller: true })).allowed, false, 'by another owner')
  test.end()
})
