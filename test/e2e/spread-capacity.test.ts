import tap, { type Test } from 'tap'
import { evaluate } from '../../src/engine/evaluate.ts'
import { rolloutCanFinish } from '../../src/policies/rollout-can-finish.ts'
import { type Beside, shortagesOf } from '../../src/kube/spread-capacity.ts'
import { type Topology, whyIdle } from '../../src/kube/idle-spread.ts'
import { type Node, parseNode } from '../../src/kube/node.ts'
import { spreadings } from '../../src/kube/spread.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { leavesDrainedNode } from '../../src/policies/leaves-drained-node.ts'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { bareDeployment } from '../support/cluster-objects.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { waitFor } from '../support/cluster-wait.ts'
import { factsOf, nodesOf, nothingKnown } from '../support/facts.ts'
import { valueOf } from '../support/inventory.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import { type JsonMap, rulesetOf } from '../support/workloads.ts'
import type { Status } from './harms/place.ts'

const namespace = 'room'
const hostname = 'kubernetes.io/hostname'
const zone = 'topology.kubernetes.io/zone'
const region = 'topology.kubernetes.io/region'
const replicas = 5
const none = { reasons: new Map<string, string>(), remarks: [] }

interface Pods {
  items: readonly { status: { conditions?: readonly { type: string; status: string; reason?: string }[] } }[]
}

/** A hard constraint over the pods of the Deployment of this name, or as given. */
function hard(name: string, topologyKey: string, more: object = {}): object {
  const labelSelector = { matchLabels: { app: name } }
  return { maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector, ...more }
}

function over(...constraints: readonly object[]): object {
  return { topologySpreadConstraints: constraints }
}

function apart(name: string, topologyKey: string): object {
  const required = [{ topologyKey, labelSelector: { matchLabels: { app: name } } }]
  return { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } }
}

const ssd = { nodeSelector: { disk: 'ssd' } }
const tolerant = { tolerations: [{ key: 'gpu', operator: 'Exists' }] }
/** Pods specs by the name of their Deployment. Three nodes in three zones, a fourth with a taint, two with a label of their own. */
const cases: Readonly<Record<string, (name: string) => object>> = {
  zones: (name) => over(hard(name, zone)),
  'no-such-label': (name) => over(hard(name, 'example.com/rack')),
  'retired-label': (name) => over(hard(name, 'failure-domain.beta.kubernetes.io/zone')),
  'few-domains': (name) => over(hard(name, zone, { minDomains: 4 })),
  'few-domains-skewed': (name) => over(hard(name, zone, { minDomains: 4, maxSkew: 2 })),
  'tainted-node': (name) => over(hard(name, hostname)),
  'tainted-node-honored': (name) => over(hard(name, hostname, { nodeTaintsPolicy: 'Honor' })),
  'tainted-node-tolerated': (name) => ({ ...over(hard(name, hostname)), ...tolerant }),
  selected: (name) => ({ ...over(hard(name, hostname)), ...ssd }),
  'selected-and-ignored': (name) => ({ ...over(hard(name, hostname, { nodeAffinityPolicy: 'Ignore' })), ...ssd }),
  'two-labels': (name) => over(hard(name, 'disk'), hard(name, hostname)),
  'counts-others': (name) => over(hard(name, hostname, { labelSelector: { matchLabels: { app: 'other' } } })),
  apart: (name) => apart(name, hostname),
  'apart-by-zone': (name) => apart(name, zone),
  'apart-by-few': (name) => apart(name, 'disk')
}

const besideCache = [{ topologyKey: hostname, labelSelector: { matchLabels: { app: 'cache' } } }]

/** With required affinity to the pods of a cache, which run on two nodes. */
function withCache(pod: object): object {
  const { affinity = {} } = pod as { affinity?: object }
  const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: besideCache }
  return { ...pod, affinity: { ...affinity, podAffinity } }
}

