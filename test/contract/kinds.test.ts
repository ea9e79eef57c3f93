import t from 'tap'
import { changeIn } from '../../src/admission/subjects.ts'
import { controllerSources } from '../../src/commands/controller.ts'
import { sourcesOf } from '../../src/inventory/facts/index.ts'
import { type Source, sourceKinds, sources } from '../../src/inventory/source.ts'
import { allKinds, type Kind, kinds, scaledKinds } from '../../src/kube/kinds.ts'
import { groupResource } from '../../src/kube/resource-kind.ts'
import { policies } from '../../src/policies/index.ts'
import { type Installed, installed } from '../support/installed.ts'
import { admitOf } from '../support/workloads.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly apiVersions: readonly string[]
  readonly operations: readonly string[]
  readonly resources: readonly string[]
  readonly scope: string
}

interface Webhook {
  readonly name: string
  readonly rules: readonly Rule[]
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[]
}

interface Right {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

/** What the API server may ask about: an operation on a resource, `deployments/scale` among them, or on all of a rule. */
interface Call {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly group: string
  readonly version: string
  readonly resource: string
}

const isOfLabels = ({ name }: Webhook): boolean => name === 'labels.holdfast.dev'
const validating = webhooksOf('ValidatingWebhookConfiguration').filter((webhook) => !isOfLabels(webhook))
const mutating = webhooksOf('MutatingWebhookConfiguration')
const admit = admitOf()
const judgedKinds = allKinds.filter(({ parse }) => parse !== undefined)
const judgedCalls = [
  ...judgedKinds.flatMap(callsFor),
  ...scaledKinds.flatMap((kind) => callsFor({ ...kind, resource: `${kind.resource}/scale` }))
]

void t.test('the API server asks about everything that admission judges, and about nothing else', (test) => {
  test.equal(validating.length, 3)
  for (const { name, rules } of validating) test.strictSame(linesOf(rules), judgedCalls.map(lineOf).toSorted(), name)
  test.end()
})

void t.test('the API server asks for repairs of each kind that a policy repairs, and of no other', (test) => {
  const repaired = new Set<string>(
    policies.filter((policy) => policy.remedy !== undefined).flatMap(({ appliesTo }) => appliesTo)
  )
  const calls = judgedKinds.filter(({ kind }) => repaired.has(kind)).flatMap(callsFor)
  test.equal(mutating.length, 1)
  for (const { name, rules } of mutating) test.strictSame(linesOf(rules), calls.map(lineOf).toSorted(), name)
  test.end()
})

void t.test('the labels of namespaces are asked about, and nothing else is', (test) => {
  const [labels, ...others] = webhooksOf('ValidatingWebhookConfiguration').filter(isOfLabels)
  test.strictSame(linesOf(labels?.rules ?? []), ['CREATE v1 namespaces', 'UPDATE v1 namespaces'])
  test.strictSame(others, [])
  test.end()
})

void t.test('rules have the scope of their kinds', (test) => {
  const scopes = new Set([...validating, ...mutating].flatMap(({ rules }) => rules.map(({ scope }) => scope)))
  test.strictSame([...scopes], ['Namespaced'])
  test.ok(judgedKinds.every(({ namespaced }) => namespaced))
  test.end()
})

void t.test('admission finds a subject in each of these calls, and in no other version', (test) => {
  for (const call of judgedCalls) {
    const { kind } = changeIn(requestFor(call))?.subject ?? {}
    const [resource, subresource] = call.resource.split('/')
    const expected = judgedKinds.find((one) => one.group === call.group && one.resource === resource)?.kind
    test.equal(kind, subresource === undefined ? expected : 'Scale', lineOf(call))
    test.equal(changeIn(requestFor({ ...call, version: 'v1beta1' })), undefined)
  }
  test.end()
})

void t.test('every policy is for kinds that are judged, and every kind that is judged has a policy', (test) => {
  const asked = new Set(policies.flatMap(({ appliesTo }) => appliesTo))
  test.strictSame([...asked].toSorted(), [...judgedKinds.map(({ kind }) => kind), 'Scale'].toSorted())
  test.end()
})

void t.test('the conditions of the webhooks leave out just the kinds that are parts of any controller', (test) => {
  const parts = allKinds.filter(({ partOf }) => partOf === 'any').map(({ resource }) => resource)
  for (const { name, matchConditions } of [...validating, ...mutating]) {
    const { expression = '' } = matchConditions.find((condition) => condition.name === 'not-a-part') ?? {}
    const [, list = ''] = /request\.resource\.resource in \[(.*?)\]/.exec(expression) ?? []
    test.strictSame(list.match(/\w+/g)?.toSorted(), parts.toSorted(), name)
  }
  const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Maker', name: 'web', uid: '1', controller: true }]
  const userInfo = { username: 'system:serviceaccount:makers:maker' }
  for (const kind of judgedKinds) {
    const object = { metadata: { ownerReferences } }
    const request = { ...requestFor({ ...kind, operation: 'CREATE' }), object, userInfo, namespace: 'shop' }
    const { record } = admit('audit', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })
    test.equal(record.verdict === 'ignored', kind.partOf === 'any', `admission leaves out the same: ${kind.kind}`)
  }
  test.end()
})

