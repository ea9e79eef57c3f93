import * as fc from 'fast-check'
import { profileNames } from '../../src/engine/api.ts'
import type { Override } from '../../src/engine/ruleset.ts'
import type { ExistingBudget } from '../../src/inventory/facts/budgets.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { known, unknown } from '../../src/inventory/fact.ts'
import { type Claim, parseClaim } from '../../src/kube/claim.ts'
import { parseLimitRange } from '../../src/kube/limit-range.ts'
import { parseQuota } from '../../src/kube/quota.ts'
import { parseVerticalAutoscaler } from '../../src/kube/vertical-autoscaler.ts'
import type { Volume } from '../../src/kube/volume.ts'
import type { WorkloadKind } from '../../src/kube/workload.ts'
import { autoscalerOf, factsOf, neighboursOf, nodesOf } from '../support/facts.ts'
import { injectedKey, type Json, type JsonMap, type Setting } from '../support/workloads.ts'
import { gracePlace, labels, often, podSpec, selector } from './generated-pod.ts'

const { constantFrom, constant, oneof, record, array, tuple } = fc

const amount = constantFrom<Json>(0, 1, 2, '0%', '25%', '50%', '100%', 'half')
const strategy = record(
  {
    type: constantFrom('RollingUpdate', 'RollingUpdate', 'Recreate', 'OnDelete'),
    rollingUpdate: record(
      { maxSurge: amount, maxUnavailable: amount, partition: constantFrom(0, 1, 3) },
      { requiredKeys: [] }
    )
  },
  { requiredKeys: [] }
)

const entry = record(
  {
    policy: constantFrom(
      'readiness-probe',
      'pre-stop-sleep',
      'termination-budget',
      'topology-spread',
      'fast-failover',
      'nobody'
    ),
    at: constantFrom(
      'containers[name=web].readinessProbe',
      'containers[name=web].lifecycle.preStop',
      gracePlace,
      'topologySpreadConstraints',
      'tolerations',
      'hostNetwork',
      '__proto__',
      'containers[0].image'
    ),
    value: constantFrom<Json>(
      {},
      30,
      600,
      true,
      [],
      { exec: { command: ['true'] } },
      { tcpSocket: { port: 8080 } },
      'a:1'
    ),
    instead: constantFrom(30, 0),
    manifest: constantFrom('811c9dc5', '')
  },
  { requiredKeys: ['policy', 'at', 'value', 'instead'] }
)
const hostile = oneof<fc.Arbitrary<JsonMap>[]>(
  array(entry, { maxLength: 3 }).map((entries) => ({ [injectedKey]: JSON.stringify(entries) })),
  constantFrom<JsonMap>({ [injectedKey]: 'no record' }, { [injectedKey]: '[null]' }, { ['__proto__']: 'x' }),
  constantFrom<JsonMap>({ 'holdfast.dev/exempt.readiness-probe': 'for a reason' }, { 'holdfast.dev/exempt.': 'x' }),
  constantFrom<JsonMap>({ 'holdfast.dev/quorum': 'true' }, { 'holdfast.dev/quorum': '4' }),
  constantFrom<JsonMap>({ 'holdfast.dev/inject': 'disabled' }, { 'holdfast.dev/exempt-until': '2026-02-30' })
)
export const annotations: fc.Arbitrary<JsonMap> = oneof<fc.Arbitrary<JsonMap>[]>(
  constant({}),
  constant({ note: 'a' }),
  hostile
)

/** What shows who wrote the grace period. */
export type Evidence = 'none' | 'says it was written' | 'says nobody wrote it'

function placed(at: readonly string[], value: Json): JsonMap {
  const [first = '', ...rest] = at
  return { [first]: rest.length === 0 ? value : placed(rest, value) }
}

