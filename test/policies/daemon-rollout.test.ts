import { known, unknown } from '../../src/inventory/fact.ts'
import { daemonRollout } from '../../src/policies/daemon-rollout.ts'
import { nodesOf } from '../support/facts.ts'
import { checkPolicy, workloadWith } from '../support/policy-cases.ts'
import { type Json, type JsonMap } from '../support/workloads.ts'

const pod: JsonMap = { containers: [{ name: 'agent' }] }
const daemon = (updateStrategy: JsonMap, parts: JsonMap = {}): JsonMap =>
  workloadWith('DaemonSet', { ...pod, ...parts }, { updateStrategy })
const rolling = (maxUnavailable: Json, parts: JsonMap = {}): JsonMap =>
  daemon({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable } }, parts)
const unseen = { nodes: unknown('no cluster cache') }
const one = { nodes: nodesOf({}) }
const two = { nodes: nodesOf({}, {}) }
const four = { nodes: nodesOf({}, {}, {}, {}) }
const halfTainted = {
  nodes: nodesOf({}, {}, { taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' }] }, { labels: { disk: 'ssd' } })
}

const id = '[daemon-rollout] spec.updateStrategy'
const everywhere = (hedge = ''): string =>
  `${id}.rollingUpdate.maxUnavailable: a rollout may stop its pods on all nodes at once${hedge}; set it to 10%`
const unlessNodes = ' (unless new nodes change that)'
const onPart = (percent: number): string =>
  `${id}.rollingUpdate.maxUnavailable: a rollout may stop its pods on ${percent}% of the nodes at once (unless intended); set it to 10%`
const never = `${id}.type: OnDelete never rolls out a change (unless intended); use RollingUpdate`

checkPolicy(daemonRollout, {
  accepts: {
    'nothing written': { object: workloadWith('DaemonSet', pod) },
    'what the API server fills in': {
      object: daemon({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } })
    },
    'a tenth': { object: rolling('10%') },
    'a tenth of one node, which is that node': { object: rolling('10%'), facts: one },
    'a surge that stops none first': {
      object: daemon({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } })
    },
    'one of one node: any setting stops it': { object: rolling(1), facts: one },
    'all of one node': { object: rolling('100%'), facts: one, profile: 'critical' },
    'five of the one node that it may run on': {
      object: rolling(5, { nodeSelector: { disk: 'ssd' } }),
      facts: halfTainted
    },
    'three of four nodes, as a number': { object: rolling(3), facts: four },
    'a number, where the nodes are unknown': { object: rolling(50), facts: unseen },
    'a number, where there is no node yet': { object: rolling(50), facts: { nodes: nodesOf() } },
    'exactly the percentage that passes': { object: rolling('34%') },
    'exactly the percentage that passes in critical': { object: rolling('25%'), profile: 'critical' },
    'what is no percentage: the API server refuses it': { object: rolling('all') },
    'all at once in baseline': { object: rolling('100%'), profile: 'baseline' },
    'a Deployment': { object: workloadWith('Deployment', pod, { replicas: 3 }) }
  },
  rejects: {
    'all of three nodes': { object: rolling('100%'), says: [everywhere()] },
    'all of three nodes in critical, which is denied': {
      object: rolling('100%'),
      profile: 'critical',
      says: [everywhere()]
    },
    'all of the nodes, which are unknown': {
      object: rolling('100%'),
      facts: unseen,
      profile: 'critical',
      severity: 'unknown',
      says: [everywhere(' (nodes unknown)')]
    },
    'all of the nodes, of which there is none yet': {
      object: rolling('100%'),
      facts: { nodes: known({ all: [], domainsOf: () => new Set<string>() }) },
      severity: 'unknown',
      says: [everywhere(unlessNodes)]
    },
    'five of four nodes': { object: rolling(5), facts: four, severity: 'unknown', says: [everywhere(unlessNodes)] },
    'two of the two nodes that it may run on': {
      object: rolling(2),
      facts: { nodes: nodesOf({}, {}, { taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' }] }) },
      severity: 'unknown',
      says: [everywhere(unlessNodes)]
    },
    'three fifths of two nodes, which rounds up to both': {
      object: rolling('60%'),
      facts: two,
      severity: 'unknown',
      says: [everywhere(unlessNodes)]
    },
    'half of the nodes': { object: rolling('50%'), severity: 'unknown', says: [onPart(50)] },
    'half of the nodes, which are unknown': {
      object: rolling('50%'),
      facts: unseen,
      severity: 'unknown',
      says: [onPart(50)]
    },
    'a third in critical': { object: rolling('33%'), profile: 'critical', severity: 'unknown', says: [onPart(33)] },
    'a percentage above a parameter': {
      object: rolling('20%'),
      parameters: { mostPercent: 15 },
      severity: 'unknown',
      says: [onPart(20)]
    },
    OnDelete: { object: daemon({ type: 'OnDelete' }), severity: 'unknown', says: [never] },
    'OnDelete in critical, which is not denied': {
      object: daemon({ type: 'OnDelete' }),
      profile: 'critical',
      severity: 'unknown',
      says: [never]
    }
  }
})
