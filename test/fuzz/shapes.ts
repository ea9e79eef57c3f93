import { type KindName, kinds } from '../../src/kube/kinds.ts'
import type { Json, JsonMap } from '../support/workloads.ts'

/** A review and its surroundings, made to be slow to judge. */
export interface Shape {
  kind: KindName
  object: JsonMap
  /** Where it is an UPDATE. */
  old?: JsonMap
  around?: readonly JsonMap[]
}

const labels = { app: 'web' }
export const matching = { matchLabels: labels }
const hostname = 'kubernetes.io/hostname'
const zone = 'topology.kubernetes.io/zone'

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

export function object(kind: KindName, name: string, rest: JsonMap, metadata: JsonMap = {}): JsonMap {
  const { group, version, namespaced } = kinds[kind]
  const apiVersion = group === '' ? version : `${group}/${version}`
  return { apiVersion, kind, metadata: { name, ...(namespaced && { namespace: 'shop' }), ...metadata }, ...rest }
}

interface Parts {
  containers?: readonly Json[]
  pod?: JsonMap
  spec?: JsonMap
  metadata?: JsonMap
  name?: string
}

export function deployment({ containers = web(1), pod, spec, metadata, name = 'web' }: Parts = {}): JsonMap {
  const template = { metadata: { labels }, spec: { containers, ...pod } }
  return object('Deployment', name, { spec: { replicas: 3, selector: matching, template, ...spec } }, metadata)
}

export function web(count: number, rest: (index: number) => JsonMap = () => ({})): JsonMap[] {
  return times(count, (index) => {
    const ports = [{ containerPort: 1000 + (index % 60_000), name: `p${index}` }]
    return { name: `c${index}`, image: 'a', ports, ...rest(index) }
  })
}

export function budget(name: string, selector: JsonMap = matching): JsonMap {
  return object('PodDisruptionBudget', name, { spec: { minAvailable: 3, selector } })
}

export function autoscaler(spec: JsonMap, name = 'web'): JsonMap {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  return object('HorizontalPodAutoscaler', name, { spec: { scaleTargetRef, maxReplicas: 5, ...spec } })
}

export function service(name: string, ports: number, targetPort: (index: number) => Json): JsonMap {
  const portOf = (index: number) => ({ name: `p${index}`, port: index + 1, targetPort: targetPort(index) })
  return object('Service', name, { spec: { clusterIP: '10.0.0.1', selector: labels, ports: times(ports, portOf) } })
}

function node(index: number, spec: JsonMap = {}): JsonMap {
  return object('Node', `n${index}`, { spec }, { labels: { [zone]: `z${index}`, [hostname]: `n${index}` } })
}

function notIn(count: number): JsonMap[] {
  return times(count, (index) => ({ key: `k${index}`, operator: 'NotIn', values: ['a'] }))
}

function spread(selector: JsonMap, rest: JsonMap = {}): JsonMap {
  const topologyKey = hostname
  return { maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: selector, ...rest }
}

/** In its own selector, and in that of a constraint. */
function selecting(selector: JsonMap): JsonMap {
  return deployment({ pod: { topologySpreadConstraints: [spread(selector)] }, spec: { selector } })
}

const hard = spread(matching, { topologyKey: zone, whenUnsatisfiable: 'DoNotSchedule', nodeTaintsPolicy: 'Honor' })

function antiAffinity(
  count: number,
  labelSelector: (index: number) => JsonMap = (index) => ({ matchLabels: { app: `x${index}` } })
): JsonMap {
  const terms = times(count, (index) => ({ topologyKey: hostname, labelSelector: labelSelector(index) }))
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } }
}

function nodeAffinity(count: number): JsonMap {
  const nodeSelectorTerms = times(count, (index) => ({
    matchExpressions: [{ key: `k${index}`, operator: 'In', values: ['a'] }]
  }))
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
}