function evidenceOf(
  evidence: Evidence,
  byApply: boolean,
  at: readonly string[]
): { annotations?: JsonMap; managedFields?: Json } {
  if (evidence === 'none') return {}
  const path = [...at, 'spec', gracePlace]
  const written = evidence === 'says it was written'
  if (byApply) {
    const fieldsV1 = written
      ? placed(
          path.map((token) => `f:${token}`),
          {}
        )
      : { 'f:spec': {} }
    return { managedFields: [{ manager: 'kubectl', operation: 'Apply', fieldsV1 }] }
  }
  const text = JSON.stringify(written ? placed(path, 30) : { spec: {} })
  const managedFields = [{ manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1: { 'f:spec': {} } }]
  return { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text }, managedFields }
}

export interface Generated {
  kind: WorkloadKind
  resource: string
  /** Where its pod template lies. */
  at: readonly string[]
  evidence: Evidence
  object: JsonMap
}

const inTemplate = ['spec', 'template']
const kinds: Readonly<Record<WorkloadKind, { resource: string; at: readonly string[] }>> = {
  Deployment: { resource: 'apps/deployments', at: inTemplate },
  StatefulSet: { resource: 'apps/statefulsets', at: inTemplate },
  DaemonSet: { resource: 'apps/daemonsets', at: inTemplate },
  ReplicaSet: { resource: 'apps/replicasets', at: inTemplate },
  Job: { resource: 'batch/jobs', at: inTemplate },
  CronJob: { resource: 'batch/cronjobs', at: ['spec', 'jobTemplate', 'spec', 'template'] },
  Pod: { resource: 'pods', at: [] }
}

const template = record(
  { metadata: often<JsonMap>(record({ labels }), constant({})), spec: often(podSpec, constant({})) },
  { requiredKeys: ['metadata', 'spec'] }
)

interface Raw {
  annotations: JsonMap
  template: JsonMap
  evidence: Evidence
  byApply: boolean
  replicas: number
  selector: JsonMap | null
  strategy: JsonMap
}

function bodyOf(kind: WorkloadKind, raw: Raw): JsonMap {
  if (kind === 'Pod') return {}
  if (kind === 'CronJob') return { spec: { schedule: '@daily', jobTemplate: { spec: { template: raw.template } } } }
  if (kind === 'Job') return { spec: { template: raw.template } }
  const rolled = kind === 'ReplicaSet' ? {} : { [kind === 'Deployment' ? 'strategy' : 'updateStrategy']: raw.strategy }
  const replicas = kind === 'DaemonSet' ? {} : { replicas: raw.replicas }
  return { spec: { ...replicas, selector: raw.selector, template: raw.template, ...rolled } }
}

function assemble(kind: WorkloadKind, raw: Raw): Generated {
  const { resource, at } = kinds[kind]
  const { annotations: shown = {}, ...managed } = evidenceOf(raw.evidence, raw.byApply, at)
  const own = kind === 'Pod' ? raw.template : {}
  const metadata: JsonMap = {
    ...(own['metadata'] as JsonMap | undefined),
    name: 'web',
    annotations: { ...raw.annotations, ...shown },
    ...managed
  }
  return { kind, resource, at, evidence: raw.evidence, object: { ...own, ...bodyOf(kind, raw), kind, metadata } }
}

const raw = record<Raw>({
  annotations,
  template,
  evidence: constantFrom<Evidence[]>('none', 'says it was written', 'says nobody wrote it', 'says nobody wrote it'),
  byApply: fc.boolean(),
  replicas: constantFrom(0, 1, 2, 3, 5),
  selector,
  strategy
})

const everyKind: readonly WorkloadKind[] = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
  'Pod'
]

export function workloadOf(...some: readonly WorkloadKind[]): fc.Arbitrary<Generated> {
  return tuple(constantFrom(...some), raw).map(([kind, parts]) => assemble(kind, parts))
}

/** A workload of any kind, most of them sane, and what the API server has filled in by the time it arrives left to chance. */
export const workload: fc.Arbitrary<Generated> = workloadOf('Deployment', 'Deployment', 'Deployment', ...everyKind)

