import { podShapes, taskShapes, type PodShape } from './cluster-pods.ts'

/** As a user writes it, before the API server fills anything in. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly [key: string]: unknown }
  readonly spec: object
}

/** Rollouts of a Deployment, as people state them. */
const rollouts: Readonly<Record<string, object>> = {
  'percent-strategy': {
    replicas: 7,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '40%', maxUnavailable: '20%' } }
  },
  'one-at-a-time': {
    replicas: 4,
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    minReadySeconds: 15,
    progressDeadlineSeconds: 900
  },
  recreate: { replicas: 1, strategy: { type: 'Recreate' }, revisionHistoryLimit: 2 },
  'scaled-to-zero': { replicas: 0 },
  'replicas-left-to-an-autoscaler': {},
  paused: { replicas: 2, paused: true, revisionHistoryLimit: 0 },
  'no-surge': { replicas: 3, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }
}

const sets: Readonly<Record<string, object>> = {
  'parallel-set': { replicas: 3, podManagementPolicy: 'Parallel' },
  'on-delete-set': { replicas: 3, updateStrategy: { type: 'OnDelete' } },
  'partitioned-set': { replicas: 5, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
  'claiming-set': {
    replicas: 3,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } }
      }
    ]
  }
}

const daemons: Readonly<Record<string, object>> = {
  'surging-daemon': {
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '10%', maxUnavailable: 0 } }
  },
  'on-delete-daemon': { updateStrategy: { type: 'OnDelete' } },
  'many-at-once-daemon': { updateStrategy: { rollingUpdate: { maxUnavailable: '30%' } }, minReadySeconds: 5 }
}

const webPod: PodShape = {
  containers: [{ name: 'web', image: 'registry.example/web:4', ports: [{ containerPort: 8080 }] }]
}

/** Manifests of our own that a server without webhooks accepts: each pod under each kind that can hold it, and each rollout. */
export function validManifests(): readonly Manifest[] {
  const pods = Object.entries(podShapes)
  return [
    ...pods.map(([name, pod]) => workload('Deployment', name, { replicas: 2 }, pod)),
    ...pods.map(([name, pod]) => workload('StatefulSet', name, { replicas: 3, serviceName: name }, pod)),
    ...pods.map(([name, pod]) => workload('DaemonSet', name, {}, pod)),
    ...pods.map(([name, pod]) => barePod(name, pod)),
    ...Object.entries(rollouts).map(([name, spec]) => workload('Deployment', name, spec, webPod)),
    ...Object.entries(sets).map(([name, spec]) =>
      workload('StatefulSet', name, { serviceName: name, ...spec }, webPod)
    ),
    ...Object.entries(daemons).map(([name, spec]) => workload('DaemonSet', name, spec, webPod)),
    ...Object.entries(taskShapes).flatMap(([name, pod]) => [job(name, pod), cronJob(name, pod)])
  ]
}

function workload(
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet',
  name: string,
  spec: object,
  pod: PodShape
): Manifest {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'shop' }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, labels },
    spec: {
      ...spec,
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      template: { metadata: { labels, annotations: { 'prometheus.example/scrape': 'true' } }, spec: pod }
    }
  }
}

function barePod(name: string, pod: PodShape): Manifest {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: pod }
}

function jobSpec(pod: PodShape): object {
  return { backoffLimit: 2, completions: 2, parallelism: 2, template: { spec: { restartPolicy: 'OnFailure', ...pod } } }
}

function job(name: string, pod: PodShape): Manifest {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: jobSpec(pod) }
}

function cronJob(name: string, pod: PodShape): Manifest {
  const spec = { schedule: '17 3 * * *', concurrencyPolicy: 'Forbid', jobTemplate: { spec: jobSpec(pod) } }
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec }
}