/** Pods that run only where a pod of the cache does, by the name of their Deployment. */
const besides: Readonly<Record<string, (name: string) => object>> = {
  'apart-beside': (name) => withCache(apart(name, hostname)),
  'apart-by-zone-beside': (name) => withCache(apart(name, zone)),
  'nodes-beside': (name) => withCache(over(hard(name, hostname))),
  'skewed-zones-beside': (name) => withCache(over(hard(name, zone, { maxSkew: 2 }))),
  'few-nodes-beside': (name) => ({ ...withCache(over(hard(name, hostname))), ...ssd })
}

/** A soft constraint over the pods of the Deployment of this name. */
function soft(name: string, topologyKey: string, maxSkew = 1): object {
  return hard(name, topologyKey, { maxSkew, whenUnsatisfiable: 'ScheduleAnyway' })
}

function preferApart(name: string, topologyKey: string): object {
  const podAffinityTerm = { topologyKey, labelSelector: { matchLabels: { app: name } } }
  return { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] } }
}

interface Drawn {
  pod: object
  /** Whether it keeps the pods from sharing a node. */
  spreads: boolean
}

const rack = 'example.com/rack'
/** A label that every node has, of two values: what a cluster may have for a zone, by `extraKeys`. */
const aisle = 'example.com/aisle'
/** Pods that are drawn to the first node, by the name of their Deployment. What spreads them keeps them from all going there. */
const drawn: Readonly<Record<string, (name: string) => Drawn>> = {
  'over-nodes': (name) => ({ pod: over(soft(name, hostname)), spreads: true }),
  'over-zones': (name) => ({ pod: over(soft(name, zone)), spreads: true }),
  'apart-softly': (name) => ({ pod: { affinity: preferApart(name, hostname) }, spreads: true }),
  'over-aisles': (name) => ({ pod: over(soft(name, aisle)), spreads: true }),
  'over-no-racks': (name) => ({ pod: over(soft(name, rack)), spreads: false }),
  'over-nodes-and-no-racks': (name) => ({ pod: over(soft(name, hostname), soft(name, rack)), spreads: false }),
  'over-one-region': (name) => ({ pod: over(soft(name, region)), spreads: false }),
  'hard-over-one-region': (name) => ({ pod: over(hard(name, region)), spreads: false }),
  'softly-skewed': (name) => ({ pod: over(soft(name, hostname, replicas)), spreads: false }),
  'hard-and-skewed': (name) => ({ pod: over(hard(name, zone, { maxSkew: replicas })), spreads: false }),
  'apart-softly-by-no-racks': (name) => ({ pod: { affinity: preferApart(name, rack) }, spreads: false }),
  'apart-by-no-racks': (name) => ({ pod: apart(name, rack), spreads: false })
}

interface Stuck {
  kind: 'Deployment' | 'DaemonSet'
  pod: object
  container?: { ports: { containerPort: number; hostPort: number }[] }
  spec: object
  /** How many pods it has. */
  pods: number
  /** What `rollout-can-finish` says to write. */
  fix: object
}

const onHostPort = { ports: [{ containerPort: 80, hostPort: 80 }] }
const stopOneFirst = { strategy: { rollingUpdate: { maxUnavailable: 1 } } }

/** Rollouts that wait for ever, by name. Three of the four nodes have no taint, and two of these have the label. */
const stuck: Readonly<Record<string, Stuck>> = {
  'port-surge': {
    kind: 'DaemonSet',
    pod: ssd,
    container: onHostPort,
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
    pods: 2,
    fix: { updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }
  },
  'apart-surge': {
    kind: 'Deployment',
    pod: apart('apart-surge', hostname),
    spec: { replicas: 3 },
    pods: 3,
    fix: stopOneFirst
  },
  'port-of-one-node': {
    kind: 'Deployment',
    pod: { nodeSelector: { [hostname]: 'node-3' } },
    container: onHostPort,
    spec: { replicas: 1 },
    pods: 1,
    fix: { strategy: { type: 'Recreate', rollingUpdate: null } }
  },
  'port-of-all-nodes': {
    kind: 'Deployment',
    pod: ssd,
    container: onHostPort,
    spec: { replicas: 2 },
    pods: 2,
    fix: stopOneFirst
  },
  'too-few-domains': {
    kind: 'Deployment',
    pod: { ...over(hard('too-few-domains', hostname, { minDomains: 3 })), ...ssd },
    spec: { replicas: 2 },
    pods: 2,
    fix: stopOneFirst
  }
}

