import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import type { Workload, WorkloadSpec } from '../kube/workload.ts'

type Job = WorkloadSpec<'Job'>
type FailureRule = NonNullable<NonNullable<Job['podFailurePolicy']>['rules']>[number]
type Judged = Workload<'Job'> | Workload<'CronJob'>

export const jobSurvivesDisruption = definePolicy({
  id: 'job-survives-disruption',
  title: 'A drain does not fail a Job, and a CronJob starts its runs',
  since: 'v2',
  appliesTo: ['Job', 'CronJob'],
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  check({ subject }) {
    if (subject.kind === 'Job') return failures(subject, subject.spec, 'spec')
    const job = subject.spec.jobTemplate?.spec ?? {}
    return [...failures(subject, job, 'spec.jobTemplate.spec'), ...starts(subject), ...overlaps(subject, job)]
  }
})

/** What the API server fills in; with a limit for each index, there is none for the Job. */
const defaultRetries = 6

/** An evicted pod counts as failed unless a rule ignores its condition (kubernetes pkg/controller/job). */
function failures(subject: Judged, job: Job, at: string): Violation[] {
  const rules = job.podFailurePolicy?.rules ?? []
  const ignoring = rules.findIndex(ignoresDisruption)
  if (ignoring >= 0) return shadowing(rules.slice(0, ignoring), at)
  const { backoffLimit, backoffLimitPerIndex, parallelism = 1, completions = parallelism } = job
  const field = `${at}.backoffLimit`
  if (backoffLimit === 0) {
    if (isKept(subject) || isHook(subject)) return []
    const problem = 'an eviction of one pod fails the Job'
    return [uncertain('intent', { field, problem, fix: 'raise it, or ignore DisruptionTarget in podFailurePolicy' })]
  }
  const retries = backoffLimit ?? (backoffLimitPerIndex === undefined ? defaultRetries : Infinity)
  const pods = Math.min(parallelism, completions)
  if (pods <= retries || isKept(subject)) return []
  const problem = `${pods} pods run at once, and ${retries + 1} that are evicted fail the Job`
  return [certain({ field, problem, fix: `raise it to ${pods}, or ignore DisruptionTarget in podFailurePolicy` })]
}

function ignoresDisruption({ action, onPodConditions = [] }: FailureRule): boolean {
  return action === 'Ignore' && onPodConditions.some(isDisruption)
}

function isDisruption({ type, status = 'True' }: { type?: string; status?: string }): boolean {
  return type === 'DisruptionTarget' && status === 'True'
}

/** With the exit codes of SIGTERM and SIGKILL a pod ends that is evicted. The first rule that matches it counts. */
const exitsOfEviction = [143, 137]

function shadowing(earlier: readonly FailureRule[], at: string): Violation[] {
  return earlier.flatMap((rule, index) => {
    const exit = rule.action === 'Ignore' ? undefined : exitsOfEviction.find((code) => matchesExit(rule, code))
    if (exit === undefined) return []
    const problem = `matches exit code ${exit} of evicted pods before the rule that ignores DisruptionTarget`
    return [certain({ field: `${at}.podFailurePolicy.rules[${index}]`, problem, fix: 'move that rule first' })]
  })
}

function matchesExit({ onExitCodes: { operator, values = [] } = {} }: FailureRule, exit: number): boolean {
  return operator === 'In' ? values.includes(exit) : operator === 'NotIn' && !values.includes(exit)
}

/** Annotations by which autoscalers leave the node of a pod alone. */
function isKept({ podAnnotations }: Judged): boolean {
  const isSafe = podAnnotations['cluster-autoscaler.kubernetes.io/safe-to-evict']
  return isSafe === 'false' || (podAnnotations['karpenter.sh/do-not-disrupt'] ?? 'false') !== 'false'
}

/** A hook of a release must not run twice. */
function isHook({ metadata: { annotations = {} } }: Judged): boolean {
  return Object.hasOwn(annotations, 'helm.sh/hook') || Object.hasOwn(annotations, 'argocd.argoproj.io/hook')
}

/** Seconds that another replica of the controller takes to lead, with a margin. */
const leastDeadline = 60

function starts({ spec: { startingDeadlineSeconds: seconds } }: Workload<'CronJob'>): Violation[] {
  const field = 'spec.startingDeadlineSeconds'
  if (seconds === 0) return [certain({ field, problem: 'with 0 no run ever starts', fix: 'leave it out' })]
  if (seconds === undefined || seconds < 0 || seconds >= leastDeadline) return []
  const problem = `skips a run that starts ${seconds} s late, as while the controller restarts`
  return [uncertain('intent', { field, problem, fix: `set it to ${leastDeadline} or more` })]
}

function overlaps({ spec, podSpec }: Workload<'CronJob'>, job: Job): Violation[] {
  const isBound = job.activeDeadlineSeconds !== undefined || podSpec.activeDeadlineSeconds !== undefined
  if (spec.concurrencyPolicy !== 'Forbid' || isBound) return []
  const problem = 'with Forbid, a run that hangs stops all later ones'
  const fix = 'set activeDeadlineSeconds in the spec of its Jobs'
  return [certain({ field: 'spec.concurrencyPolicy', problem, fix })]
}
