import { unknown } from '../../src/inventory/fact.ts'
import { budgetSelectsPods } from '../../src/policies/budget-selects-pods.ts'
import { budgetWith, checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const pod = { containers: [{ name: 'web' }] }
const web = deploymentWith(pod)
const daemon = workloadWith('DaemonSet', pod, {}, { name: 'agent' })
const off = workloadWith('Deployment', pod, { replicas: 0 })
const leaving = deploymentWith(pod, {}, { deletionTimestamp: '2026-11-20T10:00:00Z' })
const job = workloadWith('Job', pod, {}, { name: 'migration' })
const nightly = workloadWith('CronJob', pod, {}, { name: 'shop-nightly' })
const budget = (spec: JsonMap): JsonMap => budgetWith({ maxUnavailable: 1, ...spec })
const unseen = { workloads: unknown('no cluster cache') }

const place = '[budget-selects-pods] spec.selector:'
const fix = 'use the labels of the pods it protects'
const missing = `${place} missing, so it selects no pods; ${fix}`
const empty = `${place} empty, so it selects every pod in the namespace; ${fix}`
const none = `${place} selects the pods of no workload (unless intended); ${fix}`
const uncounted = (bound: string, kind = 'DaemonSet'): string =>
  `[budget-selects-pods] spec.${bound}: a ${kind} cannot be counted, so this blocks every drain; use minAvailable with a number instead`

const leaveOut = 'add the matchExpression batch.kubernetes.io/job-name DoesNotExist'
const ofJobs = (named: string, at = 'selector', mend = leaveOut): string =>
  `[budget-selects-pods] spec.${at}: pods of ${named} cannot be counted, so it blocks every drain while they exist; ${mend}`
const labels = '[budget-selects-pods] spec.jobTemplate.spec.template.metadata.labels:'
const ofCronJob = `${labels} budget web cannot count these pods, which block every drain while they exist; use labels that no budget selects`
const withoutJobs = {
  matchLabels: { app: 'web' },
  matchExpressions: [{ key: 'batch.kubernetes.io/job-name', operator: 'DoesNotExist' }]
}
const companion = {
  labels: { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' },
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true }]
}

checkPolicy(budgetSelectsPods, {
  accepts: {
    'a CronJob beside a workload, under a number, which counts pods': {
      object: budgetWith({ minAvailable: 2 }),
      around: [web, nightly]
    },
    'a selector that leaves out the pods of Jobs': {
      object: budget({ selector: withoutJobs }),
      around: [web, nightly]
    },
    'a CronJob under such a selector': { object: nightly, around: [budget({ selector: withoutJobs })] },
    'a CronJob under a number': { object: nightly, around: [budgetWith({ minAvailable: 2 })] },
    'a CronJob with labels of its own': {
      object: nightly,
      around: [budget({ selector: { matchLabels: { app: 'shop' } } })]
    },
    'a CronJob beside a companion': { object: nightly, around: [budgetWith({ maxUnavailable: 1 }, companion)] },
    'a budget for a workload': { object: budget({}), around: [web] },
    'a budget for one that is switched off': { object: budget({}), around: [off] },
    'a budget for pods of two workloads': { object: budget({}), around: [web, workloadWith('StatefulSet', pod)] },
    'a budget by an expression': {
      object: budget({ selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] } }),
      around: [web]
    },
    'a number of pods of a DaemonSet, which is counted by its pods': {
      object: budgetWith({ minAvailable: 2 }),
      around: [daemon]
    },
    'a DaemonSet beside what is counted: another policy says so': { object: budget({}), around: [web, daemon] }
  },
  rejects: {
    'no selector, which selects nothing': { object: budget({ selector: null }), around: [web], says: [missing] },
    'no selector, with nothing known': { object: budget({ selector: null }), facts: unseen, says: [missing] },
    'no spec': { object: { kind: 'PodDisruptionBudget', metadata: { name: 'web' } }, says: [missing] },
    'an empty selector, which selects all': { object: budget({ selector: {} }), around: [web], says: [empty] },
    'a selector of empty lists': {
      object: budget({ selector: { matchLabels: {}, matchExpressions: [] } }),
      facts: unseen,
      says: [empty]
    },
    'a selector that no workload meets': {
      object: budget({ selector: { matchLabels: { app: 'wbe' } } }),
      around: [web],
      severity: 'unknown',
      told: 'on-update',
      says: [none]
    },
    'one label of two': {
      object: budget({ selector: { matchLabels: { app: 'web', tier: 'front' } } }),
      around: [web],
      severity: 'unknown',
      told: 'on-update',
      says: [none]
    },
    'only a workload that is being deleted': {
      object: budget({}),
      around: [leaving],
      severity: 'unknown',
      told: 'on-update',
      says: [none]
    },
    'a DaemonSet under maxUnavailable': { object: budget({}), around: [daemon], says: [uncounted('maxUnavailable')] },
    'a DaemonSet under a percentage': {
      object: budgetWith({ minAvailable: '50%' }),
      around: [daemon],
      says: [uncounted('minAvailable')]
    },
    'a DaemonSet beside what has no pods': {
      object: budget({}),
      around: [off, daemon],
      says: [uncounted('maxUnavailable')]
    },
    'a Job alone': {
      object: budget({}),
      around: [job],
      says: [ofJobs('Job migration', 'maxUnavailable', 'use minAvailable with a number instead')]
    },
    'a CronJob beside a workload': {
      object: budget({}),
      around: [web, nightly],
      says: [ofJobs('CronJob shop-nightly')]
    },
    'a CronJob beside a workload, under a percentage': {
      object: budgetWith({ minAvailable: '50%' }),
      around: [web, nightly],
      says: [ofJobs('CronJob shop-nightly')]
    },
    'a workload, where Jobs are unknown': {
      object: budget({}),
      around: [web],
      facts: { jobs: unknown('the jobs are not watched') },
      severity: 'unknown',
      told: 'never',
      says: [
        `${place} may select pods of Jobs, which cannot be counted (jobs unknown); add the matchExpression batch.kubernetes.io/job-name DoesNotExist`
      ]
    },
    'the pods of a CronJob under a budget': { object: nightly, around: [budget({})], says: [ofCronJob] },
    'the pods of a Job under a percentage': {
      object: job,
      around: [budgetWith({ minAvailable: '50%' })],
      says: [ofCronJob.replace('jobTemplate.spec.', '')]
    },
    'a CronJob, with budgets unknown': {
      object: nightly,
      facts: { budgets: unknown('no cluster cache') },
      severity: 'unknown',
      told: 'never',
      says: [
        `${labels} a budget may select these pods, but cannot count them (budgets unknown); use labels that no budget selects`
      ]
    },
    'an empty selector in baseline': {
      object: budget({ selector: {} }),
      around: [web],
      profile: 'baseline',
      says: [empty]
    },
    'a budget, with workloads unknown': {
      object: budget({}),
      facts: unseen,
      severity: 'unknown',
      told: 'never',
      says: [`${place} selects the pods of no workload (workloads unknown); ${fix}`]
    }
  }
})
