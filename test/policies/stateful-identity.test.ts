import { known, unknown } from '../../src/inventory/fact.ts'
import { statefulIdentity } from '../../src/policies/stateful-identity.ts'
import { autoscalerOf } from '../support/facts.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap, web } from '../support/workloads.ts'

const set = (spec: JsonMap): JsonMap => workloadWith('StatefulSet', { containers: [web] }, { replicas: 3, ...spec })
const named: JsonMap = set({ serviceName: 'peers' })
const service = (name: string, spec: JsonMap = {}): JsonMap => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ port: 80 }], ...spec }
})

const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }]
const retaining = (whenDeleted: string, whenScaled: string): JsonMap => ({
  persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled }
})
const deleting = set({ volumeClaimTemplates, ...retaining('Retain', 'Delete') })

const apart = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } }
      ]
    }
  }
}
const spread = (topologyKey: string, maxSkew = 1): JsonMap => ({
  topologySpreadConstraints: [
    { topologyKey, maxSkew, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { app: 'web' } } }
  ]
})
/** A StatefulSet that says it is a quorum, one pod on each node unless `pod` says otherwise. */
const voting = (said: string, spec: JsonMap = {}, pod: JsonMap = apart): JsonMap =>
  workloadWith(
    'StatefulSet',
    { containers: [web], ...pod },
    { replicas: 3, ...spec },
    { annotations: { 'holdfast.dev/quorum': said } }
  )
const rolling = (maxUnavailable: number | string, partition?: number): JsonMap => ({
  updateStrategy: {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable, ...(partition !== undefined && { partition }) }
  }
})
const budget = (spec: JsonMap, name = 'db'): JsonMap => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec }
})

const id = '[stateful-identity]'
const rolls = (what: string, fix: string): string =>
  `${id} spec.updateStrategy.rollingUpdate.maxUnavailable: a rollout may stop ${what} at once; ${fix}`
const together = (problem: string, fix: string): string =>
  `${id} spec.template.spec.topologySpreadConstraints: ${problem}; ${fix}`
const evicts = (what: string, fix: string): string =>
  `${id} spec.selector: budget db lets ${what} be evicted at once; ${fix}`
const nameless = `${id} spec.serviceName: no Service peers selects its pods, so they have no DNS names (unless it is created later); create it, or correct its selector`
const deletes = (problem: string): string =>
  `${id} spec.persistentVolumeClaimRetentionPolicy.whenScaled: ${problem} (unless intended); set it to Retain`
const onUpdate = { severity: 'unknown', told: 'on-update', says: [nameless] } as const

