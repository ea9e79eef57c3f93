import { type Fact, known, unknown } from '../../src/inventory/fact.ts'
import type { Autoscaler } from '../../src/kube/autoscaler.ts'
import { minReplicas } from '../../src/policies/min-replicas.ts'
import { checkPolicy, workloadWith } from '../support/policy-cases.ts'
import { autoscalerOf } from '../support/facts.ts'
import { type JsonMap } from '../support/workloads.ts'

const pod: JsonMap = { containers: [{ name: 'web' }] }
const workload = (replicas: number, kind: 'Deployment' | 'StatefulSet' | 'ReplicaSet' = 'Deployment'): JsonMap =>
  workloadWith(kind, pod, { replicas })
const replicasLeftOut = workloadWith('Deployment', pod)
const scale = (spec: JsonMap): JsonMap => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'web', namespace: 'shop' },
  spec
})
const ofSet = (object: JsonMap): JsonMap => ({ ...object, parentKind: 'StatefulSet' })
const driven = (floor: number, more: Partial<Autoscaler> = {}): { autoscaler: Fact<Autoscaler> } => ({
  autoscaler: known(autoscalerOf({ metadata: { name: 'web-scaler' }, minReplicas: floor, ...more }))
})
const data = { name: 'data', persistentVolumeClaim: { claimName: 'data' } }
const templates = { volumeClaimTemplates: [{ metadata: { name: 'data' } }] }
const holding = { ...pod, volumes: [data] }
const shared =
  '[min-replicas] spec.replicas: runs 1 replica (unless intended); set it to 2 or more if replicas can share the data'
const sharedInCritical = { profile: 'critical', severity: 'unknown', says: [shared.replace('2', '3')] } as const
const unseen = { autoscaler: unknown('no cluster cache') }

