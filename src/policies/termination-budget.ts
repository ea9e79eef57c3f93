import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain } from '../engine/violation.ts'
import { fitGrace, gracePlace, graceSeconds, longestPreStop } from '../kube/termination.ts'
import { podField } from '../kube/workload.ts'

/** Kinds without rollouts: killing their pods without warning is a choice. */
const throwaway: ReadonlySet<string> = new Set(['Job', 'CronJob', 'Pod'])

export const terminationBudget = definePolicy({
  id: 'termination-budget',
  title: 'The grace period leaves time for the preStop hook and for shutdown',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  injects: [gracePlace],
  check({ subject, parameters: { shutdownSeconds } }) {
    const grace = graceSeconds(subject.podSpec)
    const field = podField(subject, gracePlace)
    if (grace === 0 && !throwaway.has(subject.kind)) {
      const problem = '0 s kills the pods without warning'
      return [certain({ field, problem, fix: 'leave it out, or set it to 30' })]
    }
    const hook = longestPreStop(subject.podSpec)
    if (hook === undefined || hook + shutdownSeconds <= grace) return []
    const problem = `${grace} s is too short: preStop takes ${hook} s, shutdown ${shutdownSeconds} s`
    const shortfall = { field, problem, fix: `set it to ${hook + shutdownSeconds} or more` }
    return [subject.kind === 'Pod' ? uncertain('intent', shortfall) : certain(shortfall)]
  },
  remedy({ subject, parameters: { shutdownSeconds }, recorded }) {
    if (longestPreStop(subject.podSpec) === undefined) return []
    const fit = fitGrace(subject, 0, shutdownSeconds, recorded(gracePlace))
    return fit.state === 'raise' ? [fit.addition] : []
  }
})
