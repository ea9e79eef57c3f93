import { jobSurvivesDisruption } from '../../src/policies/job-survives-disruption.ts'
import { checkPolicy, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap, worker } from '../support/workloads.ts'

const pod: JsonMap = { containers: [worker], restartPolicy: 'Never' }
const job = (spec: JsonMap, metadata: JsonMap = {}): JsonMap => workloadWith('Job', pod, spec, metadata)
const cron = (spec: JsonMap, jobSpec: JsonMap = {}, podSpec: JsonMap = pod): JsonMap =>
  workloadWith('CronJob', podSpec, { jobTemplate: { spec: { template: { spec: podSpec }, ...jobSpec } }, ...spec })
const annotated = (annotations: JsonMap, spec: JsonMap): JsonMap =>
  job({ template: { metadata: { annotations }, spec: pod }, ...spec })

const ignore: JsonMap = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }
const ignoreByDefault: JsonMap = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }
const failsOn = (operator: string, ...values: readonly number[]): JsonMap => ({
  action: 'FailJob',
  onExitCodes: { operator, values }
})
const ruled = (...rules: readonly JsonMap[]): JsonMap => ({ podFailurePolicy: { rules } })

const id = '[job-survives-disruption]'
const intent = '(unless intended)'
const oneFails = (at = 'spec'): string =>
  `${id} ${at}.backoffLimit: an eviction of one pod fails the Job ${intent}; raise it, or ignore DisruptionTarget in podFailurePolicy`
const manyFail = (pods: number, failing: number): string =>
  `${id} spec.backoffLimit: ${pods} pods run at once, and ${failing} that are evicted fail the Job; raise it to ${pods}, or ignore DisruptionTarget in podFailurePolicy`
const shadows = (index: number, exit: number): string =>
  `${id} spec.podFailurePolicy.rules[${index}]: matches exit code ${exit} of evicted pods before the rule that ignores DisruptionTarget; move that rule first`
const neverStarts = `${id} spec.startingDeadlineSeconds: with 0 no run ever starts; leave it out`
const startsLate = `${id} spec.startingDeadlineSeconds: skips a run that starts 20 s late, as while the controller restarts ${intent}; set it to 60 or more`
const hangs = `${id} spec.concurrencyPolicy: with Forbid, a run that hangs stops all later ones; set activeDeadlineSeconds in the spec of its Jobs`

checkPolicy(jobSurvivesDisruption, {
  accepts: {
    'a Job that says nothing': { object: job({}) },
    'what the API server fills in': {
      object: job({ backoffLimit: 6, completions: 1, parallelism: 1, podReplacementPolicy: 'TerminatingOrFailed' })
    },
    'no retry, where an eviction is none': { object: job({ backoffLimit: 0, ...ruled(ignore) }) },
    'no retry, where an eviction is none, by a condition whose status is left out': {
      object: job({ backoffLimit: 0, ...ruled(ignoreByDefault) })
    },
    'a hook of Helm that must not run twice': {
      object: job({ backoffLimit: 0 }, { annotations: { 'helm.sh/hook': 'pre-upgrade' } })
    },
    'a hook of Argo CD that must not run twice': {
      object: job({ backoffLimit: 0 }, { annotations: { 'argocd.argoproj.io/hook': 'PreSync' } })
    },
    'no retry of a pod that autoscalers leave alone': {
      object: annotated({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }, { backoffLimit: 0 })
    },
    'many pods that Karpenter leaves alone': {
      object: annotated({ 'karpenter.sh/do-not-disrupt': 'true' }, { parallelism: 20 })
    },
    'as many retries as pods at once': { object: job({ parallelism: 6 }) },
    'many pods at once, of which few remain to be done': { object: job({ parallelism: 20, completions: 4 }) },
    'many pods at once, each index with retries of its own': {
      object: job({ completionMode: 'Indexed', parallelism: 20, completions: 20, backoffLimitPerIndex: 1 })
    },
    'exit codes of a bug before the rule that ignores an eviction': {
      object: job(ruled(failsOn('In', 1, 2, 3), ignore))
    },
    'any exit code after the rule that ignores an eviction': { object: job(ruled(ignore, failsOn('NotIn', 0))) },
    'any exit code that is ignored, too': {
      object: job(ruled({ action: 'Ignore', onExitCodes: { operator: 'NotIn', values: [0] } }, ignore))
    },
    'a Job that waits for somebody': { object: job({ suspend: true }) },
    'a CronJob that says nothing': { object: cron({}) },
    'runs that may overlap': { object: cron({ concurrencyPolicy: 'Allow' }) },
    'runs that replace one that hangs': { object: cron({ concurrencyPolicy: 'Replace' }) },
    'one run at a time, each with an end': {
      object: cron({ concurrencyPolicy: 'Forbid' }, { activeDeadlineSeconds: 7200 })
    },
    'one run at a time, whose pods have an end': {
      object: cron({ concurrencyPolicy: 'Forbid' }, {}, { ...pod, activeDeadlineSeconds: 7200 })
    },
    'a minute to start in': { object: cron({ startingDeadlineSeconds: 60 }) },
    'no time to start in, in baseline': { object: cron({ startingDeadlineSeconds: 0 }), profile: 'baseline' }
  },
  rejects: {
    'no retry': { object: job({ backoffLimit: 0 }), severity: 'unknown', says: [oneFails()] },
    'no retry, where the eviction is only ignored while it is not one': {
      object: job({
        backoffLimit: 0,
        ...ruled({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'False' }] })
      }),
      severity: 'unknown',
      says: [oneFails()]
    },
    'no retry of the runs of a CronJob': {
      object: cron({}, { backoffLimit: 0 }),
      severity: 'unknown',
      says: [oneFails('spec.jobTemplate.spec')]
    },
    'many pods that Karpenter may disrupt': {
      object: annotated({ 'karpenter.sh/do-not-disrupt': 'false' }, { parallelism: 20 }),
      says: [manyFail(20, 7)]
    },
    'more pods at once than retries': { object: job({ parallelism: 10 }), says: [manyFail(10, 7)] },
    'more pods at once than retries that are written': {
      object: job({ parallelism: 3, completions: 9, backoffLimit: 2 }),
      says: [manyFail(3, 3)]
    },
    'every exit code but 0 before the rule that ignores an eviction': {
      object: job(ruled(failsOn('NotIn', 0), ignore)),
      says: [shadows(0, 143)]
    },
    'the exit code of SIGKILL before it': {
      object: job(ruled(failsOn('In', 1), failsOn('In', 137), ignore)),
      says: [shadows(1, 137)]
    },
    'the exit code of SIGTERM that is counted before it': {
      object: job(ruled({ ...failsOn('In', 143), action: 'Count' }, ignore)),
      says: [shadows(0, 143)]
    },
    'no time to start in': { object: cron({ startingDeadlineSeconds: 0 }), says: [neverStarts] },
    'little time to start in': {
      object: cron({ startingDeadlineSeconds: 20 }),
      severity: 'unknown',
      says: [startsLate]
    },
    'one run at a time, without an end': { object: cron({ concurrencyPolicy: 'Forbid' }), says: [hangs] }
  }
})