function managedFields(count: number): JsonMap {
  const fields = Object.fromEntries(times(20, (index) => [`k:{"name":"c${index}"}`, { 'f:image': {} }]))
  const fieldsV1 = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': fields } } } }
  return { managedFields: times(count, (index) => ({ manager: `m${index}`, operation: 'Apply', fieldsV1 })) }
}

function appliedBy(manifest: JsonMap): JsonMap {
  return { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(manifest) } }
}

function sleeping(count: number): JsonMap[] {
  const command = ['sh', '-c', 'sleep 1; '.repeat(count)]
  return web(1, () => ({ lifecycle: { preStop: { exec: { command } } } }))
}

function sameLabels(count: number): JsonMap {
  return Object.fromEntries(times(count, (index) => [`l${index}`, 'a']))
}

/**
 * Shapes for collections that are compared with each other, each as large as it can do harm. `n` of 4 is some hundreds of kilobytes. Nodes
 * are not a tenant's to write, so their number stays. `derivedShapes` has every other collection.
 */
export const shapes: Readonly<Record<string, (n: number) => Shape>> = {
  'Services × ports × containers, by numbers that nobody has': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(100 * n) }),
    around: times(20, (index) => service(`s${index}`, 20 * n, (port) => 70_000 + port))
  }),
  'Services × ports × containers, by names': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(100 * n) }),
    around: times(20, (index) => service(`s${index}`, 20 * n, (port) => `p${port}`))
  }),
  'metrics × containers': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(300 * n) }),
    around: [
      autoscaler({
        metrics: times(100 * n, (index) => {
          const target = { type: 'Utilization', averageUtilization: 50 }
          return { type: 'ContainerResource', containerResource: { name: 'cpu', container: `x${index}`, target } }
        })
      })
    ]
  }),
  'an autoscaler without metrics, and containers': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(600 * n) }),
    around: [autoscaler({})]
  }),
  'an autoscaler is judged whose target has many containers': (n) => ({
    kind: 'HorizontalPodAutoscaler',
    object: autoscaler({ metrics: [] }),
    around: [deployment({ containers: web(600 * n) })]
  }),
  'expressions of a budget, reversed': (n) => ({
    kind: 'PodDisruptionBudget',
    object: budget('web', { matchExpressions: notIn(800 * n) }),
    old: budget('web', { matchExpressions: notIn(800 * n).toReversed() }),
    around: times(3, (index) => deployment({ name: `w${index}` }))
  }),
  'expressions of selectors of a workload, reversed': (n) => ({
    kind: 'Deployment',
    object: selecting({ matchExpressions: notIn(800 * n) }),
    old: selecting({ matchExpressions: notIn(800 * n).toReversed() })
  }),
  'values of an expression × workloads': (n) => ({
    kind: 'PodDisruptionBudget',
    object: budget('web', {
      matchExpressions: [{ key: 'app', operator: 'In', values: times(5000 * n, (index) => `v${index}`) }]
    }),
    around: times(100 * n, (index) => deployment({ name: `w${index}` }))
  }),
  'labels of a selector × budgets': (n) => ({
    kind: 'Deployment',
    object: deployment({
      spec: { template: { metadata: { labels: sameLabels(1000 * n) }, spec: { containers: web(1) } } }
    }),
    around: times(50 * n, (index) => budget(`b${index}`, { matchLabels: sameLabels(20) }))
  }),
  'anti-affinity terms × Deployments': (n) => ({
    kind: 'Deployment',
    object: deployment({ pod: { affinity: antiAffinity(1000 * n) } }),
    around: times(40 * n, (index) => deployment({ name: `w${index}` }))
  }),
  'anti-affinity terms for more own pods than there are nodes': (n) => ({
    kind: 'Deployment',
    object: deployment({
      pod: {
        affinity: antiAffinity(2000 * n, (index) => ({
          matchExpressions: [{ key: 'app', operator: 'NotIn', values: [`x${index}`] }]
        }))
      }
    }),
    around: times(2, (index) => node(index))
  }),
  'budgets × a long last-applied configuration': (n) => ({
    kind: 'Deployment',
    object: deployment({ metadata: appliedBy(deployment({ containers: web(200 * n) })) }),
    around: times(250 * n, (index) => budget(`b${index}`))
  }),
  'budgets × workloads, a budget is judged': (n) => ({
    kind: 'PodDisruptionBudget',
    object: budget('web'),
    around: [
      ...times(50 * n, (index) => deployment({ name: `w${index}` })),
      ...times(50 * n, (index) => budget(`b${index}`))
    ]
  }),
  'containers that a denial and a repair name each': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(250 * n, (index) => ({ name: `${'a'.repeat(200)}${index}` })) }),
    around: [service('web', 1, () => 1000)]
  }),
  'ScaledObjects × HorizontalPodAutoscalers of one workload': (n) => ({
    kind: 'Deployment',
    object: deployment(),
    around: times(500 * n, (index) => [
      autoscaler({}, `a${index}`),
      object('ScaledObject', `s${index}`, { spec: { scaleTargetRef: { name: 'web' }, maxReplicaCount: 5 } })
    ]).flat()
  }),
  'spread constraints': (n) => ({
    kind: 'Deployment',
    object: deployment({
      pod: {
        topologySpreadConstraints: times(1000 * n, (index) =>
          spread(matching, { topologyKey: `k${index}`, whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['a'] })
        )
      }
    })
  }),
  'spread constraints × nodes': (n) => ({
    kind: 'Deployment',
    object: deployment({ pod: { topologySpreadConstraints: times(50 * n, () => hard) } }),
    around: times(200, (index) => node(index))
  }),
  'node selector terms × nodes': (n) => ({
    kind: 'Deployment',
    object: deployment({ pod: { topologySpreadConstraints: [hard], affinity: nodeAffinity(500 * n) } }),
    around: times(200, (index) => node(index))
  }),
  'tolerations × nodes': (n) => ({
    kind: 'Deployment',
    object: deployment({
      pod: {
        topologySpreadConstraints: [hard],
        tolerations: times(500 * n, (index) => ({ key: `k${index}`, operator: 'Exists' }))
      }
    }),
    around: times(200, (index) => node(index, { taints: [{ key: 't', effect: 'NoSchedule' }] }))
  }),
  'containers, each of them new': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(300 * n, () => ({ image: 'b' })) }),
    old: deployment({ containers: web(300 * n) })
  }),
  'containers, reversed': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(300 * n).toReversed() }),
    old: deployment({ containers: web(300 * n) })
  }),
  'containers of one name': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(300 * n, () => ({ name: 'web' })) })
  }),
  'ports of one container': (n) => ({
    kind: 'Deployment',
    object: deployment({
      containers: web(1, () => ({
        ports: times(1000 * n, (index) => ({ containerPort: index, hostPort: index, name: `p${index}` }))
      }))
    })
  }),
  'probes by names of ports': (n) => ({
    kind: 'Deployment',
    object: deployment({
      containers: web(200 * n, (index) => ({ readinessProbe: { httpGet: { port: `p${index}` } } }))
    })
  }),
  exemptions: (n) => ({
    kind: 'Deployment',
    object: deployment({
      metadata: {
        annotations: Object.fromEntries(times(2000 * n, (index) => [`holdfast.dev/exempt.p${index}`, 'x']))
      }
    })
  }),
  'the script of a hook': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: sleeping(10_000 * n) })
  }),
  'managed fields × containers': (n) => ({
    kind: 'Deployment',
    object: deployment({ containers: web(50 * n), metadata: managedFields(100 * n) })
  }),
  owners: (n) => ({
    kind: 'Deployment',
    object: deployment({
      metadata: { ownerReferences: times(2000 * n, (index) => ({ apiVersion: 'a/v1', kind: 'A', name: `o${index}` })) }
    })
  })
}
