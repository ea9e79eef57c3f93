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

const id = '[stateful-identity]'
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
    }
  }
})