void t.test('the webhook may list and watch just what its policies need', (test) => {
  const needed = sourcesOf(policies.flatMap(({ needs }) => needs))
  test.strictSame([...needed].toSorted(), sources.toSorted(), 'it watches no more')
  test.strictSame(rightsOf('ClusterRole', 'holdfast-webhook'), watching(sources))
  test.strictSame(rightsOf('Role', 'holdfast-webhook'), [])
  test.end()
})

void t.test('the controller may do just what it does', (test) => {
  const companions = kinds.PodDisruptionBudget
  const ownWebhooks = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']
  const expected = [
    ...watching(controllerSources),
    // Before it removes a companion it asks whether the owner is really gone.
    ...scaledKinds.map((kind) => `get ${groupResource(kind)}`),
    ...['get', 'create', 'patch', 'delete'].map((verb) => `${verb} ${groupResource(companions)}`),
    ...['create', 'patch'].map((verb) => `${verb} events.k8s.io/events`),
    ...ownWebhooks.flatMap((resource) => {
      return ['list', 'watch', 'patch'].map((verb) => `${verb} admissionregistration.k8s.io/${resource} holdfast`)
    })
  ]
  test.strictSame(rightsOf('ClusterRole', 'holdfast-controller'), expected.toSorted())
  const inItsNamespace = [
    'create coordination.k8s.io/leases',
    'get coordination.k8s.io/leases holdfast-controller',
    'update coordination.k8s.io/leases holdfast-controller',
    'create secrets',
    'get secrets holdfast-certificates',
    'update secrets holdfast-certificates'
  ]
  test.strictSame(rightsOf('Role', 'holdfast-controller'), inItsNamespace.toSorted())
  test.end()
})

function webhooksOf(kind: string): readonly Webhook[] {
  const configurations = installed(kind) as readonly (Installed & { readonly webhooks: readonly Webhook[] })[]
  return configurations.flatMap(({ webhooks }) => webhooks)
}

/** Little of a Pod can change once it is made, so it is judged then. */
function callsFor({ group, version, kind, resource }: Kind): Call[] {
  const operations = kind === 'Pod' ? (['CREATE'] as const) : (['CREATE', 'UPDATE'] as const)
  return operations.map((operation) => ({ operation, group, version, resource }))
}

/** `CREATE v1 apps/deployments/scale`. */
function lineOf({ operation, version, ...rest }: Omit<Call, 'operation'> & { readonly operation: string }): string {
  return `${operation} ${version} ${groupResource(rest)}`
}

function linesOf(rules: readonly Rule[]): string[] {
  const lines = rules.flatMap(({ apiGroups, apiVersions, resources, operations }) => {
    const named = eachOf(apiGroups, resources, (group, resource) => ({ group, resource }))
    const versioned = eachOf(named, apiVersions, (one, version) => ({ ...one, version }))
    return eachOf(versioned, operations, (one, operation) => lineOf({ ...one, operation }))
  })
  return lines.toSorted()
}

function eachOf<A, B, C>(many: readonly A[], others: readonly B[], join: (one: A, other: B) => C): C[] {
  return many.flatMap((one) => others.map((other) => join(one, other)))
}

function requestFor({ operation, group, version, resource: path }: Call) {
  const [resource = '', subResource = ''] = path.split('/')
  return { uid: '1', operation, resource: { group, version, resource }, subResource, object: {}, oldObject: {} }
}

/** What the rules of a role allow, as lines: `patch policy/poddisruptionbudgets`, and the name where just that object is meant. */
function rightsOf(kind: 'ClusterRole' | 'Role', name: string): string[] {
  const roles = installed(kind) as readonly (Installed & { readonly rules: readonly Right[] })[]
  const rules = roles.filter(({ metadata }) => metadata.name === name).flatMap((role) => role.rules)
  const lines = rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) => {
    const named = eachOf(apiGroups, resources, (group, resource) => groupResource({ group, resource }))
    const objects = resourceNames === undefined ? named : eachOf(named, resourceNames, (one, own) => `${one} ${own}`)
    return eachOf(verbs, objects, (verb, one) => `${verb} ${one}`)
  })
  return lines.toSorted()
}

/** The rights that it takes to watch all kinds of some sources. */
function watching(watched: readonly Source[]): string[] {
  const resources = watched.flatMap((source) => sourceKinds[source].map((kind) => groupResource(kind)))
  return eachOf(['list', 'watch'], resources, (verb, resource) => `${verb} ${resource}`).toSorted()
}
