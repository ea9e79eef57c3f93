import { unknown } from '../../src/inventory/fact.ts'
import { oneBudgetPerPod } from '../../src/policies/one-budget-per-pod.ts'
import { budgetWith, checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const pod = { containers: [{ name: 'web' }] }
const web = deploymentWith(pod)
const other = (name: string, spec: JsonMap = {}, metadata: JsonMap = {}): JsonMap => {
  return budgetWith({ maxUnavailable: 1, ...spec }, { name, ...metadata })
}
const own = other('web')
const all = other('all', { selector: {} })
const api = other('api', { selector: { matchLabels: { app: 'api' } } })
const mark = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true }
const companion = other('web-companion', {}, { labels: mark, ownerReferences: [owner] })
const forged = (ownerReferences: readonly JsonMap[]) => other('forged', {}, { labels: mark, ownerReferences })
const marks =
  '[one-budget-per-pod] metadata.labels: holdfast.dev/companion marks the budgets that Holdfast writes and removes; remove this label'
const unseen = { budgets: unknown('no cluster cache') }

const place = '[one-budget-per-pod] spec.template.metadata.labels:'
const byTwo = `${place} 2 budgets select its pods, so their eviction fails; keep one of web and all`
const shares = (names: string): string =>
  `[one-budget-per-pod] spec.selector: shares pods with another budget, so their eviction fails; keep one of ${names}`

checkPolicy(oneBudgetPerPod, {
  accepts: {
    'a workload without a budget': { object: web },
    'a workload under one': { object: web, around: [own] },
    'a workload beside the budget of another': { object: web, around: [own, api] },
    'a workload under a budget and a companion, which gives way': { object: web, around: [own, companion] },
    'a workload under a companion alone': { object: web, around: [companion] },
    'the one budget of a workload': { object: own, around: [web] },
    'a budget that selects nothing yet': { object: own, around: [all] },
    'a budget whose pods a companion selects, which gives way': { object: own, around: [web, companion] },
    'a budget beside that of another workload': {
      object: own,
      around: [web, api, workloadWith('StatefulSet', pod, { template: { metadata: { labels: { app: 'api' } } } })]
    },
    'a budget with one of the two labels of a companion': {
      object: other('web', {}, { labels: { 'holdfast.dev/companion': 'true' } }),
      around: [web]
    },
    'a budget without a selector': { object: other('web', { selector: null }), around: [web, own] },
    'a bare Pod, which is nobody’s to keep': { object: workloadWith('Pod', pod), around: [own, all] }
  },
  rejects: {
    'a workload under two budgets': { object: web, around: [own, all], says: [byTwo] },
    'a workload under two budgets and a companion': { object: web, around: [own, companion, all], says: [byTwo] },
    'a workload under a budget and one that only looks like a companion': {
      object: web,
      around: [own, forged([])],
      says: [byTwo.replace('all', 'forged')]
    },
    'nobody removes what an object owns that has no companion': {
      object: web,
      around: [own, forged([{ ...owner, apiVersion: 'v1', kind: 'ConfigMap' }])],
      says: [byTwo.replace('all', 'forged')]
    },
    'a budget beside one that only looks like a companion': {
      object: own,
      around: [web, forged([{ ...owner, controller: false }])],
      says: [shares('web and forged')]
    },
    'a budget with the labels of a companion': { object: forged([]), around: [web], says: [marks] },
    'a companion that was copied, owner and all': { object: companion, around: [web], says: [marks] },
    'a workload under three': {
      object: web,
      around: [own, all, other('more', { selector: {} })],
      says: [`${place} 3 budgets select its pods, so their eviction fails; keep one of web, all and more`]
    },
    'a workload that is switched off: it comes back': {
      object: workloadWith('Deployment', pod, { replicas: 0 }),
      around: [own, all],
      says: [byTwo]
    },
    'a StatefulSet': { object: workloadWith('StatefulSet', pod), around: [own, all], says: [byTwo] },
    'a DaemonSet': { object: workloadWith('DaemonSet', pod), around: [own, all], says: [byTwo] },
    'a ReplicaSet that stands alone': { object: workloadWith('ReplicaSet', pod), around: [own, all], says: [byTwo] },
    'a Job': { object: workloadWith('Job', pod), around: [own, all], says: [byTwo] },
    'a CronJob, by the path to its pods': {
      object: workloadWith('CronJob', pod),
      around: [own, all],
      says: [byTwo.replace('spec.', 'spec.jobTemplate.spec.')]
    },
    'a budget over the pods of another': { object: own, around: [web, all], says: [shares('web and all')] },
    'a budget over the pods of two others': {
      object: other('new'),
      around: [web, own, all],
      says: [
        '[one-budget-per-pod] spec.selector: shares pods with 2 other budgets, so their eviction fails; keep one of new, web and all'
      ]
    },
    'a budget for all, over one that is there': { object: all, around: [web, own], says: [shares('all and web')] },
    'a budget whose name the server makes': {
      object: other('', {}, { name: null, generateName: 'web-' }),
      around: [web, all],
      says: [shares('this one and all')]
    },
    'a budget in baseline': { object: own, around: [web, all], profile: 'baseline', says: [shares('web and all')] },
    'a workload in critical': { object: web, around: [own, all], profile: 'critical', says: [byTwo] },
    'a workload, with budgets unknown': {
      object: web,
      facts: unseen,
      severity: 'unknown',
      told: 'never',
      says: [`${place} another budget may select the same pods (budgets unknown); keep one budget`]
    },
    'a budget, with budgets unknown': {
      object: own,
      facts: unseen,
      severity: 'unknown',
      told: 'never',
      says: [
        '[one-budget-per-pod] spec.selector: another budget may select the same pods (budgets unknown); keep one budget'
      ]
    }
  }
})