checkPolicy(minReplicas, {
  accepts: {
    'two replicas, the least that one can be lost of': { object: workload(2) },
    'two replicas of a StatefulSet': { object: workload(2, 'StatefulSet') },
    'two replicas of a ReplicaSet that stands alone': { object: workload(2, 'ReplicaSet') },
    'two replicas where the autoscaler is unknown': { object: workload(2), facts: unseen },
    'a workload that is switched off': { object: workload(0) },
    'a workload that is switched off, where the autoscaler is unknown': { object: workload(0), facts: unseen },
    'one stated replica where the autoscaler keeps two': { object: workload(1), facts: driven(2) },
    'replicas left out where the autoscaler keeps two': { object: replicasLeftOut, facts: driven(2) },
    'a workload that is switched off beside an autoscaler, which then stands still': {
      object: workload(0),
      facts: driven(1)
    },
    'an autoscaler that keeps enough, however few run now': {
      object: workload(1),
      facts: driven(3),
      profile: 'critical'
    },
    'a Scale to two': { object: scale({ replicas: 2 }) },
    'a Scale to zero, which leaves the field out': { object: scale({}) },
    'a Scale to zero that states it': { object: scale({ replicas: 0 }) },
    'three replicas in critical': { object: workload(3), profile: 'critical' },
    'one replica where one is enough by configuration': { object: workload(1), parameters: { minimum: 1 } },
    'one replica in baseline, where the policy is off': { object: workload(1), profile: 'baseline' },
    'a DaemonSet, whose pods the nodes count': { object: workloadWith('DaemonSet', pod) },
    'a Job': { object: workloadWith('Job', pod) },
    'an autoscaler that may switch it off': { object: workload(5), facts: driven(0) },
    'a Scale beside an autoscaler that keeps enough': { object: scale({ replicas: 1 }), facts: driven(2) },
    'a Scale beside an autoscaler that does not: its floor is judged, and nothing that lasts is decided here': {
      object: scale({ replicas: 1 }),
      facts: driven(1),
      profile: 'critical'
    },
    'a Scale to zero, where the autoscaler is unknown': { object: scale({}), facts: unseen }
  },
  rejects: {
    'one replica': {
      object: workload(1),
      says: ['[min-replicas] spec.replicas: runs 1 replica; set it to 2 or more']
    },
    'replicas left out, which is one': {
      object: replicasLeftOut,
      facts: { autoscaler: known(null) },
      says: ['[min-replicas] spec.replicas: runs 1 replica; set it to 2 or more']
    },
    'one replica of a StatefulSet': {
      object: workload(1, 'StatefulSet'),
      says: ['[min-replicas] spec.replicas: runs 1 replica; set it to 2 or more']
    },
    'two replicas in critical': {
      object: workload(2),
      profile: 'critical',
      says: ['[min-replicas] spec.replicas: runs 2 replicas; set it to 3 or more']
    },
    'fewer than the configuration asks for': {
      object: workload(4),
      parameters: { minimum: 5 },
      says: ['[min-replicas] spec.replicas: runs 4 replicas; set it to 5 or more']
    },
    'one replica of a StatefulSet with a claim, which replicas may not be able to share': {
      object: workloadWith('StatefulSet', pod, { replicas: 1, ...templates }),
      severity: 'unknown',
      says: [shared]
    },
    'one replica of a StatefulSet with a claim, in critical': {
      object: workloadWith('StatefulSet', pod, { replicas: 1, ...templates }),
      ...sharedInCritical
    },
    'one replica of a StatefulSet with a volume of a claim': {
      object: workloadWith('StatefulSet', holding, { replicas: 1 }),
      ...sharedInCritical
    },
    'one replica with a claim that is stopped before the next one starts': {
      object: workloadWith('Deployment', holding, { replicas: 1, strategy: { type: 'Recreate' } }),
      ...sharedInCritical
    },
    'one replica with a claim, where an autoscaler may be there': {
      object: workloadWith('StatefulSet', holding, { replicas: 1 }),
      facts: unseen,
      severity: 'unknown',
      says: [shared.replace('unless intended', 'autoscaler unknown')]
    },
    'two replicas with claims, which can share already': {
      object: workloadWith('StatefulSet', pod, { replicas: 2, ...templates }),
      profile: 'critical',
      says: ['[min-replicas] spec.replicas: runs 2 replicas; set it to 3 or more']
    },
    'one replica with a claim that runs beside the next one': {
      object: workloadWith('Deployment', holding, { replicas: 1 }),
      profile: 'critical',
      says: ['[min-replicas] spec.replicas: runs 1 replica; set it to 3 or more']
    },
    'one replica without a claim that is stopped before the next one starts': {
      object: workloadWith('Deployment', pod, { replicas: 1, strategy: { type: 'Recreate' } }),
      profile: 'critical',
      says: ['[min-replicas] spec.replicas: runs 1 replica; set it to 3 or more']
    },
    'a Scale to one of a StatefulSet that was switched off: its claims do not show': {
      object: ofSet(scale({ replicas: 1 })),
      around: [workload(0, 'StatefulSet')],
      ...sharedInCritical
    },
    'a Scale to one of a StatefulSet that nobody has seen: its replicas may not share the data': {
      object: ofSet(scale({ replicas: 1 })),
      facts: { autoscaler: known(null), workloads: unknown('no cluster cache') },
      ...sharedInCritical,
      says: [shared.replace('2', '3').replace('unless intended', 'workloads unknown')]
    },
    'a Scale of a Deployment that nobody has seen: it may be exempt': {
      object: scale({ replicas: 2 }),
      facts: { autoscaler: known(null), workloads: unknown('no cluster cache') },
      profile: 'critical',
      severity: 'unknown',
      says: ['[min-replicas] spec.replicas: runs 2 replicas (workloads unknown); set it to 3 or more']
    },
    'a Scale to one of a StatefulSet whose replicas run side by side': {
      object: ofSet(scale({ replicas: 1 })),
      around: [workload(5, 'StatefulSet')],
      profile: 'critical',
      says: ['[min-replicas] spec.replicas: runs 1 replica; set it to 3 or more']
    },
    'a Scale to one of a Deployment that was switched off': {
      object: scale({ replicas: 1 }),
      around: [workload(0)],
      profile: 'critical',
      says: ['[min-replicas] spec.replicas: runs 1 replica; set it to 3 or more']
    },
    'a Scale to one': {
      object: scale({ replicas: 1 }),
      around: [workload(3)],
      says: ['[min-replicas] spec.replicas: runs 1 replica; set it to 2 or more']
    },
    'a Scale to one, where an autoscaler may be there': {
      object: scale({ replicas: 1 }),
      around: [workload(3)],
      facts: unseen,
      profile: 'critical',
      severity: 'unknown',
      says: ['[min-replicas] spec.replicas: runs 1 replica (autoscaler unknown); set it to 3 or more']
    },
    'a ScaledObject that may go down to one, by its own word for the floor': {
      object: workload(5),
      facts: driven(1, { kind: 'ScaledObject', metadata: { name: 'web' } }),
      says: [
        '[min-replicas] spec.replicas: its autoscaler may scale down to 1 replica; set the minReplicaCount of web to 2 or more'
      ]
    },
    'one replica where an autoscaler may be there': {
      object: workload(1),
      facts: unseen,
      severity: 'unknown',
      says: ['[min-replicas] spec.replicas: runs 1 replica (autoscaler unknown); set it to 2 or more']
    },
    'one replica in critical, where an autoscaler may be there': {
      object: workload(1),
      facts: unseen,
      profile: 'critical',
      severity: 'unknown',
      says: ['[min-replicas] spec.replicas: runs 1 replica (autoscaler unknown); set it to 3 or more']
    },
    'an autoscaler that may go down to one, however many run now': {
      object: workload(5),
      facts: driven(1),
      says: [
        '[min-replicas] spec.replicas: its autoscaler may scale down to 1 replica; set the minReplicas of web-scaler to 2 or more'
      ]
    },
    'an autoscaler that keeps two in critical': {
      object: replicasLeftOut,
      facts: driven(2),
      profile: 'critical',
      says: [
        '[min-replicas] spec.replicas: its autoscaler may scale down to 2 replicas; set the minReplicas of web-scaler to 3 or more'
      ]
    }
  }
})
