import { known, unknown } from '../../src/inventory/fact.ts'
import { budgetEvictsUnhealthy } from '../../src/policies/budget-evicts-unhealthy.ts'
import { budgetWith, checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'

const pod = { containers: [{ name: 'web' }] }
const web = deploymentWith(pod)
const statefulSet = (replicas: number) => workloadWith('StatefulSet', pod, { replicas }, { name: 'db' })
const saying = (quorum: string, kind: 'StatefulSet' | 'Deployment' = 'StatefulSet') =>
  workloadWith(kind, pod, { replicas: 3 }, { name: 'db', annotations: { 'holdfast.dev/quorum': quorum } })
const plain = budgetWith({ maxUnavailable: 1 })
const strict = budgetWith({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'IfHealthyBudget' })
const lenient = budgetWith({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' })
const server = (minor: number) => ({ serverVersion: known({ major: 1, minor }) })
const unheard = { serverVersion: unknown('the API server has not said its version') }

const place = '[budget-evicts-unhealthy] spec.unhealthyPodEvictionPolicy:'
const missing = `${place} missing, so crashing pods block drains; set it to AlwaysAllow`
const onOld = `${place} missing, and server 1.26 drops the field; set it to AlwaysAllow once the server is 1.27 or later`
const onAny = `${place} missing, so crashing pods block drains (server version unknown); set it to AlwaysAllow`
const ofQuorum = `${place} missing, so crashing pods of StatefulSet db block drains (unless intended); set it to AlwaysAllow, or to IfHealthyBudget for a quorum`
const ofUnseen = `${place} missing, so crashing pods block drains (workloads unknown); set it to AlwaysAllow, or to IfHealthyBudget for a quorum`
const adds = [{ at: 'unhealthyPodEvictionPolicy', value: 'AlwaysAllow' }]

checkPolicy(budgetEvictsUnhealthy, {
  accepts: {
    'pods that are not ready always go': { object: lenient },
    'it on a server that drops it': { object: lenient, facts: server(26) },
    'it on a server of unknown version': { object: lenient, facts: unheard },
    'IfHealthyBudget, which nobody writes without meaning it': { object: strict },
    'another word, which the API server refuses': {
      object: budgetWith({ unhealthyPodEvictionPolicy: 'alwaysallow' })
    },
    'a budget in baseline, where the policy is off': { object: plain, profile: 'baseline' },
    'a workload': { object: deploymentWith({ containers: [{ name: 'web' }] }) }
  },
  rejects: {
    'nothing said, which is IfHealthyBudget': { object: plain, says: [missing] },
    'null, which says nothing': {
      object: budgetWith({ maxUnavailable: 1, unhealthyPodEvictionPolicy: null }),
      says: [missing]
    },
    'nothing said in critical': { object: plain, profile: 'critical', says: [missing] },
    'nothing said on the first server that has it': { object: plain, facts: server(27), says: [missing] },
    'nothing said on a server that drops it': { object: plain, facts: server(26), says: [onOld] },
    'nothing said on a server of unknown version': { object: plain, facts: unheard, says: [onAny] },
    'nothing said of what may be a quorum': {
      object: plain,
      around: [statefulSet(3)],
      severity: 'unknown',
      says: [ofQuorum]
    },
    'nothing said of a StatefulSet of two': { object: plain, around: [statefulSet(2)], says: [missing] },
    'nothing said of a StatefulSet that says it is no quorum': {
      object: plain,
      around: [saying('false')],
      says: [missing]
    },
    'nothing said of a Deployment that says it is a quorum': {
      object: plain,
      around: [saying('true', 'Deployment')],
      severity: 'unknown',
      says: [ofQuorum.replace('StatefulSet', 'workload')]
    },
    'nothing said where the workloads are unknown: one may be a quorum': {
      object: plain,
      facts: { workloads: unknown('no cluster cache') },
      severity: 'unknown',
      says: [ofUnseen]
    },
    'nothing said where the workloads are unknown, on a server that drops it': {
      object: plain,
      facts: { ...server(26), workloads: unknown('no cluster cache') },
      severity: 'unknown',
      says: [
        `${place} missing, and server 1.26 drops the field (workloads unknown); set it once the server is 1.27 or later`
      ]
    },
    'a budget without a spec': {
      object: { kind: 'PodDisruptionBudget', metadata: { name: 'web' } },
      says: [missing]
    }
  },
  remedies: {
    'added where nothing is said': { object: plain, around: [web], adds },
    'added in the place of null': {
      object: budgetWith({ maxUnavailable: 1, unhealthyPodEvictionPolicy: null }),
      around: [web],
      adds
    },
    'added on the first server that has it': { object: plain, around: [web], facts: server(27), adds },
    'added for a StatefulSet of two': { object: plain, around: [statefulSet(2)], adds },
    'not on a server that drops it': { object: plain, around: [web], facts: server(26), adds: [], leaves: [onOld] },
    'not on a server of unknown version': { object: plain, around: [web], facts: unheard, adds: [], leaves: [onAny] },
    'not for what may be a quorum': { object: plain, around: [statefulSet(3)], adds: [], leaves: [ofQuorum] },
    'added for a StatefulSet that says it is no quorum': { object: plain, around: [saying('false')], adds },
    'not for a Deployment that says it is a quorum': {
      object: plain,
      around: [saying('3', 'Deployment')],
      adds: [],
      leaves: [ofQuorum.replace('StatefulSet', 'workload')]
    },
    'not for what may be a quorum among others': {
      object: plain,
      around: [web, statefulSet(5)],
      adds: [],
      leaves: [ofQuorum]
    },
    'not where its pods are still to come: they may be a quorum': { object: plain, adds: [], leaves: [missing] },
    'not where the only workload is being deleted': {
      object: plain,
      around: [deploymentWith(pod, {}, { deletionTimestamp: '2026-11-20T10:00:00Z' })],
      adds: [],
      leaves: [missing]
    },
    'not where the workloads are unknown': {
      object: plain,
      facts: { workloads: unknown('no cluster cache') },
      adds: [],
      leaves: [ofUnseen]
    }
  }
})