checkPolicy(statefulIdentity, {
  accepts: {
    'no Service named': { object: set({}) },
    'an empty name, which is none': { object: set({ serviceName: '' }) },
    'a Service that is not there, of a pod without peers': { object: set({ serviceName: 'peers', replicas: 1 }) },
    'a headless Service': { object: named, around: [service('peers')] },
    'a headless Service that gives names to peers before they are ready': {
      object: named,
      around: [service('peers', { publishNotReadyAddresses: true })]
    },
    'a Service with an address of its own, whose pods have names as well': {
      object: named,
      around: [service('peers', { clusterIP: '10.0.0.7' })]
    },
    'a Service for clients beside it': { object: named, around: [service('clients'), service('peers')] },
    'Services that are not known': { object: named, facts: { services: unknown('no list yet') } },
    'claims that stay, as the API server fills it in': {
      object: set({ volumeClaimTemplates, ...retaining('Retain', 'Retain') })
    },
    'claims that go with the StatefulSet': { object: set({ volumeClaimTemplates, ...retaining('Delete', 'Retain') }) },
    'no claims that scaling could delete': { object: set(retaining('Retain', 'Delete')) },
    'two replicas, as nothing says that they vote': { object: set({ replicas: 2 }) },
    'three voters': { object: voting('true') },
    'five voters, two of which may be missing': {
      object: voting('true', { replicas: 5, ...rolling(2) }, spread('kubernetes.io/hostname', 2)),
      around: [budget({ maxUnavailable: 2 })]
    },
    'an even number where the annotation says that none votes': { object: voting('false', { replicas: 4 }) },
    'an even number where the annotation says nothing that is known': { object: voting('yes', { replicas: 4 }) },
    'a quorum that is switched off': { object: voting('true', { replicas: 0 }) },
    'three voters, each in a StatefulSet of its own': { object: voting('3', { replicas: 1 }, {}) },
    'three voters, and a fourth pod that only follows': {
      object: voting('3', { replicas: 4 }),
      around: [budget({ maxUnavailable: 1 })]
    },
    'voters that are spread over zones, and so over nodes': {
      object: voting('true', {}, spread('topology.kubernetes.io/zone'))
    },
    'a percentage that rounds down to one voter': { object: voting('true', rolling('50%')) },
    'a partition that leaves one voter to replace': { object: voting('true', rolling(3, 2)) },
    'voters that are replaced by hand': { object: voting('true', { updateStrategy: { type: 'OnDelete' } }) },
    'a budget that keeps the majority': { object: voting('true'), around: [budget({ minAvailable: 2 })] },
    'a number that an autoscaler changes': {
      object: voting('true', { replicas: 4 }),
      facts: { autoscaler: known(autoscalerOf({ minReplicas: 3, leastRunning: 3 })) }
    },
    'budgets that are not known': { object: voting('true'), facts: { budgets: unknown('no list yet') } },
    'two budgets, of which no eviction comes': {
      object: voting('true'),
      around: [budget({ maxUnavailable: 2 }), budget({ maxUnavailable: 3 }, 'other')]
    },
    'a Deployment': { object: deploymentWith({ containers: [web] }) }
  },
  rejects: {
    'a Service that is not there': { object: named, ...onUpdate },
    'another Service of its pods': { object: named, around: [service('clients')], ...onUpdate },
    'a Service that selects other pods': {
      object: named,
      around: [service('peers', { selector: { app: 'api' } })],
      ...onUpdate
    },
    'a Service without a selector': { object: named, around: [service('peers', { selector: {} })], ...onUpdate },
    'claims that scaling deletes': {
      object: deleting,
      severity: 'unknown',
      says: [deletes('scaling down deletes data')]
    },
    'claims that an autoscaler deletes': {
      object: deleting,
      facts: { autoscaler: known(autoscalerOf()) },
      severity: 'unknown',
      says: [deletes('its autoscaler deletes data when it scales down')]
    },
    'claims that scaling deletes, where the autoscaler is unknown': {
      object: deleting,
      facts: { autoscaler: unknown('no list yet') },
      severity: 'unknown',
      says: [deletes('scaling down deletes data')]
    },
    'four voters': {
      object: voting('true', { replicas: 4 }),
      says: [`${id} spec.replicas: 4 voters survive no more losses than 3; use 3 or 5`]
    },
    'two voters, whatever the settings': {
      object: voting('true', { replicas: 2 }),
      around: [budget({ maxUnavailable: 1 })],
      says: [`${id} spec.replicas: 2 voters survive no more losses than 1; use 3`]
    },
    'one voter': {
      object: voting('true', { replicas: 1 }, {}),
      says: [`${id} spec.replicas: 1 voter survives no loss; use 3`]
    },
    'a number of voters that is even': {
      object: voting('4', { replicas: 5 }),
      says: [`${id} metadata.annotations: 4 voters survive no more losses than 3; use 3 or 5`]
    },
    'a budget, beside a number of voters that is even': {
      object: voting('true', { replicas: 4 }),
      around: [budget({ maxUnavailable: 2 })],
      says: [
        `${id} spec.replicas: 4 voters survive no more losses than 3; use 3 or 5`,
        evicts('2 of 4 voters', 'use maxUnavailable: 1 in the budget')
      ]
    },
    'four voters, where the autoscaler is unknown': {
      object: voting('true', { replicas: 4 }),
      facts: { autoscaler: unknown('no list yet') },
      severity: 'unknown',
      says: [`${id} spec.replicas: 4 voters survive no more losses than 3 (autoscaler unknown); use 3 or 5`]
    },
    'a rollout that stops two of three voters': {
      object: voting('true', rolling(2)),
      says: [rolls('2 of 3 voters', 'set it to 1')]
    },
    'a rollout that stops all voters': {
      object: voting('true', rolling('100%')),
      says: [rolls('all 3 voters', 'set it to 1')]
    },
    'a rollout that stops three of five voters': {
      object: voting('true', { replicas: 5, ...rolling('60%') }),
      says: [rolls('3 of 5 voters', 'set it to 2 or less')]
    },
    'a budget that lets the majority go': {
      object: voting('true'),
      around: [budget({ maxUnavailable: '50%' })],
      says: [evicts('2 of 3 voters', 'use maxUnavailable: 1 in the budget')]
    },
    'a budget that keeps one voter': {
      object: voting('true'),
      around: [budget({ minAvailable: 1 })],
      says: [evicts('2 of 3 voters', 'use maxUnavailable: 1 there instead')]
    },
    'a budget at the floor of an autoscaler': {
      object: voting('true', { replicas: 5 }),
      around: [budget({ maxUnavailable: 2 })],
      facts: { autoscaler: known(autoscalerOf({ minReplicas: 3, leastRunning: 3 })) },
      says: [evicts('2 of 3 voters', 'use maxUnavailable: 1 in the budget')]
    },
    'voters that nothing keeps apart': {
      object: voting('true', {}, {}),
      says: [together('one node may run all 3 voters', 'add a constraint for kubernetes.io/hostname')]
    },
    'a constraint that lets two voters share a node': {
      object: voting('true', {}, spread('kubernetes.io/hostname', 2)),
      says: [together('maxSkew 2 lets one node run 2 of 3 voters', 'use maxSkew: 1')]
    },
    'a constraint that lets all voters share a node': {
      object: voting('true', {}, spread('kubernetes.io/hostname', 3)),
      says: [together('one node may run all 3 voters', 'use maxSkew: 1')]
    }
  }
})