const version = constantFrom<Facts['serverVersion'][]>(
  known({ major: 1, minor: 36 }),
  known({ major: 1, minor: 33 }),
  known({ major: 1, minor: 26 }),
  unknown('unread')
)
const autoscaler = constantFrom<Facts['autoscaler'][]>(
  known(null),
  known(autoscalerOf({ minReplicas: 1 })),
  unknown('unread')
)
const autoscalers = constantFrom<Facts['autoscalers'][]>(
  known([]),
  known([autoscalerOf({ measured: [{ resource: 'cpu', container: undefined }] })]),
  known([autoscalerOf({ measured: [{ resource: 'memory', container: 'web' }] }), autoscalerOf()]),
  unknown('unread')
)
const service = record({
  kind: constant('Service' as const),
  metadata: constant({ name: 'web' }),
  selector: constant({ app: 'web' }),
  headless: fc.boolean(),
  ports: array(
    record({
      name: constant(undefined),
      port: constant(80),
      targetPort: constantFrom<(number | string)[]>(8080, 9090, 80, 'http', 'nowhere'),
      protocol: constantFrom('TCP', 'TCP', 'UDP')
    }),
    { maxLength: 2 }
  ),
  staysOnNode: fc.boolean(),
  includesUnready: fc.boolean(),
  balanced: constantFrom(undefined, 'any-node' as const, 'nodes' as const, 'pods' as const),
  balancerClass: constant('')
})
const services = often<Facts['services']>(array(service, { maxLength: 2 }).map(known), constant(unknown('unread')))
const claimOf = (...accessModes: string[]) => new Map([['data', parseClaim({ spec: { accessModes } })]])
const claims = constantFrom<Facts['claims'][]>(
  known(claimOf('ReadWriteOnce')),
  known(claimOf('ReadWriteMany')),
  known(new Map<string, Claim>()),
  unknown('unread')
)
const volumesOf = (isOnOneNode: boolean) => new Map([['data', { isOnOneNode, isNetworkFileSystem: !isOnOneNode }]])
const volumes = constantFrom<Facts['volumes'][]>(
  known(new Map<string, Volume>()),
  known(volumesOf(true)),
  known(volumesOf(false)),
  unknown('unread')
)
const apiGroups = constantFrom<Facts['apiGroups'][]>(known(new Set(['apps', 'metrics.k8s.io'])), unknown('unread'))
const priorityClasses = constantFrom<Facts['priorityClasses'][]>(known(new Set(['high'])), unknown('unread'))
const quotaOf = (hard: object, scopes: readonly string[] = []) =>
  parseQuota({ metadata: { name: 'q' }, spec: { hard, scopes } })
