import t from 'tap'
import { type Autoscaler, isAutoscaler, parseAutoscaler } from '../../src/kube/autoscaler.ts'
import type { JsonMap } from '../support/workloads.ts'
import { messageOf } from './message-of.ts'

const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const hpa = (spec: unknown): Autoscaler => parseAutoscaler('HorizontalPodAutoscaler', { spec })
const scaled = (spec: unknown): Autoscaler => parseAutoscaler('ScaledObject', { spec })
const ofPods = (target: unknown, name = 'cpu'): JsonMap =>
  ({ type: 'Resource', resource: { name, target } }) as unknown as JsonMap
const half = { type: 'Utilization', averageUtilization: 50 }
const cpu = [{ resource: 'cpu', container: undefined }]

void t.test('a HorizontalPodAutoscaler as it arrives', (test) => {
  const raw = { metadata: { name: 'web' }, spec: { scaleTargetRef: web, minReplicas: 2, maxReplicas: 10 } }
  const parsed = parseAutoscaler('HorizontalPodAutoscaler', raw)
  test.strictSame(parsed, {
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    target: { group: 'apps', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    leastRunning: 2,
    pausedAt: undefined,
    maxReplicas: 10,
    takesOver: undefined,
    measured: cpu,
    metricTypes: ['Resource'],
    neverScalesUp: false,
    object: raw
  })
  test.equal(parsed.object, raw, 'it points at the object')
  test.equal(isAutoscaler(parsed), true)
  test.end()
})

void t.test('what is left out is as the API server has it', (test) => {
  test.equal(hpa({ maxReplicas: 3 }).minReplicas, 1)
  test.equal(hpa({ minReplicas: null, maxReplicas: 3 }).minReplicas, 1)
  test.equal(hpa({ minReplicas: 0, maxReplicas: 3 }).minReplicas, 0, 'none on purpose')
  test.strictSame(hpa({ metrics: [] }).measured, cpu, 'without metrics it measures cpu')
  test.strictSame(hpa({ metrics: null }).measured, cpu)
  test.strictSame(hpa({ scaleTargetRef: { ...web, apiVersion: null } }).target.group, '', 'the core group')
  test.strictSame(hpa({}).target, { group: '', kind: '', name: '' })
  test.end()
})

const measured = (...metrics: JsonMap[]) => hpa({ metrics }).measured

void t.test('what is measured against requests', (test) => {
  test.strictSame(measured(ofPods(half), ofPods(half, 'memory')), [
    ...cpu,
    { resource: 'memory', container: undefined }
  ])
  const ofContainer = { containerResource: { name: 'cpu', container: 'web', target: half } }
  test.strictSame(measured(ofContainer), [{ resource: 'cpu', container: 'web' }])
  test.strictSame(measured(ofPods({ type: 'AverageValue', averageValue: '500m' })), [])
  test.strictSame(measured(ofPods({ type: 'AverageValue', averageValue: 1 })), [], 'a quantity may be a number')
  test.strictSame(measured(ofPods({ type: 'Utilization', averageValue: '500m' })), [], 'whatever type it says')
  test.strictSame(measured(ofPods({ type: 'AverageValue', averageUtilization: 50 })), cpu, 'whatever type it says')
  test.strictSame(measured({ type: 'Pods', pods: { metric: { name: 'requests' } } }), [])
  test.strictSame(measured({ type: 'External', external: { metric: { name: 'queue' } } }), [])
  test.strictSame(measured({ resource: {} }), [], 'a resource without a name is refused by the API server')
  test.end()
})

void t.test('a ScaledObject as KEDA has it', (test) => {
  const parsed = scaled({ scaleTargetRef: { name: 'web' }, triggers: [{ type: 'cron' }] })
  test.strictSame(parsed.target, { group: 'apps', kind: 'Deployment', name: 'web' })
  test.strictSame([parsed.minReplicas, parsed.maxReplicas, parsed.measured], [0, 100, []])
  test.equal(parsed.kind, 'ScaledObject')
  test.equal(isAutoscaler(parsed), true)
  const other = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web' }
  test.strictSame(scaled({ scaleTargetRef: other }).target, { group: 'argoproj.io', kind: 'Rollout', name: 'web' })
  test.equal(scaled({ scaleTargetRef: { kind: 'StatefulSet', name: 'db' } }).target.group, 'apps')
  test.equal(scaled({ minReplicaCount: 2, idleReplicaCount: 0 }).minReplicas, 0, 'idle, it goes down to none')
  test.equal(scaled({ minReplicaCount: 2, idleReplicaCount: null }).minReplicas, 2)
  test.equal(scaled({}).leastRunning, 1, 'what it makes never goes below 1')
  test.equal(scaled({ minReplicaCount: 0 }).leastRunning, 1)
  test.equal(scaled({ minReplicaCount: 2, idleReplicaCount: 0 }).leastRunning, 2, 'busy, it keeps two')
  test.equal(hpa({ minReplicas: 0 }).leastRunning, 0)
  test.equal(scaled({ minReplicaCount: 3, maxReplicaCount: 2 }).maxReplicas, 2, 'a contradiction stays one')
  test.end()
})

const takesOver = (value: string, name: string | null = 'web-hpa') => {
  const annotations = { 'scaledobject.keda.sh/transfer-hpa-ownership': value }
  const spec = { advanced: { horizontalPodAutoscalerConfig: { name } } }
  return parseAutoscaler('ScaledObject', { metadata: { annotations }, spec }).takesOver
}

void t.test('a ScaledObject that takes over a HorizontalPodAutoscaler', (test) => {
  test.equal(takesOver('true'), 'web-hpa')
  test.equal(takesOver('false'), undefined)
  test.equal(takesOver('True'), undefined, 'KEDA reads true alone')
  test.equal(takesOver('true', null), undefined, 'it does not say which')
  test.equal(scaled({ advanced: { horizontalPodAutoscalerConfig: { name: 'web-hpa' } } }).takesOver, undefined)
  test.end()
})

const pauseAt = 'autoscaling.keda.sh/paused-replicas'
const pause = 'autoscaling.keda.sh/paused'
const pausedBy = (annotations: JsonMap) => {
  return parseAutoscaler('ScaledObject', { metadata: { annotations }, spec: { minReplicaCount: 2 } }).pausedAt
}
const paused = (value: string) => pausedBy({ [pauseAt]: value })

void t.test('a ScaledObject that is paused', (test) => {
  test.equal(paused('0'), 0)
  test.equal(paused('4'), 4)
  for (const value of ['', 'four', '-1', '1.5']) test.equal(paused(value), undefined, `not by ${JSON.stringify(value)}`)
  for (const value of ['true', 'True', '1', '', 'yes']) test.equal(pausedBy({ [pause]: value }), 'current', value)
  for (const value of ['false', 'F', '0']) test.equal(pausedBy({ [pause]: value }), undefined, value)
  test.equal(pausedBy({ [pause]: 'true', [pauseAt]: '4' }), 4, 'the number goes first')
  test.equal(pausedBy({ [pause]: 'true', [pauseAt]: 'four' }), undefined, 'and KEDA refuses what is none')
  test.equal(scaled({ minReplicaCount: 2 }).pausedAt, undefined)
  const annotations = { [pauseAt]: '4', [pause]: 'true' }
  test.equal(
    parseAutoscaler('HorizontalPodAutoscaler', { metadata: { annotations } }).pausedAt,
    undefined,
    'KEDA alone'
  )
  test.end()
})

const measuredBy = (...triggers: JsonMap[]) => scaled({ triggers }).measured

void t.test('what the triggers of a ScaledObject measure against requests', (test) => {
  test.strictSame(measuredBy({ type: 'cpu', metricType: 'Utilization', metadata: { value: '50' } }), cpu)
  test.strictSame(measuredBy({ type: 'cpu', metadata: { value: '50' } }), cpu, 'its type left out')
  test.strictSame(measuredBy({ type: 'cpu', metadata: { type: 'AverageValue', value: '1' } }), [], 'as it was before')
  test.strictSame(measuredBy({ type: 'memory', metricType: 'AverageValue' }), [])
  test.strictSame(measuredBy({ type: 'memory', metadata: { containerName: 'web' } }), [
    { resource: 'memory', container: 'web' }
  ])
  test.strictSame(measuredBy({ type: 'cpu', metadata: { containerName: '' } }), cpu)
  test.strictSame(measuredBy({ type: 'kafka', metricType: 'Utilization' }), [])
  test.strictSame(measuredBy({}), [])
  test.end()
})

const said = (raw: unknown) => messageOf(() => parseAutoscaler('HorizontalPodAutoscaler', raw))
const saidOfScaled = (raw: unknown) => messageOf(() => parseAutoscaler('ScaledObject', raw))

void t.test('what is no autoscaler is refused, by the field', (test) => {
  test.equal(said(null), 'the object: expected an object')
  test.equal(said({ spec: [] }), 'spec: expected an object')
  test.equal(said({ spec: { minReplicas: '2' } }), 'spec.minReplicas: expected an integer')
  test.equal(said({ spec: { maxReplicas: 2.5 } }), 'spec.maxReplicas: expected an integer')
  test.equal(said({ spec: { scaleTargetRef: { kind: 1 } } }), 'spec.scaleTargetRef.kind: expected a string')
  test.equal(said({ spec: { metrics: {} } }), 'spec.metrics: expected a list')
  test.equal(said({ spec: { metrics: [null] } }), 'spec.metrics[0]: expected an object')
  test.equal(
    said({ spec: { metrics: [{ resource: { name: [] } }] } }),
    'spec.metrics[0].resource.name: expected a string'
  )
  test.equal(saidOfScaled({ spec: { idleReplicaCount: true } }), 'spec.idleReplicaCount: expected an integer')
  test.equal(saidOfScaled({ spec: { triggers: 'cpu' } }), 'spec.triggers: expected a list')
  test.equal(
    saidOfScaled({ spec: { triggers: [{ metadata: { containerName: 1 } }] } }),
    'spec.triggers[0].metadata.containerName: expected a string'
  )
  test.equal(saidOfScaled({}), undefined, 'one without a spec is one that says nothing')
  test.equal(said(JSON.parse('{"spec": {"__proto__": {"minReplicas": "x"}}}')), undefined, 'a strange key is not read')
  test.end()
})

const behavior = (scaleUp: unknown) => ({ scaleUp, scaleDown: { selectPolicy: 'Disabled' } })
const byKeda = (given: unknown) => scaled({ advanced: { horizontalPodAutoscalerConfig: { behavior: given } } })

void t.test('an autoscaler whose behavior keeps it from adding replicas', (test) => {
  test.ok(hpa({ behavior: behavior({ selectPolicy: 'Disabled' }) }).neverScalesUp)
  test.notOk(hpa({ behavior: behavior({ selectPolicy: 'Max' }) }).neverScalesUp)
  test.notOk(hpa({ behavior: behavior(null) }).neverScalesUp, 'that it keeps replicas is another matter')
  test.ok(byKeda(behavior({ selectPolicy: 'Disabled' })).neverScalesUp)
  test.notOk(byKeda(undefined).neverScalesUp)
  test.end()
})
