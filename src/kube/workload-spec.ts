import { labelSelector } from './label-selector.ts'
import { podSpec } from './pod.ts'
import { boolean, type Infer, integer, integerOrString, list, object, string, strings } from './shape.ts'

const strategy = object({
  type: string,
  rollingUpdate: object({ maxSurge: integerOrString, maxUnavailable: integerOrString, partition: integer })
})

const template = object({ metadata: object({ labels: strings, annotations: strings }), spec: podSpec })

const claimTemplate = object({
  metadata: object({ name: string }),
  spec: object({ accessModes: list(string), storageClassName: string })
})

const podFailurePolicy = object({
  rules: list(
    object({
      action: string,
      onExitCodes: object({ containerName: string, operator: string, values: list(integer) }),
      onPodConditions: list(object({ type: string, status: string }))
    })
  )
})

const job = object({
  selector: labelSelector,
  template,
  parallelism: integer,
  completions: integer,
  completionMode: string,
  suspend: boolean,
  activeDeadlineSeconds: integer,
  ttlSecondsAfterFinished: integer,
  backoffLimit: integer,
  backoffLimitPerIndex: integer,
  maxFailedIndexes: integer,
  podReplacementPolicy: string,
  podFailurePolicy
})

/** The spec of each kind of workload, as far as we read it. */
export const workloadSpecs = {
  Deployment: object({
    replicas: integer,
    selector: labelSelector,
    template,
    strategy,
    minReadySeconds: integer,
    progressDeadlineSeconds: integer,
    revisionHistoryLimit: integer,
    paused: boolean
  }),
  StatefulSet: object({
    replicas: integer,
    selector: labelSelector,
    template,
    updateStrategy: strategy,
    podManagementPolicy: string,
    minReadySeconds: integer,
    revisionHistoryLimit: integer,
    serviceName: string,
    ordinals: object({ start: integer }),
    volumeClaimTemplates: list(claimTemplate),
    persistentVolumeClaimRetentionPolicy: object({ whenDeleted: string, whenScaled: string })
  }),
  DaemonSet: object({
    selector: labelSelector,
    template,
    updateStrategy: strategy,
    minReadySeconds: integer,
    revisionHistoryLimit: integer
  }),
  ReplicaSet: object({ replicas: integer, selector: labelSelector, template, minReadySeconds: integer }),
  Job: job,
  CronJob: object({
    schedule: string,
    timeZone: string,
    startingDeadlineSeconds: integer,
    concurrencyPolicy: string,
    suspend: boolean,
    successfulJobsHistoryLimit: integer,
    failedJobsHistoryLimit: integer,
    jobTemplate: object({ spec: job })
  }),
  Pod: podSpec
}

export type WorkloadKind = keyof typeof workloadSpecs
export type WorkloadSpec<K extends WorkloadKind> = Infer<(typeof workloadSpecs)[K]>
export type Strategy = Infer<typeof strategy>
export type PodTemplate = Infer<typeof template>
