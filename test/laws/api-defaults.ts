import { valueAt } from '../../src/kube/json.ts'
import { isObject, type JsonObject } from '../../src/kube/shape.ts'
import { copyOf } from '../support/workloads.ts'

type Defaults = Readonly<Record<string, unknown>>

function fill(target: unknown, defaults: Defaults): void {
  if (!isObject(target)) return
  for (const [key, value] of Object.entries(defaults)) target[key] ??= copyOf(value)
}

function items(root: unknown, ...place: readonly string[]): unknown[] {
  const list = valueAt(root, place)
  return Array.isArray(list) ? list : []
}

const rolling = { maxSurge: '25%', maxUnavailable: '25%' }

/** kubernetes pkg/apis/apps/v1/defaults.go, batch/v1, autoscaling/v2 and policy/v1, as far as objects of tests have the fields. */
const ofKinds: Readonly<Record<string, (object: JsonObject) => void>> = {
  Deployment: ({ spec }) => {
    fill(spec, { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
    const strategy = valueAt(spec, ['strategy'])
    fill(strategy, { type: 'RollingUpdate' })
    if (valueAt(strategy, ['type']) !== 'RollingUpdate') return
    fill(strategy, { rollingUpdate: {} })
    fill(valueAt(strategy, ['rollingUpdate']), rolling)
  },
  StatefulSet: ({ spec }) => {
    fill(spec, { replicas: 1, updateStrategy: {}, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady' })
    fill(spec, { persistentVolumeClaimRetentionPolicy: {} })
    fill(valueAt(spec, ['persistentVolumeClaimRetentionPolicy']), { whenDeleted: 'Retain', whenScaled: 'Retain' })
    const strategy = valueAt(spec, ['updateStrategy'])
    fill(strategy, { type: 'RollingUpdate' })
    if (valueAt(strategy, ['type']) !== 'RollingUpdate') return
    fill(strategy, { rollingUpdate: {} })
    fill(valueAt(strategy, ['rollingUpdate']), { partition: 0 })
  },
  DaemonSet: ({ spec }) => {
    fill(spec, { updateStrategy: {}, revisionHistoryLimit: 10 })
    const strategy = valueAt(spec, ['updateStrategy'])
    fill(strategy, { type: 'RollingUpdate' })
    if (valueAt(strategy, ['type']) !== 'RollingUpdate') return
    fill(strategy, { rollingUpdate: {} })
    fill(valueAt(strategy, ['rollingUpdate']), { maxUnavailable: 1, maxSurge: 0 })
  },
  ReplicaSet: ({ spec }) => fill(spec, { replicas: 1 }),
  Job: ({ spec }) => fill(spec, { backoffLimit: 6, completions: 1, parallelism: 1, suspend: false }),
  CronJob: ({ spec }) => {
    fill(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 })
    fill(valueAt(spec, ['jobTemplate', 'spec']), { backoffLimit: 6, completions: 1, parallelism: 1, suspend: false })
  },
  HorizontalPodAutoscaler: ({ spec }) => {
    const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }
    fill(spec, { minReplicas: 1, metrics: [cpu] })
  },
  Service: ({ spec }) => {
    fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' })
    for (const port of items(spec, 'ports')) {
      fill(port, { protocol: 'TCP' })
      fill(port, { targetPort: valueAt(port, ['port']) })
    }
  }
}

const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }

/** kubernetes pkg/apis/core/v1/defaults.go. */
function fillPod(spec: unknown): void {
  fill(spec, {
    terminationGracePeriodSeconds: 30,
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {}
  })
  for (const container of [...items(spec, 'containers'), ...items(spec, 'initContainers')]) {
    fill(container, { resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' })
    fill(container, { imagePullPolicy: 'IfNotPresent' })
    for (const port of items(container, 'ports')) fill(port, { protocol: 'TCP' })
    for (const kind of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
      const own = valueAt(container, [kind])
      fill(own, probe)
      fill(valueAt(own, ['httpGet']), { path: '/', scheme: 'HTTP' })
      fill(valueAt(own, ['grpc']), { service: '' })
    }
    for (const hook of ['preStop', 'postStart']) {
      fill(valueAt(container, ['lifecycle', hook, 'httpGet']), { path: '/', scheme: 'HTTP' })
    }
  }
}

/** A copy of an object as the API server shows it to webhooks: with defaults. `at` leads to the pod template of a workload. */
export function withDefaults(object: JsonObject, at?: readonly string[]): JsonObject {
  const copy = copyOf(object)
  ofKinds[String(copy['kind'])]?.(copy)
  if (at !== undefined) fillPod(valueAt(copy, [...at, 'spec']))
  return copy
}

/** The managedFields of an object that a server-side apply has just created. */
export function appliedFields(object: JsonObject): unknown[] {
  return [{ manager: 'kubectl', operation: 'Apply', fieldsV1: fieldsOf(object) }]
}

function fieldsOf(value: unknown): unknown {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [`f:${key}`, fieldsOf(below)]))
}