const cordonTaint = 'node.kubernetes.io/unschedulable'
/** Tolerations of pods that only a cordoned node could take, by the name of their Deployment. */
const tolerating: Readonly<Record<string, readonly object[]>> = {
  'tolerates-everything': [{ operator: 'Exists' }],
  'tolerates-no-schedule': [{ operator: 'Exists', effect: 'NoSchedule' }],
  'tolerates-cordons': [{ key: cordonTaint, operator: 'Exists' }],
  'tolerates-cordons-by-value': [{ key: cordonTaint, effect: 'NoSchedule' }],
  'tolerates-evictions': [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
  'tolerates-preferences': [{ operator: 'Exists', effect: 'PreferNoSchedule' }],
  'tolerates-gpus': [{ key: 'gpu', operator: 'Exists' }]
}

const controlPlane = await openControlPlane(tap, { kwok: true })
if (controlPlane !== undefined) {
  const api = openApi(controlPlane)
  tap.teardown(() => api.close())
  const [first = '', second = ''] = await createNodes(controlPlane, 4)
  const user = await userIn(controlPlane, namespace, {})
  await user.must(['taint', 'node', 'node-4', 'gpu=yes:NoSchedule'])
  await user.must(['label', 'node', first, second, 'disk=ssd'])
  await user.must(['label', 'node', first, 'node-3', `${aisle}=one`])
  await user.must(['label', 'node', second, 'node-4', `${aisle}=two`])
  await untilReady(api)
  const nodes = await nodesIn(api)
  for (const [name, pod] of Object.entries(cases)) {
    await tap.test(name, (t) => checkCase(t, { api, user, nodes }, name, pod(name)))
  }
  await tap.test('pods that run beside the two of a cache', async (test) => {
    const cache = bareDeployment('cache', {}, { ...apart('cache', hostname), ...ssd })
    await user.create({ ...cache, spec: { ...cache.spec, replicas: 2 } })
    await untilScheduled(api, 'cache', 2)
    for (const [name, pod] of Object.entries(besides)) {
      await test.test(name, (t) => checkCase(t, { api, user, nodes }, name, pod(name), { key: hostname, most: 2 }))
    }
  })
  for (const [name, toPod] of Object.entries(drawn)) {
    const { pod, spreads } = toPod(name)
    await tap.test(`${name}: all pods ${spreads ? 'do not ' : ''}share a node`, async (t) => {
      await checkDrawn(t, { api, user, nodes }, { name, pod: drawnTo(first, pod), spreads })
    })
  }
  for (const [name, one] of Object.entries(stuck)) {
    await tap.test(name, (t) => checkStuck(t, { api, user, nodes }, name, one))
  }
  await tap.test('a cordoned node takes the pods that return to a drained one', async (test) => {
    await user.must(['cordon', first])
    for (const [name, tolerations] of Object.entries(tolerating)) {
      const pod = { nodeSelector: { [hostname]: first }, tolerations }
      await test.test(name, (t) => checkCordoned(t, { api, user, nodes }, name, pod))
    }
  })
}

async function nodesIn(api: ClusterApi): Promise<readonly Node[]> {
  const { items } = (await api.must('GET', '/api/v1/nodes')) as { items: readonly unknown[] }
  return items.map((item) => parseNode(item))
}

/** Until kwok has taken them over they are tainted. */
async function untilReady(api: ClusterApi): Promise<void> {
  await waitFor({ what: 'the nodes to be ready', seconds: 60 }, async () => {
    const nodes = await nodesIn(api)
    const taints = nodes.flatMap((node) => node.taints).filter(({ key }) => key !== 'gpu')
    return taints.length === 0 ? true : undefined
  })
}

/**
 * Node affinity to one node. It weighs more than the scheduler's default constraints, which pods without their own have, and less than a
 * constraint or anti-affinity that they have themselves.
 */
function drawnTo(node: string, pod: object): object {
  const preferred = [preferring(15, { operator: 'Exists' }), preferring(85, { operator: 'In', values: [node] })]
  const { affinity = {} } = pod as { affinity?: object }
  const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: preferred }
  return { ...pod, affinity: { ...affinity, nodeAffinity } }
}