const quotas = constantFrom<Facts['quotas'][]>(
  known([]),
  known([quotaOf({ 'requests.cpu': '1', 'limits.memory': '1Gi' })]),
  known([quotaOf({ cpu: '1' }, ['NotBestEffort']), quotaOf({ memory: '1Gi' }, ['NotTerminating'])]),
  unknown('unread')
)
const limitRangeOf = (limit: object) => {
  return parseLimitRange({ metadata: { name: 'l' }, spec: { limits: [{ type: 'Container', ...limit }] } })
}
const limitRanges = constantFrom<Facts['limitRanges'][]>(
  known([]),
  known([limitRangeOf({ default: { cpu: '1', memory: '64Mi' } })]),
  known([
    limitRangeOf({ min: { cpu: '2' }, max: { memory: '1Mi' } }),
    limitRangeOf({ type: 'Pod', max: { cpu: '1m' } })
  ]),
  unknown('unread')
)
const verticalOf = (updateMode: string) => parseVerticalAutoscaler({ spec: { updatePolicy: { updateMode } } })
const verticalAutoscalers = constantFrom<Facts['verticalAutoscalers'][]>(
  known([]),
  known([verticalOf('Off')]),
  known([verticalOf('Auto')]),
  unknown('unread')
)
const zone = (value: string) => ({
  labels: { 'kubernetes.io/hostname': value, 'topology.kubernetes.io/zone': value }
})
const nodes = constantFrom<Facts['nodes'][]>(
  nodesOf(zone('a'), zone('b'), { ...zone('c'), taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' }] }),
  nodesOf(zone('a')),
  nodesOf({ labels: { 'kubernetes.io/hostname': 'a' } }, { labels: { rack: '1' } }),
  nodesOf(),
  unknown('unread')
)
const neighbours = constantFrom<Facts['neighbours'][]>(neighboursOf(), neighboursOf({ app: 'api' }), unknown('unread'))

const ownLabels = { matchLabels: { app: 'web' } }
const own: ExistingBudget = { name: 'web', spec: { minAvailable: 2, selector: ownLabels }, companion: false }
const loose: ExistingBudget = { name: 'loose', spec: { maxUnavailable: '100%', selector: ownLabels }, companion: false }
const all: ExistingBudget = { name: 'all', spec: { maxUnavailable: 0, selector: {} }, companion: false }
const companionBudget: ExistingBudget = {
  name: 'kept',
  spec: { maxUnavailable: 1, selector: ownLabels },
  companion: true
}
const budgets = constantFrom<Facts['budgets'][]>(
  known([]),
  known([own]),
  known([loose]),
  known([own, all]),
  known([all, companionBudget]),
  unknown('unread')
)
const companion = constantFrom<Facts['companion'][]>(known(true), known(false), unknown('unread'))
const deploymentThere: ExistingWorkload = {
  group: 'apps',
  kind: 'Deployment',
  metadata: { name: 'web' },
  replicas: 2,
  podLabels: { app: 'web' },
  selector: ownLabels,
  containers: [],
  autoscaler: null
}
const statefulSetThere: ExistingWorkload = { ...deploymentThere, kind: 'StatefulSet', replicas: 3 }
const daemonSetThere: ExistingWorkload = { ...deploymentThere, kind: 'DaemonSet', replicas: undefined }
const workloads = constantFrom<Facts['workloads'][]>(
  known([]),
  known([deploymentThere]),
  known([{ ...deploymentThere, autoscaler: autoscalerOf({ minReplicas: 1 }) }, daemonSetThere]),
  known([daemonSetThere]),
  known([statefulSetThere]),
  unknown('unread')
)
const jobs = constantFrom<Facts['jobs'][]>(
  known([]),
  known([{ kind: 'CronJob', name: 'nightly', namespace: 'shop', podLabels: { app: 'web' } }]),
  unknown('unread')
)
const sleeps = constantFrom(undefined, 1, 20, 29, 40, 300)
/** Whatever the profile; undefined: as the profile has it. */
const failover = constantFrom<(Override | undefined)[]>(
  undefined,
  { severity: 'advised', parameters: { inject: 'on' } },
  { severity: 'required', parameters: { inject: 'on', seconds: 30 } },
  { severity: 'required' }
)

/** A profile, parameters, and what is known of the surroundings. */
export const setting: fc.Arbitrary<Setting> = record({
  profile: constantFrom('standard', 'standard', ...profileNames),
  seconds: sleeps,
  loadBalancerSeconds: constantFrom(0, 0, 15, 120),
  failover,
  inject: constantFrom('nodes-and-zones', 'nodes-and-zones', 'nodes', 'zones'),
  shutdownSeconds: constantFrom(0, 5, 5, 5, 40, 3600),
  facts: record({
    serverVersion: version,
    autoscaler,
    autoscalers,
    neighbours,
    nodes,
    claims,
    volumes,
    apiGroups,
    priorityClasses,
    quotas,
    limitRanges,
    verticalAutoscalers,
    services,
    budgets,
    companion,
    workloads,
    jobs
  }).map(factsOf)
}).map(({ profile, seconds, loadBalancerSeconds, failover: lost, inject, shutdownSeconds, facts }) => ({
  profile,
  facts,
  overrides: {
    policies: new Map<string, Override>([
      ['topology-spread', { parameters: { inject } }],
      ['pre-stop-sleep', { parameters: { loadBalancerSeconds, ...(seconds !== undefined && { seconds }) } }],
      ...(lost === undefined ? [] : ([['fast-failover', lost]] as const))
    ]),
    common: { shutdownSeconds }
  }
}))
