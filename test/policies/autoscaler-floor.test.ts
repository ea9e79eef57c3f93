import { autoscalerFloor } from '../../src/policies/autoscaler-floor.ts'
import { checkPolicy } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const metadata = { name: 'web', namespace: 'shop' }
const hpa = (spec: JsonMap): JsonMap => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata,
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 10, ...spec }
})
const scaledObject = (spec: JsonMap): JsonMap => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata,
  spec: { scaleTargetRef: { name: 'web' }, triggers: [{ type: 'cron' }], ...spec }
})
const tooLow = '[autoscaler-floor] spec.minReplicas: may scale down to 1 replica; set it to 2 or more'

checkPolicy(autoscalerFloor, {
  accepts: {
    'a floor of two': { object: hpa({ minReplicas: 2 }) },
    'a floor of three in critical': { object: hpa({ minReplicas: 3 }), profile: 'critical' },
    'a floor of none, which is a choice': { object: hpa({ minReplicas: 0 }), profile: 'critical' },
    'a floor of one where one is enough by configuration': {
      object: hpa({ minReplicas: 1 }),
      parameters: { minimum: 1 }
    },
    'a floor of one in baseline, where the policy is off': { object: hpa({ minReplicas: 1 }), profile: 'baseline' },
    'a ScaledObject that keeps two': { object: scaledObject({ minReplicaCount: 2 }) },
    'a ScaledObject without a floor, which goes down to none': { object: scaledObject({}) },
    'a ScaledObject that keeps one while it works, and none when idle': {
      object: scaledObject({ minReplicaCount: 1, idleReplicaCount: 0 })
    }
  },
  rejects: {
    'a floor of one': { object: hpa({ minReplicas: 1 }), says: [tooLow] },
    'a floor left out, which is one': { object: hpa({}), says: [tooLow] },
    'a null floor, which is none stated': { object: hpa({ minReplicas: null }), says: [tooLow] },
    'a floor of two in critical': {
      object: hpa({ minReplicas: 2 }),
      profile: 'critical',
      says: ['[autoscaler-floor] spec.minReplicas: may scale down to 2 replicas; set it to 3 or more']
    },
    'a floor under what the configuration asks for': {
      object: hpa({ minReplicas: 4 }),
      parameters: { minimum: 5 },
      says: ['[autoscaler-floor] spec.minReplicas: may scale down to 4 replicas; set it to 5 or more']
    },
    'a ScaledObject that keeps one': {
      object: scaledObject({ minReplicaCount: 1 }),
      says: ['[autoscaler-floor] spec.minReplicaCount: may scale down to 1 replica; set it to 2 or more']
    }
  }
})