function preferring(weight: number, expression: object): object {
  return { weight, preference: { matchExpressions: [{ key: hostname, ...expression }] } }
}

/** How many of the pods the scheduler has found a place for, once it has tried all of them. */
async function scheduled(api: ClusterApi, name: string): Promise<number> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`
  return waitFor({ what: `the pods of ${name} to be tried`, seconds: 60, everyMilliseconds: 200 }, async () => {
    const { items } = (await api.must('GET', path)) as Pods
    const tries = items.map(({ status }) => status.conditions?.find(({ type }) => type === 'PodScheduled'))
    const tried = tries.filter((one) => one?.status === 'True' || one?.reason === 'Unschedulable')
    if (tried.length < replicas) return undefined
    return tries.filter((one) => one?.status === 'True').length
  })
}

async function untilScheduled(api: ClusterApi, name: string, count: number): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`
  await waitFor({ what: `${count} pods of ${name} to be scheduled`, seconds: 60 }, async () => {
    const { items } = (await api.must('GET', path)) as Pods
    const placed = items.filter(({ status }) => status.conditions?.some(isScheduled))
    return placed.length === count ? true : undefined
  })
}

interface Cluster {
  api: ClusterApi
  user: NamespaceUser
  nodes: readonly Node[]
}

async function checkCase(
  t: Test,
  { api, user, nodes }: Cluster,
  name: string,
  pod: object,
  beside?: Beside
): Promise<void> {
  const bare = bareDeployment(name, {}, pod)
  const object = { ...bare, spec: { ...bare.spec, replicas } }
  const shortages = shortagesOf(parseWorkload('Deployment', structuredClone(object)), nodes, beside)
  const room = Math.min(replicas, ...shortages.map((shortage) => shortage.room))
  await user.create(object)
  t.equal(await scheduled(api, name), room, `${room} of ${replicas} pods have a place`)
  await user.must(['delete', 'deployment', name])
}

interface Rolled {
  metadata: { generation: number }
  status: Status
}

