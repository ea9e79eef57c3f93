import { podsOwnedBy } from './cluster-workloads.ts'
import { bareDeployment, type Deployment, soundDeployment } from './cluster-objects.ts'

/** When an object of the population comes: before Holdfast, while its webhook serves, or while that is down. */
export type Moment = 'before' | 'served' | 'outage'

interface Placed {
  readonly namespace: string
  readonly moment: Moment
  readonly objects: readonly object[]
}

/** A namespace with how its ten workloads are kept. */
interface Space {
  readonly labels: Readonly<Record<string, string>>
  /** `bare`: poorly, but for what an injection mends. */
  readonly kept: keyof typeof workloads
  readonly moment: Moment
}

const enforced = { 'holdfast.dev/mode': 'enforce' }

/** Six namespaces of four teams, in all modes and profiles. */
export const spaces: Readonly<Record<string, Space>> = {
  shop: { labels: { ...enforced, team: 'retail' }, kept: 'well', moment: 'before' },
  stock: {
    labels: { ...enforced, 'holdfast.dev/inject': 'enabled', team: 'retail' },
    kept: 'bare',
    moment: 'served'
  },
  bank: {
    labels: { 'holdfast.dev/mode': 'warn', 'holdfast.dev/profile': 'critical', team: 'payments' },
    kept: 'well',
    moment: 'before'
  },
  media: { labels: { 'holdfast.dev/mode': 'warn', team: 'content' }, kept: 'poorly', moment: 'before' },
  lab: {
    labels: { 'holdfast.dev/mode': 'audit', 'holdfast.dev/profile': 'baseline', team: 'research' },
    kept: 'poorly',
    moment: 'before'
  },
  legacy: { labels: { team: 'payments' }, kept: 'poorly', moment: 'before' }
}

/** Sixty workloads of every kind, ten in each namespace, with budgets, autoscalers and Services around them. */
export function population(): readonly Placed[] {
  return Object.entries(spaces).flatMap(([namespace, { kept, moment }]) => {
    const [late, ...others] = workloads[kept]()
    if (late === undefined) return []
    const outage = namespace === 'shop'
    return [
      { namespace, moment, objects: others.flat() },
      { namespace, moment: outage ? 'outage' : moment, objects: outage ? [bareDeployment('cart')] : late }
    ] satisfies readonly Placed[]
  })
}

function budget(name: string, spec: object = { maxUnavailable: 1 }): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, unhealthyPodEvictionPolicy: 'AlwaysAllow', ...spec }
  }
}

function service(name: string): object {
  const spec = { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
}

function autoscaler(name: string, minReplicas: number): object {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name }
  const target = { type: 'Utilization', averageUtilization: 70 }
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }]
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef, minReplicas, maxReplicas: 9, metrics }
  }
}

function statefulSetOf({ metadata, spec: { replicas, selector, template } }: Deployment, more: object = {}): object {
  const spec = { replicas, selector, template, ...more }
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec }
}

function daemonSetOf({ metadata, spec: { selector, template } }: Deployment): object {
  const { topologySpreadConstraints: _spread, ...spec } = template.spec
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector, template: { ...template, spec } } }
}

function cronJob(name: string): object {
  const { template: usual } = bareDeployment(name).spec
  const template = { ...usual, spec: { ...usual.spec, restartPolicy: 'OnFailure' } }
  const jobTemplate = { spec: { template } }
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: { schedule: '0 3 * * *', jobTemplate } }
}

/** Each workload with what belongs to it. */
const workloads = { well: soundOnes, poorly: poorOnes, bare: bareOnes }

const names = ['web', 'search', 'price', 'mail', 'image', 'login']

function soundOnes(): readonly (readonly object[])[] {
  const web = (name: string): readonly object[] => [soundDeployment(name), budget(name), service(name)]
  return [
    web('cart'),
    ...names.map(web),
    [statefulSetOf(soundDeployment('db')), budget('db')],
    [daemonSetOf(soundDeployment('agent'))],
    [cronJob('report')]
  ]
}

function poorOnes(): readonly (readonly object[])[] {
  const queue = bareDeployment('queue')
  const annotations = {
    'holdfast.dev/exempt.readiness-probe': 'it reads from a queue, and nobody calls it',
    'holdfast.dev/exempt-until': '2099-12-31'
  }
  const latest = {
    ...soundDeployment('front').spec.template.spec.containers[0],
    image: 'registry.example/front:latest'
  }
  const single = bareDeployment('single')
  return [
    [bareDeployment('bare'), service('bare')],
    [bareDeployment('front', latest), budget('front', { maxUnavailable: 0 }), service('front')],
    [{ ...single, spec: { ...single.spec, replicas: 1 } }],
    [bareDeployment('scaled'), autoscaler('scaled', 1)],
    [{ ...queue, metadata: { ...queue.metadata, annotations } }],
    [statefulSetOf(bareDeployment('db'), { updateStrategy: { type: 'OnDelete' } }), budget('db', { minAvailable: 2 })],
    [statefulSetOf(soundDeployment('cache')), budget('cache')],
    [daemonSetOf(bareDeployment('agent'))],
    [cronJob('report')],
    [podsOwnedBy('Pod', 'shell', 1)]
  ]
}

function bareOnes(): readonly (readonly object[])[] {
  return [
    ...names.map((name) => [bareDeployment(name), service(name)]),
    [statefulSetOf(soundDeployment('db')), budget('db')],
    [daemonSetOf(bareDeployment('agent'))],
    [cronJob('report')],
    [podsOwnedBy('Pod', 'shell', 1)]
  ]
}