/** Its new pod finds no place, and every old one stays, until the fix is written. */
async function checkStuck(t: Test, { api, user, nodes }: Cluster, name: string, one: Stuck): Promise<void> {
  const bare = bareDeployment(name, one.container, one.pod)
  const { selector, template } = bare.spec
  const object = { ...bare, kind: one.kind, spec: { selector, template, ...one.spec } }
  const foreseen = (written: object): number => {
    const subject = subjectFrom(structuredClone(written) as unknown as JsonMap)
    const facts = factsOf({ nodes: nodesOf(...nodes) })
    const ruleset = rulesetOf({ policies: [rolloutCanFinish] })
    return evaluate(subject, { facts, ruleset, exemptions: none }).findings.length
  }
  t.equal(foreseen(object), 1, 'as it is foreseen')
  t.equal(foreseen({ ...object, spec: { ...object.spec, ...one.fix } }), 0, 'and not of the fix')
  const path = `/apis/apps/v1/namespaces/${namespace}/${one.kind.toLowerCase()}s/${name}`
  await user.create(object)
  await waitFor({ what: `${name} to run`, seconds: 60 }, async () => isRolled((await api.must('GET', path)) as Rolled))
  const release = { spec: { template: { metadata: { annotations: { release: '2' } } } } }
  await user.must(['patch', one.kind, name, '--patch', JSON.stringify(release)])
  const pods = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`
  const waiting = await waitFor({ what: `a new pod of ${name} to be tried`, seconds: 60 }, async () => {
    const { items } = (await api.must('GET', pods)) as Pods
    const scheduledNow = items.filter(({ status }) => status.conditions?.some(isScheduled))
    return items.length > scheduledNow.length ? { old: scheduledNow.length } : undefined
  })
  t.equal(waiting.old, one.pods, 'every old pod stays')
  t.notOk(isRolled((await api.must('GET', path)) as Rolled))
  await user.must(['patch', one.kind, name, '--patch', JSON.stringify({ spec: one.fix })])
  await waitFor({ what: `${name} to finish`, seconds: 60 }, async () =>
    isRolled((await api.must('GET', path)) as Rolled)
  )
  await user.must(['delete', one.kind, name])
}

function isScheduled({ type, status }: { type: string; status: string }): boolean {
  return type === 'PodScheduled' && status === 'True'
}

/** True once every pod is of the last release and available. */
function isRolled({ metadata: { generation }, status }: Rolled): true | undefined {
  const { observedGeneration = 0, replicas: all, desiredNumberScheduled = all ?? 0 } = status
  const { updatedReplicas = 0, updatedNumberScheduled = updatedReplicas } = status
  const { availableReplicas = 0, numberAvailable = availableReplicas } = status
  const isDone = desiredNumberScheduled > 0 && updatedNumberScheduled === desiredNumberScheduled
  return observedGeneration === generation && isDone && numberAvailable === desiredNumberScheduled ? true : undefined
}

async function checkCordoned(t: Test, { api, user }: Cluster, name: string, pod: object): Promise<void> {
  const bare = bareDeployment(name, {}, pod)
  const object = { ...bare, spec: { ...bare.spec, replicas } }
  const subject = parseWorkload('Deployment', structuredClone(object))
  const unused = { facts: nothingKnown, parameters: {}, recorded: () => undefined, amended: () => true }
  const returns = leavesDrainedNode.check({ subject, ...unused }).length > 0
  await user.create(object)
  t.equal(await scheduled(api, name), returns ? replicas : 0, `takes ${returns ? 'every pod' : 'none'}, as is said`)
  await user.must(['delete', 'deployment', name])
}

interface DrawnPods extends Drawn {
  name: string
}

async function checkDrawn(t: Test, { api, user, nodes }: Cluster, { name, pod, spreads }: DrawnPods): Promise<void> {
  const bare = bareDeployment(name, {}, pod)
  const object = { ...bare, spec: { ...bare.spec, replicas } }
  const workload = parseWorkload('Deployment', structuredClone(object))
  const surroundings = {
    podSpec: workload.podSpec,
    nodes: topologyOf(nodes),
    pods: replicas,
    growing: new Set<string>()
  }
  const idle = spreadings(workload).map((spreading) => whyIdle(spreading, surroundings) !== undefined)
  t.strictSame(new Set(idle), new Set([!spreads]), 'as it is foreseen')
  await user.create(object)
  t.equal(await scheduled(api, name), replicas)
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`
  const { items } = (await api.must('GET', path)) as { items: readonly { spec: { nodeName: string } }[] }
  const places = new Set(items.map(({ spec }) => spec.nodeName))
  t.equal(places.size > 1, spreads, [...places].join(', '))
  await user.must(['delete', 'deployment', name])
}

function topologyOf(all: readonly Node[]): Topology {
  return valueOf(nodesOf(...all))
}
